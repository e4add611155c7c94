use std::collections::{BTreeMap, BTreeSet, HashMap};

use h3o::{CellIndex, LatLng, Resolution};
use ioc::{
    domain::{
        clock::{DAY, Day},
        event::{Actor, EventKind},
        hexagon::{ASKED, block_of, number},
        ids::{CommuneCode, OfficeId},
        month::Month,
        tally::{Share, TallyKey, shares_of},
        ticket::{State, Ticket},
    },
    store::{CategoryCounts, Committed, HeatQuery, HeatRows, Received, Store, TallyQuery, TallyRow},
};

use crate::{
    samples::{Draw, START, Step, center},
    support::Stage,
    tamper::tamper,
};

on_every_store!(
    figures_equal_a_naive_recomputation_after_a_random_walk,
    an_audit_names_every_difference,
    figures_stay_those_of_the_tickets_through_random_events,
    a_heatmap_can_be_asked_for_months_and_blocks,
    tickets_from_before_the_figures_are_counted_at_the_next_start,
    a_history_written_at_once_is_counted_as_its_tickets_are,
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
        let mut sample = draw.sample(nth * 3600 * 24);
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

fn naive<K: Ord>(tickets: &[Ticket], query: &TallyQuery, name: impl Fn(&TallyKey) -> K) -> Vec<TallyRow<K>> {
    let mut groups: BTreeMap<K, Share> = BTreeMap::new();
    for (key, share) in tickets.iter().flat_map(shares_of) {
        let fits = query.from.is_none_or(|from| from <= key.day)
            && query.to.is_none_or(|to| key.day <= to)
            && query.category.as_ref().is_none_or(|category| *category == key.category)
            && query.office.as_ref().is_none_or(|office| *office == key.office)
            && query.generation.as_ref().is_none_or(|generation| *generation == key.generation);
        if fits {
            groups.entry(name(&key)).or_default().add(&share, 1);
        }
    }
    let row =
        |(key, share): (K, Share)| TallyRow { key, tally: share.tally, histogram: share.hours.into_iter().collect() };
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
        TallyQuery { from: Some(Month::of(day).first()), to: Some(Month::of(day).last()), ..TallyQuery::default() },
        TallyQuery { from: Some(Day(day.0 + 3)), to: Some(Day(day.0 + 40)), ..TallyQuery::default() },
        TallyQuery { to: Some(Day(day.0 + 20)), category: Some("rac_thai".parse().unwrap()), ..TallyQuery::default() },
    ];
    for query in queries {
        let by_commune = store.tallies_by_commune(&center(), &query).await.unwrap();
        let expected: Vec<TallyRow<Option<CommuneCode>>> = naive(&tickets, &query, |key| key.commune.clone());
        assert_eq!(by_commune, expected, "{query:?}");
        let by_office = store.tallies_by_office(&center(), &query).await.unwrap();
        let expected: Vec<TallyRow<OfficeId>> = naive(&tickets, &query, |key| key.office.clone());
        assert_eq!(by_office, expected, "{query:?}");
        let by_category = store.tallies_by_office_and_category(&center(), &query).await.unwrap();
        let expected: Vec<_> = naive(&tickets, &query, |key| (key.office.clone(), key.category.clone()))
            .into_iter()
            .filter(|row| row.tally.reports != 0)
            .map(|row| CategoryCounts {
                office: row.key.0,
                category: row.key.1,
                reports: row.tally.reports,
                settled: row.tally.settled,
                overdue: row.tally.overdue,
            })
            .collect();
        assert_eq!(by_category, expected, "{query:?}");
        let all = store.tally(&center(), &query).await.unwrap();
        assert_eq!(all, naive(&tickets, &query, |_| ()).pop().unwrap_or_default(), "{query:?}");
        let by_day = store.tallies_by_day(&center(), &query).await.unwrap();
        let expected = naive(&tickets, &query, |key| key.day).into_iter().map(|row| (row.key, row.tally)).collect();
        assert_eq!(by_day, expected, "{query:?}");
        let day_by_day = store.received_by_office(&center(), &query, true).await.unwrap();
        let expected: Vec<_> = naive(&tickets, &query, |key| (key.office.clone(), key.day))
            .into_iter()
            .filter(|row| row.tally.reports != 0)
            .map(|row| Received { office: row.key.0, first: row.key.1, reports: row.tally.reports })
            .collect();
        assert_eq!(day_by_day, expected, "{query:?}");
        let mut by_month: BTreeMap<(OfficeId, Month), i64> = BTreeMap::new();
        for row in store.received_by_office(&center(), &query, false).await.unwrap() {
            *by_month.entry((row.office, Month::of(row.first))).or_default() += row.reports;
        }
        let expected = naive(&tickets, &query, |key| (key.office.clone(), Month::of(key.day)))
            .into_iter()
            .map(|row| (row.key, row.tally.reports))
            .filter(|(_, reports)| *reports != 0)
            .collect();
        assert_eq!(by_month, expected, "{query:?}");
        let by_month = store.tallies_by_month(&center(), &query).await.unwrap();
        let expected =
            naive(&tickets, &query, |key| Month::of(key.day)).into_iter().map(|row| (row.key, row.tally)).collect();
        assert_eq!(by_month, expected, "{query:?}");
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
        ("update tally set ended = 7 where grain = 'month'", "update tally set ended = 0"),
        ("update tally set commune = ''", "update tally set commune = '03127'"),
        ("update heat set month = month + 1", "update heat set month = month - 1"),
        (
            "update heat set block = block + 1 where resolution = 9",
            "update heat set block = block - 1 where resolution = 9",
        ),
        ("update ticket set stars = 3", "update ticket set stars = null"),
        ("update ticket set worked_minutes = 5", "update ticket set worked_minutes = 90"),
        ("update report set cell = null", "update report set cell = 622645365005123583"),
    ] {
        tamper(store, break_it, &[]).await;
        let found = store.audit_tallies(&center()).await.unwrap();
        assert!(!found.is_empty(), "{break_it}");
        tamper(store, repair_it, &[]).await;
        assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new(), "{repair_it}");
    }
}

