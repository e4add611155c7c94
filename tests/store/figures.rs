use std::collections::BTreeMap;

use ioc::{
    domain::{
        clock::DAY,
        event::{Actor, EventKind},
        ids::{CommuneCode, OfficeId},
        tally::{Tally, bucket_of, tally_of},
        ticket::{State, Ticket},
    },
    store::{Committed, Store, TallyQuery, TallyRow},
};

use crate::{
    samples::{Draw, START, Step, center},
    support::Stage,
    tamper::tamper,
};

on_every_store!(
    figures_equal_a_naive_recomputation_after_a_random_walk,
    an_audit_names_every_difference,
    without_tickets_everything_is_zero,
);

const OFFICES: [&str; 3] = ["xa-03127", "xa-03130", "so-xay-dung"];
const COMMUNES: [Option<&str>; 3] = [Some("03127"), Some("03130"), None];
const CATEGORIES: [&str; 2] = ["sat_lo", "rac_thai"];

fn random_edit(draw: &Draw, ticket: &mut Ticket) {
    match draw.below(8) {
        0 => ticket.office = draw.of(&OFFICES).parse().unwrap(),
        1 => ticket.commune = draw.of(&COMMUNES).map(|code| code.parse().unwrap()),
        2 => ticket.stars = Some(1 + i64::try_from(draw.below(5)).unwrap()),
        3 => ticket.resolve_missed = true,
        4 => (ticket.state, ticket.round, ticket.ended_at) = (State::Queued, ticket.round + 1, None),
        5 => ticket.generation = draw.of(&["2026-07-25", "2025-07-01"]).parse().unwrap(),
        6 => ticket.resolve_by = ticket.resolve_by.plus(DAY),
        _ => {
            ticket.state = *draw.of(&State::ALL);
            let late = ticket.received_at.plus(i64::try_from(draw.below(4)).unwrap() * DAY / 2);
            ticket.ended_at = (!ticket.state.is_open()).then_some(late);
            ticket.worked_minutes = (ticket.state == State::Resolved).then(|| i64::try_from(draw.below(5000)).unwrap());
        }
    }
}

async fn walk(store: &Store, draw: &Draw) -> Vec<Ticket> {
    let mut tickets = vec![];
    for nth in 0..40 {
        let mut sample = draw.sample(nth * 3600 * 6);
        sample.ticket.office = draw.of(&OFFICES).parse().unwrap();
        sample.ticket.commune = draw.of(&COMMUNES).map(|code| code.parse().unwrap());
        sample.ticket.category = draw.of(&CATEGORIES).parse().unwrap();
        sample.submit(store).await;
        tickets.push(sample.ticket);
    }
    for _ in 0..150 {
        let (one, two) = (draw.below(40), draw.below(40));
        let mut steps = vec![];
        for place in if one == two { vec![one] } else { vec![one, two] } {
            let ticket = &tickets[usize::try_from(place).unwrap()];
            steps.push(Step::of(draw, ticket, Actor::System, EventKind::MeToo, |after| random_edit(draw, after)));
        }
        let changes: Vec<_> = steps.iter().map(Step::change).collect();
        assert_eq!(store.commit(&changes).await.unwrap(), Committed::Done);
        for step in steps {
            let ticket = tickets.iter_mut().find(|ticket| ticket.id == step.after.id).unwrap();
            *ticket = step.after;
        }
    }
    tickets
}

