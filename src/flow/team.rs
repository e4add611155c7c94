//! What a community team has sent with its key, and how it stands.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Centre, Flow, Rejection};
use crate::{
    domain::{
        clock::Timestamp,
        code::PublicCode,
        ids::CategoryCode,
        names::Names,
        ticket::{State, Ticket},
    },
    identity::Caller,
};

/// Reports that are named one by one.
const SHOWN: i64 = 50;

/// A team's figures. Its members share a key, so that no report is told with its words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    /// The key's name.
    pub name: String,
    /// Sent with it.
    pub reports: i64,
    /// Somebody still has to act on.
    pub open: i64,
    /// Of the open ones, past their deadline.
    pub overdue: i64,
    /// Resolved or closed.
    pub settled: i64,
    /// The newest.
    pub items: Vec<TeamReport>,
}

/// One report of a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamReport {
    /// Its number.
    pub code: PublicCode,
    /// What it is about.
    pub category: CategoryCode,
    /// Where it stands.
    pub status: State,
    /// Where it lies.
    pub commune_name: Option<Names>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Until when.
    pub resolve_by: Timestamp,
}

impl TeamReport {
    fn new(centre: &Centre, ticket: Ticket) -> Self {
        let commune = ticket.commune.as_ref().and_then(|code| centre.map_today().commune(code));
        Self {
            commune_name: commune.map(|commune| commune.name.clone()),
            code: ticket.code,
            category: ticket.category,
            status: ticket.state,
            received_at: ticket.received_at,
            resolve_by: ticket.resolve_by,
        }
    }
}

/// What was sent with the caller's key.
pub async fn team(flow: &Flow, caller: &Caller) -> Result<Team, Rejection> {
    let Caller::Key { id, name, .. } = caller else { return Err(Rejection::Unauthorized) };
    let centre = flow.centre();
    let counts = flow.store.count_sent_with(&centre.id, *id).await?;
    let items = flow.store.sent_with(&centre.id, *id, SHOWN).await?;
    let sum =
        |fits: fn(State) -> bool| counts.iter().filter(|count| fits(count.state)).map(|count| count.reports).sum();
    Ok(Team {
        name: name.clone(),
        reports: sum(|_| true),
        open: sum(State::is_open),
        overdue: counts.iter().filter(|count| count.state.is_open()).map(|count| count.overdue).sum(),
        settled: sum(|state| matches!(state, State::Resolved | State::Closed)),
        items: items.into_iter().map(|ticket| TeamReport::new(&centre, ticket)).collect(),
    })
}
