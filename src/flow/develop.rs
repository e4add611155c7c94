//! Photos that wait are cleaned and join their report, an entry in its history. Whoever cleans one takes it for a
//! while; what a crash leaves undone is taken again when that while is over.

use std::collections::HashSet;

use super::{
    Flow, Rejection,
    change::{self, PATIENCE, Step, decide},
};
use crate::{
    domain::{
        clock::{HOUR, MINUTE, Timestamp},
        event::RefusedPhoto,
        ids::PhotoId,
        photo::Photo,
        upload::{Upload, UploadState},
    },
    media::{BadPhoto, HANDS, MAX_PHOTOS},
    queue::Command,
    store::{Committed, Settled},
};

/// How long a worker has for what it took.
const LEASE: i64 = MINUTE / 3;
/// Photos taken at a time.
const TAKEN: i64 = 2;
/// A photo that was begun so often and never ended kills its workers: it is refused unread.
const ATTEMPTS: i64 = 3;
/// Originals without a row may still be on their way into one; later nobody wants them.
const UNKNOWN_FOR: i64 = 2 * HOUR;

/// Cleans what waits, the oldest first, until nothing is left.
pub async fn develop(flow: &Flow) -> Result<(), Rejection> {
    if flow.store.count_waiting_uploads(&flow.center_id()).await? == 0 {
        return Ok(());
    }
    let hands = (0..HANDS).map(|_| work(flow));
    futures::future::try_join_all(hands).await.map(drop)
}

async fn work(flow: &Flow) -> Result<(), Rejection> {
    loop {
        let now = flow.clock.now();
        let taken = flow.store.claim_uploads(&flow.center_id(), now, now.plus(LEASE), TAKEN).await?;
        if taken.is_empty() {
            return Ok(());
        }
        for of_ticket in taken.chunk_by(|one, next| one.ticket == next.ticket) {
            settle(flow, of_ticket).await?;
        }
    }
}

/// The uploads of one ticket become photos, or are refused.
async fn settle(flow: &Flow, uploads: &[Upload]) -> Result<(), Rejection> {
    let Some(first) = uploads.first() else { return Ok(()) };
    let ticket = flow.store.ticket(&first.center, first.ticket).await?.ok_or(Rejection::NotFound)?;
    let report = flow.store.report(&first.center, ticket.report).await?.ok_or(Rejection::NotFound)?;
    let mut settled: Vec<Settled> = vec![];
    for upload in uploads {
        let joined = settled.iter().filter(|done| done.outcome.is_ok()).count();
        let full = upload.report.is_some() && report.photos.len() + joined >= MAX_PHOTOS;
        let outcome = if full { Err(BadPhoto::TooMany) } else { cleaned(flow, upload).await };
        match outcome {
            Err(BadPhoto::Storage) => {}
            other => {
                let outcome = other.map_err(|why| why.code().to_owned());
                settled.push(Settled { upload: upload.clone(), outcome });
            }
        }
    }
    join(flow, settled).await
}

async fn cleaned(flow: &Flow, upload: &Upload) -> Result<Photo, BadPhoto> {
    if upload.attempts > ATTEMPTS {
        return Err(BadPhoto::Damaged);
    }
    flow.darkroom.develop(upload.id, upload.at).await
}

/// Writes down what became of them; the ticket may change meanwhile, and somebody else may have been quicker.
async fn join(flow: &Flow, mut settled: Vec<Settled>) -> Result<(), Rejection> {
    let centre = flow.centre();
    for _ in 0..PATIENCE {
        let Some(Settled { upload, .. }) = settled.first() else { return Ok(()) };
        let now = flow.clock.now();
        let actor = upload.actor.clone();
        let before = flow.store.ticket(&centre.id, upload.ticket).await?.ok_or(Rejection::NotFound)?;
        let decision = decide(&centre, &before, command(&settled), &actor, now)?;
        let step = Step { before, decision, actor, photos: vec![] };
        if change::commit_with(flow, &centre, &[step], &settled, now).await? == Committed::Done {
            for done in &settled {
                let word = if done.outcome.is_ok() { "kept" } else { "refused" };
                metrics::counter!("ioc_photos_total", "outcome" => word).increment(1);
                flow.darkroom.originals().remove(done.upload.id).await;
            }
            return Ok(());
        }
        let mut waiting = HashSet::new();
        for done in &settled {
            let now = flow.store.upload(&centre.id, done.upload.id).await?;
            waiting.extend(now.filter(|now| now.state == UploadState::Waiting).map(|now| now.id));
        }
        settled.retain(|done| waiting.contains(&done.upload.id));
    }
    Err(Rejection::Busy)
}

fn command(settled: &[Settled]) -> Command {
    let photos = settled.iter().filter_map(|done| done.outcome.as_ref().ok()).map(|photo| photo.id).collect();
    let refused = settled.iter().filter_map(|done| {
        let code = done.outcome.as_ref().err()?.clone();
        Some(RefusedPhoto { id: done.upload.id, code })
    });
    Command::JoinPhotos { photos, refused: refused.collect() }
}

/// Forgets uploads whose time is over, and removes originals that nothing needs any more.
pub async fn sweep(flow: &Flow) -> Result<(), Rejection> {
    let now = flow.clock.now();
    flow.store.forget_uploads(&flow.center_id(), now).await?;
    let lying = flow.darkroom.originals().list().await?;
    let needed = flow.store.needed_uploads().await?;
    for id in lying.into_iter().filter(|id| !needed.contains(id) && now.since(born(*id)) > UNKNOWN_FOR) {
        flow.darkroom.originals().remove(id).await;
    }
    Ok(())
}

/// When an id was drawn: it says so itself.
fn born(id: PhotoId) -> Timestamp {
    let (seconds, nanos) = id.0.get_timestamp().map(|at| at.to_unix()).unwrap_or_default();
    Timestamp(i64::try_from(seconds).unwrap_or_default() * 1_000_000 + i64::from(nanos) / 1_000)
}
