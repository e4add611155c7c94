//! A product of its own for a replayed day: on an empty database, answering on a free port, its time in the day's hand.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, ensure};
use axum::Router;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::replay::{Doors, Ground as Land, Hands, PostRoom, ReportKeys, Score, Time, Tray, World, replay};
use crate::{
    app::{App, Ground, Scratch},
    domain::{
        clock::{Clock, DAY, Day, Entropy},
        delivery::{Audience, Channel, Door},
        ids::{GenerationId, OfficeId},
        office::OfficeKind,
        text::Line,
    },
    flow::{
        boundaries::{Territories, Territory},
        destinations::{self, NewDestination},
    },
    http::{live::Live, router},
};

/// The map is in force from here on: well before the storm day.
const BEFORE: Day = Day(20_270);
/// One office in so many works in its document system alone.
const ON_PAPER: usize = 3;
/// Longer than any day that is played.
const APPROVED: i64 = 800 * DAY;
/// The name of the map, and of the one before it on a day on which it is re-drawn.
const MAP: &str = "replayed";
const EARLIER: &str = "before-noon";

/// The product before, while and after a day is played on it.
pub struct Rehearsal {
    /// What the product stands on, with map, offices and starter rules in force: it can be changed before the day and
    /// looked into after it.
    pub ground: Ground,
    seed: u64,
    world: World,
    territories: Territories,
    clock: Clock,
    scratch: Scratch,
}

impl Rehearsal {
    /// An empty database on the engine of `beside`, furnished with the map of `territories`; ids, codes and secrets are
    /// drawn from `seed`, as the day is.
    pub async fn furnished(beside: &Ground, territories: Territories, seed: u64) -> anyhow::Result<Self> {
        Self::with(beside, None, territories, seed).await
    }

    /// The same for a day that begins on the map `earlier`; at noon the other one comes into force, by the commands that
    /// an operator has.
    pub async fn redrawn(
        beside: &Ground,
        earlier: Territories,
        territories: Territories,
        seed: u64,
    ) -> anyhow::Result<Self> {
        Self::with(beside, Some(earlier), territories, seed).await
    }

    async fn with(
        beside: &Ground,
        earlier: Option<Territories>,
        territories: Territories,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let scratch = beside.scratch().await?;
        let clock = Clock::manual(BEFORE.start());
        let ground = Ground { store: scratch.store.clone(), ..beside.clone() };
        let ground = ground.by_hand(clock.clone(), Entropy::seeded(seed));
        let mut world = world(&territories);
        let (first, name) = match earlier {
            Some(earlier) => {
                world.earlier = lands(&earlier);
                (earlier, EARLIER)
            }
            None => (territories.clone(), MAP),
        };
        draw_map(&ground, first, name).await?;
        ground.furnish().await?;
        Ok(Self { ground, seed, world, territories, clock, scratch })
    }

    /// Plays the day on everything that answers, as `door` wraps it. Nothing watches but the day's own hand, so that a
    /// seed always plays alike; every event is sealed afterwards.
    pub async fn play(&self, door: impl FnOnce(Router) -> Router) -> anyhow::Result<Score> {
        let app = self.ground.clone().app(self.scratch.folder(), None).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut doors = self.doors(format!("http://{}", listener.local_addr()?)).await?;
        doors.papers = self.papers(&app).await?;
        let live = Live::new(app.clone(), CancellationToken::new());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = axum::serve(listener, door(router::router(app.clone(), live)));
        let server = tokio::spawn(server.with_graceful_shutdown(async move { drop(stopped.await) }).into_future());
        let hand = || -> BoxFuture<'_, ()> { Box::pin(tick(&app)) };
        let carry = || -> BoxFuture<'_, ()> { Box::pin(deliver(&app)) };
        let redraw =
            || -> BoxFuture<'_, anyhow::Result<()>> { Box::pin(draw_map(&self.ground, self.territories.clone(), MAP)) };
        let hands = Hands {
            time: Time::Manual(self.clock.clone()),
            tick: Some(Box::new(hand)),
            carry: Some(Box::new(carry)),
            redraw: Some(Box::new(redraw)),
        };
        let score = replay(self.seed, &self.world, &doors, hands).await;
        drop(stop);
        server.await??;
        tick(&app).await;
        let score = score?;
        ensure!(score.reports > 0, "the day had no report");
        Ok(score)
    }

