use std::sync::Arc;

use ioc::{
    domain::ids::TicketId,
    flow::{claim, feed, handle::Act},
};

use crate::{
    place::{Place, center},
    support::Stage,
};

on_every_store!(
    a_feed_is_numbered_without_a_gap_while_many_write_and_one_reads,
    what_lies_far_back_is_forgotten_and_said_to_be,
);

async fn a_feed_is_numbered_without_a_gap_while_many_write_and_one_reads(stage: Stage) {
    const WRITERS: i64 = 8;
    const EACH: i64 = 6;
    let place = Arc::new(Place::new(&stage).await);
    let flow = place.app.flow.clone();
    let start = feed::head(&flow, &place.office).await.unwrap();
    assert_eq!(start, 2, "the first report, and that it was accepted");
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let place = Arc::clone(&place);
        writers.spawn(async move {
            for _ in 0..EACH {
                place.report().await;
                for claimed in place.claim(1, 600).await {
                    let token = claimed.lease.claim_token;
                    claim::release(&place.app.flow, &place.machine(), &place.office, token).await.unwrap();
                }
            }
        });
    }
    // Whoever has read up to a number has missed nothing before it.
    let (mut after, mut seen) = (0, vec![]);
    loop {
        let done = writers.is_empty();
        for entry in feed::after(&flow, &place.office, after).await.unwrap() {
            after += 1;
            assert_eq!(entry.sequence, after, "without loss or repeat");
            seen.push(entry);
        }
        if done && after == feed::head(&flow, &place.office).await.unwrap() {
            break;
        }
        while let Some(writer) = writers.try_join_next() {
            writer.unwrap();
        }
        tokio::task::yield_now().await;
    }
    let of = |kind: &str| seen.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(i64::try_from(of("assigned")).unwrap(), WRITERS * EACH + 1);
    assert_eq!(of("claimed"), of("released"));
    assert!(of("claimed") > 0);
    let mut versions: Vec<(TicketId, i64)> = seen.iter().map(|entry| (entry.ticket, entry.version)).collect();
    let all = versions.len();
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), all, "each change once");
    place.audit().await;
}

async fn what_lies_far_back_is_forgotten_and_said_to_be(stage: Stage) {
    let place = Place::new(&stage).await;
    let flow = &place.app.flow;
    let id = place.report().await;
    let version = place.ticket(id).await.version;
    place.act(id, Some(version).into(), Act::Accept(None)).await.unwrap();
    assert_eq!(feed::forget(flow).await.unwrap(), 0, "so little is kept");
    assert!(feed::covers(flow, &place.office, 0).await.unwrap());
    assert!(!feed::covers(flow, &place.office, 5).await.unwrap(), "so far it has not come");
    assert_eq!(flow.store.forget_feed(&center(), &place.office, 3).await.unwrap(), 3);
    assert!(!feed::covers(flow, &place.office, 2).await.unwrap());
    assert!(feed::covers(flow, &place.office, 3).await.unwrap() && feed::covers(flow, &place.office, 4).await.unwrap());
    assert_eq!(flow.store.forget_feed(&center(), &place.office, 4).await.unwrap(), 1);
    assert!(feed::covers(flow, &place.office, 4).await.unwrap());
}