/// A ticket's hexagon at a resolution, if its position may be told.
fn hexagon_of(ticket: &Ticket, cell: Option<i64>, resolution: u8) -> Option<CellIndex> {
    let finest = CellIndex::try_from(u64::try_from(cell?).unwrap()).unwrap();
    finest.parent(Resolution::try_from(resolution).unwrap()).filter(|_| ticket.about.is_none())
}

/// `IOC_EVENTS` random changes (5,000 when left out), some together, on a tenth as many tickets.
async fn figures_stay_those_of_the_tickets_through_random_events(stage: Stage) {
    let events = std::env::var("IOC_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000_u64);
    let (draw, store) = (Draw::seeded(53), &stage.store);
    let mut tickets = vec![];
    for nth in 0..i64::try_from(events / 10).unwrap() {
        let mut sample = draw.sample(nth * 3600);
        sample.ticket.office = draw.of(&OFFICES).parse().unwrap();
        sample.ticket.category = draw.of(&CATEGORIES).parse().unwrap();
        let (lat, lon) = (draw.below(1_000), draw.below(1_000));
        let degrees = |thousandths| f64::from(u32::try_from(thousandths).unwrap()) / 1_000.0;
        let cell = LatLng::new(21.0 + degrees(lat), 102.5 + degrees(lon)).unwrap().to_cell(Resolution::Ten);
        sample.cell = (draw.below(10) > 0).then(|| i64::try_from(u64::from(cell)).unwrap());
        sample.submit(store).await;
        tickets.push((sample.ticket, sample.cell));
    }
    let mut done = 0;
    while done < events - events / 10 {
        let count = 1 + draw.below(12);
        let chosen: BTreeSet<u64> = (0..count).map(|_| draw.below(tickets.len() as u64)).collect();
        let chosen: Vec<usize> = chosen.into_iter().map(|place| usize::try_from(place).unwrap()).collect();
        let edit = |after: &mut Ticket| match draw.below(12) {
            0 => after.about = Some("xa-03130".parse().unwrap()),
            1 => after.about = None,
            _ => random_edit(&draw, after),
        };
        let step = |place: &usize| Step::of(&draw, &tickets[*place].0, Actor::System, EventKind::MeToo, edit);
        let steps: Vec<Step> = chosen.iter().map(step).collect();
        let changes: Vec<_> = steps.iter().map(Step::change).collect();
        assert_eq!(store.commit(&changes).await.unwrap(), Committed::Done);
        done += steps.len() as u64;
        for (place, step) in chosen.into_iter().zip(steps) {
            tickets[place].0 = step.after;
        }
    }
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    let category = Some("sat_lo".parse().unwrap());
    for resolution in ASKED {
        for (category, office) in
            [(None, None), (category.clone(), None), (category.clone(), Some(OFFICES[0].parse().unwrap()))]
        {
            let asked = HeatQuery { resolution, months: (None, None), category, office, blocks: None, hours: true };
            let mut expected: HashMap<CellIndex, Share> = HashMap::new();
            for (ticket, cell) in &tickets {
                let Some(cell) = hexagon_of(ticket, *cell, resolution) else { continue };
                let fits = asked.category.as_ref().is_none_or(|category| *category == ticket.category)
                    && asked.office.as_ref().is_none_or(|office| *office == ticket.office);
                for (_, share) in shares_of(ticket).into_iter().filter(|_| fits) {
                    expected.entry(cell).or_default().add(&share, 1);
                }
            }
            assert_eq!(store.heat(&center(), &asked).await.unwrap(), HeatRows::Counted(expected), "{asked:?}");
        }
    }
}

async fn a_heatmap_can_be_asked_for_months_and_blocks(stage: Stage) {
    let (draw, store) = (Draw::seeded(54), &stage.store);
    let far = LatLng::new(22.3, 103.4).unwrap().to_cell(Resolution::Ten);
    for (days, cell) in [(0, None), (0, Some(far)), (40, None)] {
        let mut sample = draw.sample(days * 24 * 3600);
        sample.cell = cell.map_or(sample.cell, |cell| Some(number(cell)));
        sample.submit(store).await;
    }
    let july = Month::of(START.day());
    let counted = async |asked: HeatQuery| match store.heat(&center(), &asked).await.unwrap() {
        HeatRows::Counted(cells) => cells.values().map(|share| share.tally.reports).sum::<i64>(),
        HeatRows::TooMany => panic!("{asked:?}"),
    };
    let all =
        HeatQuery { resolution: 8, months: (None, None), category: None, office: None, blocks: None, hours: false };
    assert_eq!(counted(all.clone()).await, 3);
    assert_eq!(counted(HeatQuery { months: (Some(july), Some(july)), ..all.clone() }).await, 2);
    assert_eq!(counted(HeatQuery { months: (Some(Month(july.0 + 1)), None), ..all.clone() }).await, 1);
    let block = block_of(far.parent(Resolution::Eight).unwrap()).unwrap();
    assert_eq!(counted(HeatQuery { blocks: Some(vec![block]), ..all.clone() }).await, 1);
    assert_eq!(counted(HeatQuery { blocks: Some(vec![]), ..all }).await, 0);
}

/// Whoever is killed while counting goes on where it stopped.
async fn tickets_from_before_the_figures_are_counted_at_the_next_start(stage: Stage) {
    let draw = Draw::seeded(55);
    walk(&stage.store, &draw).await;
    stage.store.empty_tallies().await.unwrap();
    assert_eq!(stage.store.tally(&center(), &TallyQuery::default()).await.unwrap(), TallyRow::default());
    for _ in 0..3 {
        assert!(stage.store.fill_tallies(7).await.unwrap());
    }
    assert_eq!(stage.store.tally(&center(), &TallyQuery::default()).await.unwrap().tally.reports, 21);
    let store = Store::connect(&stage.url).await.unwrap();
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    assert!(!store.fill_tallies(7).await.unwrap(), "nothing is counted twice");
    assert_eq!(store.tally(&center(), &TallyQuery::default()).await.unwrap().tally.reports, 40);
    store.close().await;
}

async fn without_tickets_everything_is_zero(stage: Stage) {
    let (store, query) = (&stage.store, TallyQuery::default());
    assert_eq!(store.tally(&center(), &query).await.unwrap(), TallyRow::default());
    assert_eq!(store.tallies_by_commune(&center(), &query).await.unwrap(), vec![]);
    assert_eq!(store.tallies_by_office(&center(), &query).await.unwrap(), vec![]);
    assert_eq!(store.tallies_by_office_and_category(&center(), &query).await.unwrap(), vec![]);
    assert_eq!(store.centre_touches(&center()).await.unwrap(), 0);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn a_history_written_at_once_is_counted_as_its_tickets_are(stage: Stage) {
    let draw = Draw::seeded(57);
    let past: Vec<_> = (0..50).map(|nth| draw.sample(nth * 3_600).new_report()).collect();
    stage.store.insert_history(&past).await.unwrap();
    for some in past.chunks(20) {
        stage.store.insert_figures(some).await.unwrap();
    }
    assert_eq!(stage.store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    assert_eq!(stage.store.tally(&center(), &TallyQuery::default()).await.unwrap().tally.reports, 50);
}