    /// Removes everything.
    pub async fn end(self) -> anyhow::Result<()> {
        Ok(self.scratch.end().await?)
    }

    async fn doors(&self, base_url: String) -> anyhow::Result<Doors> {
        let ground = &self.ground;
        let mut office_keys = HashMap::new();
        for office in ground.offices().await?.offices {
            let key = ground.create_key("replay", &[format!("office:{}", office.id)]).await?;
            office_keys.insert(office.id.to_string(), key);
        }
        let team = ground.create_key("team", &["report:write".into(), "report:behalf".into()]).await?;
        let dashboard_key = ground.create_key("dashboard", &["dashboard:read".into()]).await?;
        let papers = BTreeMap::new();
        Ok(Doors { base_url, report_keys: ReportKeys { team }, office_keys, dashboard_key, papers })
    }

    /// Gives every third office a document system, by a folder and by HTTP in turn.
    async fn papers(&self, app: &App) -> anyhow::Result<BTreeMap<String, Tray>> {
        let (room, mut papers) = (PostRoom::open().await?, BTreeMap::new());
        let offices = self.ground.offices().await?.offices;
        let mut offices: Vec<OfficeId> =
            offices.into_iter().filter(|office| office.kind != OfficeKind::ProvinceDesk).map(|one| one.id).collect();
        offices.sort();
        for (place, office) in offices.into_iter().step_by(ON_PAPER).enumerate() {
            let (tray, channel) = if place % 2 == 0 {
                let folder = self.scratch.folder().join(format!("van-ban-{office}"));
                let channel = Channel::EdxmlFolder { folder: folder.display().to_string() };
                (Tray::Folder(folder), channel)
            } else {
                let url = room.address(office.as_str()).parse()?;
                (Tray::Pushed(room.clone()), Channel::EdxmlPush(Door { url, ranges: vec!["127.0.0.0/8".parse()?] }))
            };
            let (flow, now) = (&app.flow, app.flow.clock.now());
            flow.store.approve(&flow.center_id(), Some(&office), now.plus(APPROVED), now).await?;
            let name = Line::parse("Hệ thống văn bản").context("a name")?;
            let wished = NewDestination {
                office: Some(office.clone()),
                audience: Audience::Office,
                name,
                channel,
                credential: None,
            };
            destinations::add(flow, wished).await?;
            papers.insert(office.to_string(), tray);
        }
        Ok(papers)
    }
}

/// The land of the day: the same polygons as the product's, and nothing else of what it knows.
pub fn world(territories: &[Territory]) -> World {
    World { boundaries: lands(territories), earlier: vec![] }
}

fn lands(territories: &[Territory]) -> Vec<Land> {
    let land = |territory: &Territory| Land {
        code: territory.commune.code.to_string(),
        name: territory.commune.name.vi.clone(),
        shape: territory.shape.clone(),
    };
    territories.iter().map(land).collect()
}

/// Brings a map in and puts it into force.
async fn draw_map(ground: &Ground, territories: Territories, name: &str) -> anyhow::Result<()> {
    let name = name.parse().context("a slug")?;
    ground.keep(territories, GenerationId::clone(&name)).await?;
    Ok(ground.activate(&name, None).await?)
}

async fn deliver(app: &App) {
    if let Err(why) = app.deliver().await {
        tracing::error!(%why, "other systems could not be told");
    }
}

async fn tick(app: &App) {
    if let Err(why) = app.tick().await {
        tracing::error!(%why, "what was due could not be done");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_map_is_in_force_a_year_before_the_storm() {
        assert_eq!(super::BEFORE.to_string(), "2025-07-01");
    }
}
