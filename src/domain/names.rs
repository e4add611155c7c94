//! Names shown to people: Vietnamese first, English beside it.

use serde::{Deserialize, Serialize};

/// One name in both languages of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Names {
    /// Vietnamese, in full form ("xã Mường Nhé").
    pub vi: String,
    /// English.
    pub en: String,
}

impl Names {
    /// A name from its two forms.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}