fn naive<K: Ord>(tickets: &[Ticket], query: &TallyQuery, key: impl Fn(&Ticket) -> K) -> Vec<TallyRow<K>> {
    let mut groups: BTreeMap<K, (Tally, BTreeMap<i64, i64>)> = BTreeMap::new();
    for ticket in tickets {
        let day = ticket.received_at.day();
        let fits = query.from.is_none_or(|from| from <= day)
            && query.to.is_none_or(|to| day <= to)
            && query.category.as_ref().is_none_or(|category| *category == ticket.category)
            && query.office.as_ref().is_none_or(|office| *office == ticket.office)
            && query.generation.as_ref().is_none_or(|generation| *generation == ticket.generation);
        if fits {
            let (tally, histogram) = groups.entry(key(ticket)).or_default();
            tally.add(tally_of(ticket), 1);
            if let Some(bucket) = bucket_of(ticket) {
                *histogram.entry(bucket).or_default() += 1;
            }
        }
    }
    let row = |(key, (tally, histogram)): (K, (Tally, BTreeMap<i64, i64>))| TallyRow {
        key,
        tally,
        histogram: histogram.into_iter().collect(),
    };
    groups.into_iter().map(row).collect()
}

async fn figures_equal_a_naive_recomputation_after_a_random_walk(stage: Stage) {
    let (draw, store) = (Draw::seeded(51), &stage.store);
    let tickets = walk(store, &draw).await;
    let day = START.day();
    let queries = [
        TallyQuery::default(),
        TallyQuery { from: Some(day.next()), to: Some(day.next().next()), ..TallyQuery::default() },
        TallyQuery { category: Some("sat_lo".parse().unwrap()), ..TallyQuery::default() },
        TallyQuery { office: Some("xa-03130".parse().unwrap()), to: Some(day.next()), ..TallyQuery::default() },
        TallyQuery { generation: Some("2025-07-01".parse().unwrap()), ..TallyQuery::default() },
        TallyQuery { office: Some("ban-tinh".parse().unwrap()), ..TallyQuery::default() },
    ];
    for query in queries {
        let by_commune = store.tallies_by_commune(&center(), &query).await.unwrap();
        let expected: Vec<TallyRow<Option<CommuneCode>>> = naive(&tickets, &query, |ticket| ticket.commune.clone());
        assert_eq!(by_commune, expected, "{query:?}");
        let by_office = store.tallies_by_office(&center(), &query).await.unwrap();
        let expected: Vec<TallyRow<OfficeId>> = naive(&tickets, &query, |ticket| ticket.office.clone());
        assert_eq!(by_office, expected, "{query:?}");
        let all = store.tally(&center(), &query).await.unwrap();
        assert_eq!(all, naive(&tickets, &query, |_| ()).pop().unwrap_or_default(), "{query:?}");
    }
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn an_audit_names_every_difference(stage: Stage) {
    let (draw, store) = (Draw::seeded(52), &stage.store);
    let mut sample = draw.sample(0);
    (sample.ticket.state, sample.ticket.worked_minutes) = (State::Resolved, Some(90));
    sample.submit(store).await;
    for (break_it, repair_it) in [
        ("update tally set open = open + 1", "update tally set open = open - 1"),
        ("update tally_bucket set n = 0", "update tally_bucket set n = 1"),
        ("update tally set commune = ''", "update tally set commune = '03127'"),
        ("update ticket set stars = 3", "update ticket set stars = null"),
        ("update ticket set worked_minutes = 5", "update ticket set worked_minutes = 90"),
    ] {
        tamper(store, break_it, &[]).await;
        let found = store.audit_tallies(&center()).await.unwrap();
        assert!(found.iter().any(|line| line.contains("xa-03127")), "{break_it}: {found:?}");
        tamper(store, repair_it, &[]).await;
        assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new(), "{repair_it}");
    }
}

async fn without_tickets_everything_is_zero(stage: Stage) {
    let (store, query) = (&stage.store, TallyQuery::default());
    assert_eq!(store.tally(&center(), &query).await.unwrap(), TallyRow::default());
    assert_eq!(store.tallies_by_commune(&center(), &query).await.unwrap(), vec![]);
    assert_eq!(store.tallies_by_office(&center(), &query).await.unwrap(), vec![]);
    assert_eq!(store.centre_touches(&center()).await.unwrap(), 0);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}
