use std::collections::HashSet;

use ioc::{
    domain::{
        event::{Actor, EventKind, RefusedPhoto},
        ids::PhotoId,
        ticket::Ticket,
        upload::{Upload, UploadState},
    },
    store::{Committed, Settled},
};

use crate::{
    samples::{Draw, START, Sample, Step, center},
    support::Stage,
};

on_every_store!(
    photos_that_wait_are_written_with_their_report_or_not_at_all,
    what_waits_is_claimed_by_one_and_again_when_its_time_is_over,
    what_became_of_uploads_is_written_with_the_history_once,
    what_arrives_is_completed_given_up_or_forgotten,
);

fn upload(draw: &Draw, sample: &Sample, position: i64, state: UploadState) -> Upload {
    Upload {
        id: PhotoId(draw.entropy.uuid(START.plus(position))),
        center: center(),
        ticket: sample.ticket.id,
        report: Some(sample.report.id),
        position,
        actor: Actor::Citizen,
        state,
        bytes: 3_000_000,
        at: START.plus(position),
        expires_at: START.plus(1_000),
        attempts: 0,
    }
}

/// A report with two photos that wait.
fn with_photos(draw: &Draw, nth: i64) -> Sample {
    let mut sample = draw.sample(nth);
    sample.uploads = (0..2).map(|position| upload(draw, &sample, position, UploadState::Waiting)).collect();
    sample
}

async fn photos_that_wait_are_written_with_their_report_or_not_at_all(stage: Stage) {
    let (draw, store) = (Draw::seeded(31), &stage.store);
    let (sample, twice) = (with_photos(&draw, 0), with_photos(&draw, 1));
    store.submit(sample.with_key("", "k", b"x")).await.unwrap();
    store.submit(twice.with_key("", "k", b"x")).await.unwrap();
    assert_eq!(store.uploads_of(&center(), sample.ticket.id).await.unwrap(), sample.uploads);
    assert_eq!(store.uploads_of(&center(), twice.ticket.id).await.unwrap(), vec![]);
    let ids: HashSet<PhotoId> = sample.uploads.iter().map(|upload| upload.id).collect();
    assert_eq!(store.needed_uploads().await.unwrap(), ids);
    assert_eq!(store.upload(&"other".parse().unwrap(), sample.uploads[0].id).await.unwrap(), None);
}

async fn what_waits_is_claimed_by_one_and_again_when_its_time_is_over(stage: Stage) {
    let (draw, store) = (Draw::seeded(32), &stage.store);
    for nth in 0..10 {
        with_photos(&draw, nth).submit(store).await;
    }
    let (now, until) = (START, START.plus(60));
    let claims = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim_uploads(&center(), now, until, 3).await.unwrap() })
    });
    let mut taken = vec![];
    for claim in claims.collect::<Vec<_>>() {
        taken.extend(claim.await.unwrap());
    }
    while let [more, ..] = store.claim_uploads(&center(), now, until, 1).await.unwrap().as_slice() {
        taken.push(more.clone());
    }
    assert!(taken.iter().all(|upload| upload.attempts == 1));
    let ids: HashSet<PhotoId> = taken.iter().map(|upload| upload.id).collect();
    assert_eq!((taken.len(), ids.len()), (20, 20), "each once");
    let again = store.claim_uploads(&center(), until, until.plus(60), 100).await.unwrap();
    assert!(again.len() == 20 && again.iter().all(|upload| upload.attempts == 2));
}

fn joining(draw: &Draw, before: &Ticket, settled: &[Settled]) -> Step {
    let photos = settled.iter().filter_map(|done| done.outcome.as_ref().ok()).map(|photo| photo.id).collect();
    let refused = settled.iter().filter(|done| done.outcome.is_err());
    let refused = refused.map(|done| RefusedPhoto { id: done.upload.id, code: "photo_damaged".into() }).collect();
    Step::of(draw, before, Actor::Citizen, EventKind::PhotosJoined { photos, refused }, |_| {})
}

async fn what_became_of_uploads_is_written_with_the_history_once(stage: Stage) {
    let (draw, store) = (Draw::seeded(33), &stage.store);
    let sample = with_photos(&draw, 0);
    sample.submit(store).await;
    let [kept, bad] = sample.uploads.as_slice() else { panic!("two were sent") };
    let photo = ioc::domain::photo::Photo { id: kept.id, ..draw.photo() };
    let settled = [
        Settled { upload: kept.clone(), outcome: Ok(photo.clone()) },
        Settled { upload: bad.clone(), outcome: Err("photo_damaged".into()) },
    ];
    let step = joining(&draw, &sample.ticket, &settled);
    assert_eq!(store.commit_with(&[step.change()], &settled).await.unwrap(), Committed::Done);
    let report = store.report(&center(), sample.report.id).await.unwrap().unwrap();
    assert_eq!(report.photos, vec![photo]);
    let states: Vec<UploadState> =
        store.uploads_of(&center(), sample.ticket.id).await.unwrap().iter().map(|upload| upload.state).collect();
    assert_eq!(states, [UploadState::Kept, UploadState::Refused]);
    // Somebody else cleaned the same photos: nothing of theirs is written, not even the history.
    let late = joining(&draw, &step.after, &settled);
    assert_eq!(store.commit_with(&[late.change()], &settled).await.unwrap(), Committed::Stale);
    assert_eq!(store.history(&center(), sample.ticket.id).await.unwrap().len(), 3);
    assert_eq!(store.count_waiting_uploads(&center()).await.unwrap(), 0);
    while store.seal(START, 100).await.unwrap() > 0 {}
    assert_eq!(store.verify_chain().await.unwrap().faults, vec![]);
}

async fn what_arrives_is_completed_given_up_or_forgotten(stage: Stage) {
    let (draw, store) = (Draw::seeded(34), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let uploads: Vec<Upload> = (0..3).map(|nth| upload(&draw, &sample, nth, UploadState::Arriving)).collect();
    for upload in &uploads {
        store.add_upload(upload).await.unwrap();
    }
    let [whole, given_up, _abandoned] = uploads.as_slice() else { panic!("three were announced") };
    assert!(store.complete_upload(&center(), whole.id).await.unwrap());
    assert!(!store.complete_upload(&center(), whole.id).await.unwrap(), "once");
    assert!(!store.remove_upload(&center(), whole.id).await.unwrap(), "it waits to be cleaned");
    assert!(store.remove_upload(&center(), given_up.id).await.unwrap());
    assert_eq!(store.forget_uploads(&center(), START.plus(999)).await.unwrap(), 0);
    assert_eq!(store.forget_uploads(&center(), START.plus(1_000)).await.unwrap(), 1);
    assert_eq!(store.needed_uploads().await.unwrap(), HashSet::from([whole.id]));
}
