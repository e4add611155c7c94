//! A duplicate follows its main ticket: its sender reads the answers, and nothing is lost with a main ticket that is
//! taken back.

use std::collections::HashSet;

use super::{
    Centre, Flow, Rejection,
    change::{self, PATIENCE, Step, decide},
};
use crate::{
    domain::{
        clock::Timestamp,
        event::{Actor, Event, EventKind},
        ids::{PhotoId, TicketId},
        ticket::{State, Ticket},
    },
    queue::Command,
    store::Committed,
};

/// The ticket that a duplicate stands for in the end; None where it is no duplicate.
pub async fn main_of(flow: &Flow, centre: &Centre, ticket: &Ticket) -> Result<Option<Ticket>, Rejection> {
    let mut main = None;
    let mut next = merged(ticket);
    while let Some(id) = next {
        let found = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
        next = merged(&found);
        main = Some(found);
    }
    Ok(main)
}

/// Only an open ticket absorbs others, so the way up never comes back to where it was.
fn merged(ticket: &Ticket) -> Option<TicketId> {
    ticket.merged_into.filter(|_| ticket.state == State::Merged)
}

/// When the main ticket was answered: from then on the duplicate's sender may say that it is not solved.
pub fn answered(main: &Ticket) -> Option<Timestamp> {
    match main.state {
        State::Resolved | State::Closed => main.resolved_at,
        State::Refused => main.ended_at,
        _ => None,
    }
}

/// The answers of the main ticket since `ticket` was merged: words and photos of the office, nothing of its sender.
pub async fn answers(flow: &Flow, centre: &Centre, ticket: &Ticket, main: &Ticket) -> Result<Vec<Event>, Rejection> {
    let report = flow.store.report(&centre.id, main.report).await?.ok_or(Rejection::NotFound)?;
    let private: HashSet<PhotoId> = report.photos.iter().map(|photo| photo.id).collect();
    let mut answers = flow.store.history(&centre.id, main.id).await?;
    answers.retain(|event| Some(event.at) >= ticket.ended_at);
    answers.retain_mut(|event| match &mut event.kind {
        EventKind::Resolved { photos, .. } | EventKind::Refused { photos, .. } => {
            photos.retain(|photo| !private.contains(photo));
            true
        }
        _ => false,
    });
    Ok(answers)
}

/// Whether the secret is that of a duplicate's sender, and the photo one of the office's answers to it.
pub async fn shows(
    flow: &Flow,
    centre: &Centre,
    main: &Ticket,
    secret: &str,
    photo: PhotoId,
) -> Result<bool, Rejection> {
    let mut below = flow.store.merged_into(&centre.id, main.id).await?;
    while let Some(ticket) = below.pop() {
        if flow.vault.knows_secret(secret, ticket.report, &ticket.code) {
            let answers = answers(flow, centre, &ticket, main).await?;
            return Ok(answers.iter().any(|answer| match &answer.kind {
                EventKind::Resolved { photos, .. } | EventKind::Refused { photos, .. } => photos.contains(&photo),
                _ => false,
            }));
        }
        below.extend(flow.store.merged_into(&centre.id, ticket.id).await?);
    }
    Ok(false)
}

/// Takes a ticket back. Its oldest duplicate is queued in its place in the same transaction, and the others follow that
/// one: what many have seen does not end because one of them changed their mind.
pub async fn withdraw(flow: &Flow, centre: &Centre, id: TicketId) -> Result<(), Rejection> {
    for _ in 0..PATIENCE {
        let now = flow.clock.now();
        let before = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
        let duplicates = flow.store.merged_into(&centre.id, id).await?;
        let decision = decide(centre, &before, Command::Withdraw, &Actor::Citizen, now)?;
        let mut steps = vec![Step { before, decision, actor: Actor::Citizen, photos: vec![] }];
        let heir = duplicates.first().map(|heir| heir.id);
        let others: Vec<TicketId> = duplicates.iter().skip(1).map(|other| other.id).collect();
        for before in duplicates {
            let command = match heir {
                Some(into) if into != before.id => Command::Repoint { into },
                _ => Command::Unmerge { from: id, with: others.clone() },
            };
            let decision = decide(centre, &before, command, &Actor::System, now)?;
            steps.push(Step { before, decision, actor: Actor::System, photos: vec![] });
        }
        if change::commit(flow, centre, &steps, now).await? == Committed::Done {
            return Ok(());
        }
    }
    Err(Rejection::Busy)
}
