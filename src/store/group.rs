//! Group commit: submissions that wait share one transaction and one fsync, and are answered after it.
//!
//! There is no timer. Who finds nobody at work starts a committer; it writes whatever waits, and then what came
//! meanwhile, until nobody waits. So a lone report waits for nothing, and under load a group is as large as what arrived
//! during the commit before it. What was handed in is written even when its sender has gone.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{NewReport, Store, StoreError, Submitted, lines::Lines, submit::Together};

/// Reports of one transaction.
const GROUP: usize = 64;
/// Reports that may wait; the next ones are asked to come again, long before connections run out.
const ROOM: usize = 1024;
/// Who waited longer, for instance for a database that is away, is asked to come again instead of being tried then.
const PATIENCE: Duration = Duration::from_secs(10);

type Answer = Result<Submitted, StoreError>;

/// Where the submissions of one process wait.
#[derive(Debug)]
pub struct Intake {
    queue: Mutex<Queue>,
    group: usize,
    committers: usize,
    commits: AtomicU64,
}

#[derive(Debug)]
struct Queue {
    lines: Lines<Waiting>,
    at_work: usize,
}

#[derive(Debug)]
struct Waiting {
    new: NewReport,
    since: Instant,
    answer: oneshot::Sender<Answer>,
}

impl Intake {
    /// With at most so many groups being written at a time.
    pub(super) fn new(committers: usize) -> Self {
        Self::of(GROUP, committers)
    }

    /// Every report in a commit of its own: what grouping is measured against.
    pub(super) fn one_by_one(committers: usize) -> Self {
        Self::of(1, committers)
    }

    fn of(group: usize, committers: usize) -> Self {
        let queue = Queue { lines: Lines::new(ROOM), at_work: 0 };
        Self { queue: Mutex::new(queue), group, committers, commits: AtomicU64::new(0) }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a committer is to be started for it.
    fn stand(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue();
        let sender = waiting.new.sender.clone();
        if let Err(turned_away) = queue.lines.stand(&sender, waiting) {
            metrics::counter!("ioc_intake_turned_away_total").increment(1);
            drop(turned_away.answer.send(Err(StoreError::Unavailable("too many reports wait".into()))));
        }
        let more = queue.at_work < self.committers;
        queue.at_work += usize::from(more);
        more
    }
}

/// A committer's place; given up when nobody waits, and also where its task breaks off.
struct Place<'a>(Option<&'a Intake>);

impl Place<'_> {
    /// The next group; None, and the place given up, when nobody waits.
    fn next(&mut self) -> Option<Vec<Waiting>> {
        let intake = self.0?;
        let mut queue = intake.queue();
        // Whole powers of two: each table then takes one statement, and those left over go first in the next group.
        let size = queue.lines.waiting().checked_ilog2().map_or(0, |power| intake.group.min(1 << power));
        let group = queue.lines.take(size);
        if group.is_empty() {
            queue.at_work -= 1;
            self.0 = None;
            return None;
        }
        Some(group)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(intake) = self.0 {
            intake.queue().at_work -= 1;
        }
    }
}

impl Store {
    /// Writes a submission, together with those that wait at the same time, or answers what its key was used for. A
    /// public code that is taken is `CodeTaken`: draw another one and submit again. `Unavailable` where too many wait.
    pub async fn submit(&self, new: NewReport) -> Result<Submitted, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.intake().stand(Waiting { new, since: Instant::now(), answer }) {
            tokio::spawn(commit_groups(self.clone()));
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the commit broke off".into())))
    }

    /// How many transactions the submissions of this process have taken.
    pub fn submit_commits(&self) -> u64 {
        self.intake().commits.load(Ordering::Relaxed)
    }
}

async fn commit_groups(store: Store) {
    let mut place = Place(Some(store.intake()));
    while let Some(group) = place.next() {
        let (group, late): (Vec<_>, Vec<_>) = group.into_iter().partition(|one| one.since.elapsed() < PATIENCE);
        for one in late {
            drop(one.answer.send(Err(StoreError::Unavailable("waited too long".into()))));
        }
        let (reports, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.new, one.answer)).unzip();
        for (answer, fate) in answers.into_iter().zip(write(&store, &reports).await) {
            // Nobody listens any more: it is written all the same, and found by its key.
            drop(answer.send(fate));
        }
    }
}

/// What became of each. A member that the database refuses is searched by halves, and refused alone.
async fn write(store: &Store, group: &[NewReport]) -> Vec<Answer> {
    let mut fates = BTreeMap::new();
    let mut parts: Vec<Vec<usize>> = vec![(0..group.len()).collect()];
    while let Some(mut part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let members: Vec<&NewReport> = part.iter().map(|place| &group[*place]).collect();
        store.intake().commits.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("ioc_intake_commits_total").increment(1);
        match store.submit_together(&members).await {
            Ok(Together::Written(told)) => fates.extend(part.into_iter().zip(told)),
            Ok(Together::CodesTaken(taken)) => {
                let is_taken = |place: &usize| taken.contains(&group[*place].report.id);
                let (taken, others): (Vec<_>, Vec<_>) = part.into_iter().partition(is_taken);
                fates.extend(taken.into_iter().map(|place| (place, Ok(Submitted::CodeTaken))));
                parts.push(others);
            }
            Err(why) if part.len() == 1 || matches!(why, StoreError::Unavailable(_)) => {
                fates.extend(part.into_iter().map(|place| (place, Err(why.clone()))));
            }
            Err(_) => {
                let half = part.split_off(part.len() / 2);
                parts.extend([half, part]);
            }
        }
    }
    fates.into_values().collect()
}
