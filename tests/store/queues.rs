use ioc::{
    domain::{
        clock::Timestamp,
        ids::{CategoryCode, OfficeId},
        ticket::{State, Ticket},
    },
    store::{QueueItem, QueueQuery, Store},
};

use crate::{
    samples::{Draw, START, Sample, center},
    support::Stage,
};

on_every_store!(
    pages_of_a_queue_hold_every_ticket_once_in_order,
    a_page_shows_only_the_states_that_were_asked_for,
    a_ticket_comes_with_its_report_and_photos,
    what_is_due_comes_once_in_order,
    open_tickets_are_found_by_cell_newest_first,
    reports_are_counted_up_to_enough,
    the_usual_office_is_the_one_that_settled_most,
);

/// 120 tickets of two offices, many of one deadline.
async fn fill(store: &Store, draw: &Draw) -> Vec<Sample> {
    let mut samples = vec![];
    for nth in 0..120 {
        let mut sample = draw.sample(nth);
        sample.ticket.office = draw.of(&["xa-03127", "xa-03130"]).parse().unwrap();
        sample.ticket.state = *draw.of(&State::ALL);
        sample.ticket.resolve_by = START.plus(i64::try_from(draw.below(10)).unwrap());
        sample.next_at = (draw.below(3) > 0).then(|| START.plus(i64::try_from(draw.below(10)).unwrap()));
        sample.report.photos = (0..draw.below(3)).map(|_| draw.photo()).collect();
        sample.submit(store).await;
        samples.push(sample);
    }
    samples
}

async fn pages(store: &Store, office: &OfficeId, states: &[State], limit: i64) -> Vec<QueueItem> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let page = store.queue(&QueueQuery { center: &center(), office, states, after, limit }).await.unwrap();
        assert!(i64::try_from(page.len()).unwrap() <= limit);
        let Some(last) = page.last() else { return all };
        after = Some((last.ticket.resolve_by, last.ticket.id));
        all.extend(page);
    }
}

fn expected(samples: &[Sample], office: &OfficeId, states: &[State]) -> Vec<Ticket> {
    let fits = |ticket: &&Ticket| ticket.office == *office && (states.is_empty() || states.contains(&ticket.state));
    let mut tickets: Vec<Ticket> = samples.iter().map(|sample| &sample.ticket).filter(fits).cloned().collect();
    tickets.sort_by_key(|ticket| (ticket.resolve_by, ticket.id));
    tickets
}

async fn pages_of_a_queue_hold_every_ticket_once_in_order(stage: Stage) {
    let draw = Draw::seeded(31);
    let samples = fill(&stage.store, &draw).await;
    let office = "xa-03127".parse().unwrap();
    for limit in [1, 7, 50, 1000] {
        let found: Vec<Ticket> =
            pages(&stage.store, &office, &[], limit).await.into_iter().map(|item| item.ticket).collect();
        assert_eq!(found, expected(&samples, &office, &[]), "limit {limit}");
    }
}

async fn a_page_shows_only_the_states_that_were_asked_for(stage: Stage) {
    let draw = Draw::seeded(32);
    let samples = fill(&stage.store, &draw).await;
    let office = "xa-03130".parse().unwrap();
    for states in [&State::ALL[..4], &[State::Queued], &[State::Withdrawn, State::InProgress], &State::ALL] {
        let found: Vec<Ticket> =
            pages(&stage.store, &office, states, 5).await.into_iter().map(|item| item.ticket).collect();
        assert_eq!(found, expected(&samples, &office, states), "{states:?}");
    }
    let nobody = "ban-tinh".parse().unwrap();
    assert_eq!(pages(&stage.store, &nobody, &[], 5).await, vec![]);
    let query = QueueQuery { center: &center(), office: &office, states: &[], after: None, limit: -1 };
    assert_eq!(stage.store.queue(&query).await.unwrap(), vec![]);
}

async fn a_ticket_comes_with_its_report_and_photos(stage: Stage) {
    let draw = Draw::seeded(33);
    let samples = fill(&stage.store, &draw).await;
    let office = "xa-03127".parse().unwrap();
    for item in pages(&stage.store, &office, &[], 50).await {
        let sample = samples.iter().find(|sample| sample.ticket.id == item.ticket.id).unwrap();
        assert_eq!(item.report, sample.report);
    }
}

async fn what_is_due_comes_once_in_order(stage: Stage) {
    let draw = Draw::seeded(34);
    let samples = fill(&stage.store, &draw).await;
    for now in [START.plus(-1), START.plus(4), START.plus(100)] {
        let (mut found, mut after) = (vec![], None);
        loop {
            let page = stage.store.due(&center(), now, after, 7).await.unwrap();
            let Some((at, last)) = page.last() else { break };
            after = Some((*at, last.id));
            found.extend(page);
        }
        let due = |sample: &&Sample| sample.next_at.is_some_and(|at| at <= now);
        let mut expected: Vec<(Timestamp, Ticket)> =
            samples.iter().filter(due).map(|sample| (sample.next_at.unwrap(), sample.ticket.clone())).collect();
        expected.sort_by_key(|(at, ticket)| (*at, ticket.id));
        assert_eq!(found, expected);
    }
}

