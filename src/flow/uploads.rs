//! A photo comes over a bad line, piece by piece: announced, resumed where it broke off, given up. The report was
//! accepted long before.
//!
//! What lies on disk is the truth about how far a photo is: the sender is told an offset only after `fsync`, so that it
//! holds over a crash. Once it is whole it waits in the database to be cleaned ([`super::develop`]).

use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::{Caller, Centre, Flow, Rejection, handle, look};
use crate::{
    domain::{
        clock::{DAY, Timestamp},
        code::PublicCode,
        event::Actor,
        ids::PhotoId,
        ticket::Ticket,
        upload::{Announcement, Upload, UploadState},
    },
    media::{BadPhoto, MAX_PHOTO_BYTES, MAX_PHOTOS},
};

/// The most bytes of one photo.
pub const MOST_BYTES: i64 = MAX_PHOTO_BYTES;
/// An upload that is not completed by then is forgotten: a phone may be without a signal for days.
pub const KEPT_FOR: i64 = 7 * DAY;

/// Who sends, and to which report.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// Whose key came with the call.
    pub caller: &'a Caller,
    /// The secret that came with it.
    pub secret: Option<&'a str>,
    /// The report's number.
    pub code: &'a PublicCode,
}

impl Sender<'_> {
    /// The ticket, where the sender may add photos to it: the citizen's to the report, the office's to an answer.
    async fn ticket(&self, flow: &Flow, centre: &Centre) -> Result<(Ticket, Actor), Rejection> {
        if self.secret.is_some() || matches!(self.caller, Caller::Anyone) {
            let ticket = look::by_secret(flow, centre, self.code, self.secret).await?;
            return Ok((ticket, Actor::Citizen));
        }
        let ticket = flow.store.ticket_by_code(&centre.id, self.code).await?.ok_or(Rejection::NotFound)?;
        let ticket = look::own_ticket(flow, centre, self.caller, ticket.id).await?;
        let actor = handle::actor_of(centre, self.caller, &ticket)?;
        Ok((ticket, actor))
    }

    /// The upload of that id, where it is the sender's.
    async fn upload(&self, flow: &Flow, id: PhotoId) -> Result<Upload, Rejection> {
        let centre = flow.centre();
        let (ticket, actor) = self.ticket(flow, &centre).await?;
        let upload = flow.store.upload(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
        let theirs = upload.ticket == ticket.id && (upload.actor == Actor::Citizen) == (actor == Actor::Citizen);
        if theirs { Ok(upload) } else { Err(Rejection::NotFound) }
    }
}

/// How far an upload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Of the photo that it becomes.
    pub id: PhotoId,
    /// Bytes that are on disk.
    pub offset: i64,
    /// Bytes of the whole.
    pub bytes: i64,
    /// It is forgotten then, if it is not whole.
    pub expires_at: Timestamp,
}

impl Progress {
    fn at(upload: &Upload, offset: i64) -> Self {
        Self { id: upload.id, offset, bytes: upload.bytes, expires_at: upload.expires_at }
    }
}

/// Announces a photo of so many bytes. Where the same sender announced it before under the same `name`, it is that upload,
/// as far as it is: an answer that was lost holds no second place.
pub async fn announce(flow: &Flow, sender: Sender<'_>, bytes: i64, name: Option<&str>) -> Result<Progress, Rejection> {
    let centre = flow.centre();
    let (ticket, actor) = sender.ticket(flow, &centre).await?;
    if bytes > MOST_BYTES {
        return Err(Rejection::TooLarge);
    }
    let originals = flow.darkroom.originals();
    if !originals.has_room() {
        return Err(Rejection::Full);
    }
    let before = flow.store.uploads_of(&centre.id, ticket.id).await?;
    let citizen = actor == Actor::Citizen;
    let mine = before.iter().filter(|upload| (upload.actor == Actor::Citizen) == citizen);
    let name = name.map(|name| Announcement::named(ticket.id, name));
    let now = flow.clock.now();
    let known = name.and_then(|name| mine.clone().find(|upload| name.is_of(upload.id) && !upload.is_forgotten(now)));
    if let Some(known) = known {
        return again(flow, known, bytes).await;
    }
    let (arriving, whole): (Vec<_>, Vec<_>) = mine
        .filter(|upload| upload.state != UploadState::Refused)
        .partition(|upload| upload.state == UploadState::Arriving);
    // Of those that arrive some are given up: a sender whose answer was lost announces anew.
    if whole.len() >= MAX_PHOTOS || arriving.len() >= 2 * MAX_PHOTOS {
        return Err(Rejection::field("photos", BadPhoto::TooMany.code(), BadPhoto::TooMany.to_string()));
    }
    let upload = Upload {
        id: name.map_or_else(|| PhotoId(flow.entropy.uuid(now)), |name| name.id(now)),
        center: centre.id.clone(),
        ticket: ticket.id,
        report: citizen.then_some(ticket.report),
        position: i64::try_from(MAX_PHOTOS).unwrap_or(i64::MAX),
        actor,
        state: UploadState::Arriving,
        bytes,
        at: now,
        expires_at: now.plus(KEPT_FOR),
        attempts: 0,
    };
    originals.announce(upload.id).await?;
    flow.store.add_upload(&upload).await?;
    Ok(Progress::at(&upload, 0))
}

