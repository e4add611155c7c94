//! Callers and their scopes.

use std::fmt;

use crate::domain::ids::{CenterId, KeyId, OfficeId};

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `report:write`: posting without limits.
    ReportWrite,
    /// `report:behalf`: posting for a neighbour.
    ReportBehalf,
    /// `office:<id>`: an office's tickets.
    Office(OfficeId),
    /// `dashboard:read`: internal figures.
    DashboardRead,
    /// `admin`: everything of the centre.
    Admin,
}

impl Scope {
    /// Reads `office:xa-03127` and its like, exactly as [`Scope`] is displayed.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "report:write" => Some(Self::ReportWrite),
            "report:behalf" => Some(Self::ReportBehalf),
            "dashboard:read" => Some(Self::DashboardRead),
            "admin" => Some(Self::Admin),
            _ => text.strip_prefix("office:")?.parse().ok().map(Self::Office),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReportWrite => f.write_str("report:write"),
            Self::ReportBehalf => f.write_str("report:behalf"),
            Self::Office(id) => write!(f, "office:{id}"),
            Self::DashboardRead => f.write_str("dashboard:read"),
            Self::Admin => f.write_str("admin"),
        }
    }
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular.
    Anyone,
    /// The holder of a key.
    Key {
        /// The key.
        id: KeyId,
        /// The centre it opens.
        center: CenterId,
        /// What its maker called it; shown in histories.
        name: String,
        /// What it allows.
        scopes: Vec<Scope>,
    },
}

impl Caller {
    /// Everything that the key allows.
    pub fn scopes(&self) -> &[Scope] {
        match self {
            Self::Anyone => &[],
            Self::Key { scopes, .. } => scopes,
        }
    }

    /// The key, for those who hold one.
    pub fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Anyone => None,
            Self::Key { id, .. } => Some(*id),
        }
    }

    /// What the key's maker called it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Key { name, .. } => Some(name),
        }
    }

    /// The offices that the caller works in.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.scopes().iter().filter_map(|scope| match scope {
            Scope::Office(office) => Some(office),
            _ => None,
        })
    }

    /// Whether the caller has this scope (admin has all).
    pub fn may(&self, scope: &Scope) -> bool {
        self.is_admin() || self.scopes().contains(scope)
    }

    /// Whether the caller works in that office (its own scope; admin does not count: what an administrator does in
    /// an office's stead is written down as the centre's act).
    pub fn works_in(&self, office: &OfficeId) -> bool {
        self.scopes().iter().any(|scope| matches!(scope, Scope::Office(own) if own == office))
    }

    /// Whether the caller is the centre's administrator.
    pub fn is_admin(&self) -> bool {
        self.scopes().contains(&Scope::Admin)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn holder(scopes: &[&str]) -> Caller {
        Caller::Key {
            id: KeyId(Uuid::nil()),
            center: "dien-bien".parse().unwrap(),
            name: "test".to_owned(),
            scopes: scopes.iter().map(|text| Scope::parse(text).unwrap()).collect(),
        }
    }

    fn office(id: &str) -> OfficeId {
        id.parse().unwrap()
    }

    #[test]
    fn a_scope_reads_back_as_it_is_written() {
        for text in ["report:write", "report:behalf", "office:xa-03127", "dashboard:read", "admin"] {
            assert_eq!(Scope::parse(text).map(|scope| scope.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_scope_is_none() {
        for text in ["", "Admin", "office:", "office:Xã", "office", "report", "admin ", "office:a b"] {
            assert_eq!(Scope::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_office_key_opens_its_own_office_only() {
        let caller = holder(&["office:xa-03127"]);
        assert!(caller.works_in(&office("xa-03127")) && caller.may(&Scope::Office(office("xa-03127"))));
        assert!(!caller.works_in(&office("xa-03130")) && !caller.may(&Scope::Office(office("xa-03130"))));
        assert!(!caller.may(&Scope::DashboardRead) && !caller.is_admin());
    }

    #[test]
    fn an_administrator_may_everything_but_works_in_no_office() {
        let caller = holder(&["admin"]);
        assert!(caller.may(&Scope::ReportBehalf) && caller.may(&Scope::Office(office("xa-03127"))));
        assert!(!caller.works_in(&office("xa-03127")));
    }

    #[test]
    fn anyone_may_nothing() {
        assert!(!Caller::Anyone.may(&Scope::ReportWrite) && !Caller::Anyone.is_admin());
    }
}