async fn open_tickets_are_found_by_cell_newest_first(stage: Stage) {
    let (draw, store) = (Draw::seeded(35), &stage.store);
    let mut samples = vec![];
    for nth in 0..60 {
        let mut sample = draw.sample(nth);
        sample.cell = (nth % 5 > 0).then_some(1000 + nth % 20);
        sample.ticket.state = *draw.of(&State::ALL);
        let category: CategoryCode = draw.of(&["sat_lo", "rac_thai"]).parse().unwrap();
        sample.report.category = category.clone();
        sample.ticket.category = category;
        sample.submit(store).await;
        samples.push(sample);
    }
    let ranges = [(1001, 1004), (1016, 1016), (9_000, 8_000)];
    let category: CategoryCode = "rac_thai".parse().unwrap();
    for (category, limit) in [(None, 100), (None, 3), (Some(&category), 100)] {
        let found = store.open_in_cells(&center(), &ranges, category, limit).await.unwrap();
        let fits = |sample: &&Sample| {
            let cell = sample.cell.unwrap_or_default();
            sample.ticket.state.is_open()
                && ranges.iter().any(|(lo, hi)| (*lo..=*hi).contains(&cell))
                && category.is_none_or(|category| sample.ticket.category == *category)
        };
        let mut expected: Vec<&Sample> = samples.iter().filter(fits).collect();
        expected.sort_by_key(|sample| std::cmp::Reverse(sample.report.received_at));
        expected.truncate(usize::try_from(limit).unwrap());
        let expected: Vec<_> = expected.iter().map(|sample| (&sample.ticket, &sample.report)).collect();
        let found: Vec<_> = found.iter().map(|item| (&item.ticket, &item.report)).collect();
        assert_eq!(found, expected);
    }
    assert_eq!(store.open_in_cells(&center(), &[], None, 10).await.unwrap(), vec![]);
}

async fn reports_are_counted_up_to_enough(stage: Stage) {
    let (draw, store) = (Draw::seeded(36), &stage.store);
    for nth in 0..7 {
        let mut sample = draw.sample(nth);
        sample.cell = Some(1000 + nth);
        sample.submit(store).await;
    }
    for (range, enough, count) in [((1000, 1006), 100, 7), ((1000, 1006), 5, 5), ((1001, 1003), 5, 3), ((0, 999), 5, 0)]
    {
        assert_eq!(store.reports_in_cells(&center(), range, enough).await.unwrap(), count);
    }
}

async fn the_usual_office_is_the_one_that_settled_most(stage: Stage) {
    let (draw, store) = (Draw::seeded(37), &stage.store);
    let rows = [
        ("xa-03130", Some("03127"), State::Resolved, 3),
        ("xa-03127", Some("03127"), State::Closed, 3),
        ("xa_03127", Some("03127"), State::Closed, 3),
        ("so-xay-dung", Some("03127"), State::Refused, 9),
        ("so-xay-dung", Some("03127"), State::Queued, 9),
        ("ban-tinh", None, State::Resolved, 1),
        ("so-y-te", Some("03130"), State::Resolved, 5),
    ];
    let mut nth = 0;
    for (office, commune, state, times) in rows {
        for _ in 0..times {
            nth += 1;
            let mut sample = draw.sample(nth);
            sample.ticket.office = office.parse().unwrap();
            sample.ticket.commune = commune.map(|code| code.parse().unwrap());
            sample.ticket.state = state;
            sample.submit(store).await;
        }
    }
    let (map, category) = ("2026-07-25".parse().unwrap(), "sat_lo".parse().unwrap());
    let usual = async |commune: Option<&str>| {
        let commune = commune.map(|code| code.parse().unwrap());
        let found = store.usual_office(&center(), &map, commune.as_ref(), &category).await.unwrap();
        found.map(|(office, count)| (office.to_string(), count))
    };
    assert_eq!(usual(Some("03127")).await, Some(("xa-03127".into(), 3)));
    assert_eq!(usual(Some("03130")).await, Some(("so-y-te".into(), 5)));
    assert_eq!(usual(None).await, Some(("ban-tinh".into(), 1)));
    assert_eq!(usual(Some("03166")).await, None);
    let other = store.usual_office(&center(), &"2025".parse().unwrap(), None, &category).await.unwrap();
    assert_eq!(other, None, "a code means nothing without its generation");
}