async fn again(flow: &Flow, upload: &Upload, bytes: i64) -> Result<Progress, Rejection> {
    if upload.bytes != bytes {
        return Err(Rejection::KeyReused);
    }
    Ok(Progress::at(upload, offset(flow, upload).await?))
}

/// How far it is, for certain.
pub async fn progress(flow: &Flow, sender: Sender<'_>, id: PhotoId) -> Result<Progress, Rejection> {
    let upload = sender.upload(flow, id).await?;
    let offset = offset(flow, &upload).await?;
    if upload.state == UploadState::Arriving && offset == upload.bytes {
        complete(flow, &upload).await?;
    }
    Ok(Progress::at(&upload, offset))
}

async fn offset(flow: &Flow, upload: &Upload) -> Result<i64, Rejection> {
    if upload.state != UploadState::Arriving {
        return Ok(upload.bytes);
    }
    if upload.is_forgotten(flow.clock.now()) {
        return Err(Rejection::NotFound);
    }
    let length = flow.darkroom.originals().length(upload.id).await?;
    Ok(i64::try_from(length).unwrap_or(i64::MAX))
}

/// Takes the bytes from `from` on, as far as they come: a body that breaks off is progress too.
pub async fn receive<E>(
    flow: &Flow,
    sender: Sender<'_>,
    id: PhotoId,
    from: i64,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<Progress, Rejection> {
    let upload = sender.upload(flow, id).await?;
    let reached = offset(flow, &upload).await?;
    if from != reached {
        return Err(Rejection::WrongOffset(reached));
    }
    if !flow.darkroom.originals().has_room() {
        return Err(Rejection::Full);
    }
    let reached = append(flow, &upload, reached, body).await?;
    if reached == upload.bytes && upload.state == UploadState::Arriving {
        complete(flow, &upload).await?;
    }
    Ok(Progress::at(&upload, reached))
}

async fn append<E>(
    flow: &Flow,
    upload: &Upload,
    from: i64,
    body: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<i64, Rejection> {
    let mut body = std::pin::pin!(body);
    let mut reached = from;
    let mut piece = None;
    while let Some(Ok(bytes)) = body.next().await {
        let after = reached.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        if after > upload.bytes {
            return Err(Rejection::TooLarge);
        }
        if piece.is_none() {
            let from = u64::try_from(from).unwrap_or_default();
            piece = Some(flow.darkroom.originals().resume(upload.id, from).await?);
        }
        if let Some(piece) = &mut piece {
            piece.write(&bytes).await?;
        }
        reached = after;
    }
    if let Some(piece) = piece {
        piece.end().await?;
    }
    Ok(reached)
}

async fn complete(flow: &Flow, upload: &Upload) -> Result<(), Rejection> {
    if flow.store.complete_upload(&upload.center, upload.id).await? {
        flow.darkroom.ring();
    }
    Ok(())
}

/// Gives up what has not wholly arrived.
pub async fn give_up(flow: &Flow, sender: Sender<'_>, id: PhotoId) -> Result<(), Rejection> {
    let upload = sender.upload(flow, id).await?;
    if !flow.store.remove_upload(&upload.center, id).await? {
        return Err(Rejection::NotFound);
    }
    flow.darkroom.originals().remove(id).await;
    Ok(())
}
