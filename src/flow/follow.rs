//! The sender follows the report: confirm, reopen, rate, say which commune it was, answer, take it back; others say
//! "me too".

use sha2::{Digest, Sha256};

use super::{
    Centre, Flow, Rejection, change, duplicates,
    look::{self, OwnReport},
};
use crate::{
    domain::{
        clock::Timestamp,
        code::PublicCode,
        event::Actor,
        ids::CommuneCode,
        placement::{Method, Placement},
        text::Description,
        ticket::Ticket,
    },
    queue::{Command, Refusal},
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
    if matches!(word, Word::Withdraw) {
        duplicates::withdraw(flow, &centre, ticket.id).await?;
        return look::own_report(flow, code, secret).await;
    }
    let placement = look::placement_of(flow, &centre, &ticket).await?;
    let main = duplicates::main_of(flow, &centre, &ticket).await?;
    let answered = main.as_ref().and_then(duplicates::answered);
    change::retrying(flow, &centre, ticket.id, &Actor::Citizen, |before| {
        command(&centre, before, placement.as_ref(), answered, word.clone())
    })
    .await?;
    look::own_report(flow, code, secret).await
}

/// "I have the same trouble": no secret, no name, a count beside an open ticket, once per device. All who name no device
/// count as one, and nobody's word changes the ticket that an office is working on.
pub async fn me_too(flow: &Flow, code: &PublicCode, device: Option<&str>) -> Result<i64, Rejection> {
    let centre = flow.centre();
    let ticket = flow.store.ticket_by_code(&centre.id, code).await?.ok_or(Rejection::NotFound)?;
    if !ticket.state.is_open() {
        return Err(Refusal::NotNow { state: ticket.state.as_str(), command: "supported" }.into());
    }
    // With the ticket in the hash, nobody can read from the table what else a device has supported.
    let hash = device.map(|device| Sha256::new_with_prefix(ticket.id.0.as_bytes()).chain_update(device).finalize());
    Ok(flow.store.support(&centre.id, ticket.id, hash.as_deref().unwrap_or_default()).await?)
}

fn command(
    centre: &Centre,
    before: &Ticket,
    placement: Option<&Placement>,
    answered: Option<Timestamp>,
    word: Word,
) -> Result<Command, Rejection> {
    Ok(match word {
        Word::Confirm => Command::Confirm,
        Word::Reopen(text) => Command::Reopen { text, answered },
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
            Command::Restate { to: office.id.clone(), kind: office.kind, commune, about }
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
