//! Who answers: commune People's Committees, provincial departments, the province desk.

use serde::{Deserialize, Serialize};

use super::{
    ids::{CenterId, CommuneCode, GenerationId, OfficeId, ProvinceCode},
    names::Names,
};

/// What an office is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfficeKind {
    /// A commune's People's Committee.
    Commune,
    /// A provincial department.
    Department,
    /// Where everything goes that geography or rules cannot place. Nobody sits there: its defaults act by themselves.
    ProvinceDesk,
}

/// One office as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Stable id, for instance `xa-03127`.
    pub id: OfficeId,
    /// "UBND phường Điện Biên Phủ".
    pub name: Names,
    /// What it is.
    pub kind: OfficeKind,
    /// The commune it answers for; only for [`OfficeKind::Commune`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commune: Option<CommuneCode>,
    /// The office above it; None only at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<OfficeId>,
    /// Its id in the document systems (`OrganId` of edXML): an opaque text, to be filled in.
    #[serde(default)]
    pub organ_id: String,
    /// To be filled in.
    #[serde(default)]
    pub email: String,
    /// To be filled in.
    #[serde(default)]
    pub phone: String,
}

/// All offices of one centre over one generation's communes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// The operations centre.
    pub center: CenterId,
    /// The province it serves.
    pub province: ProvinceCode,
    /// The map whose commune codes the offices name.
    pub generation: GenerationId,
    /// Every office, the province desk among them.
    pub offices: Vec<Office>,
}

impl Directory {
    /// The office of that id.
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.offices.iter().find(|office| office.id == *id)
    }
}
