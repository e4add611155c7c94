//! The sender follows the report: confirm, reopen, rate, say which commune it was, answer, take it back; others say
//! "me too".

use super::{
    Centre, Flow, Rejection, change,
    look::{self, OwnReport},
};
use crate::{
    domain::{
        code::PublicCode,
        event::Actor,
        ids::CommuneCode,
        placement::{Method, Placement},
        text::Description,
        ticket::Ticket,
    },
    queue::Command,
};

/// What the sender wants to say.
#[derive(Debug, Clone)]
pub enum Word {
    /// It is solved.
    Confirm,
    /// It is not.
    Reopen(Description),
    /// 1–5 stars.
    Rate(i64, Option<Description>),
    /// It was in this commune.
    Place(CommuneCode),
    /// The answer to the office's question.
    Reply(Description),
    /// Never mind.
    Withdraw,
}

/// Does what the holder of the secret says.
pub async fn follow(flow: &Flow, code: &PublicCode, secret: Option<&str>, word: Word) -> Result<OwnReport, Rejection> {
    let centre = flow.centre();
    let ticket = look::by_secret(flow, &centre, code, secret).await?;
    let placement = look::placement_of(flow, &centre, &ticket).await?;
    change::retrying(flow, &centre, ticket.id, &Actor::Citizen, |before| {
        command(&centre, before, placement.as_ref(), word.clone())
    })
    .await?;
    look::own_report(flow, code, secret).await
}

/// "I have the same trouble": no secret, no name, a count.
pub async fn me_too(flow: &Flow, code: &PublicCode) -> Result<i64, Rejection> {
    let centre = flow.centre();
    let ticket = flow.store.ticket_by_code(&centre.id, code).await?.ok_or(Rejection::NotFound)?;
    let after = change::retrying(flow, &centre, ticket.id, &Actor::Citizen, |_| Ok(Command::MeToo)).await?;
    Ok(after.me_too)
}

fn command(centre: &Centre, before: &Ticket, placement: Option<&Placement>, word: Word) -> Result<Command, Rejection> {
    Ok(match word {
        Word::Confirm => Command::Confirm,
        Word::Reopen(text) => Command::Reopen { text },
        Word::Rate(stars, text) => Command::Rate { stars, text },
        Word::Reply(text) => Command::Reply { text },
        Word::Withdraw => Command::Withdraw,
        Word::Place(commune) => {
            if !could_be(&commune, placement) {
                return Err(Rejection::field(
                    "commune",
                    "commune_not_near",
                    "the position does not lie near that commune",
                ));
            }
            let (office, _) = centre
                .routes
                .office_for(&before.category, &commune)
                .ok_or_else(|| Rejection::field("commune", "unknown_commune", "this centre serves no such commune"))?;
            let about = centre.routes.about(&before.category, &commune).cloned();
            Command::Restate { to: office.id.clone(), commune, about }
        }
    })
}

/// The sender is believed among the candidates of the map, and anywhere when the map had nothing to say.
fn could_be(commune: &CommuneCode, placement: Option<&Placement>) -> bool {
    placement.is_none_or(|placement| {
        placement.method == Method::Unplaced
            || placement.candidates.iter().any(|candidate| candidate.commune.as_ref() == Some(commune))
    })
}
