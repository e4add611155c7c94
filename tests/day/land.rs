//! Where the days are played: the real communes, or an invented province where they are not at hand.

use std::{
    env, fs,
    io::{Write, stderr},
    path::PathBuf,
    sync::LazyLock,
};

use ioc::{
    cli::replay::World,
    locate::{Territory, import},
};

// Days on the real communes, and on the invented ones.
const REAL: u64 = 20;
const INVENTED: u64 = 3;

static LAND: LazyLock<Vec<Territory>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let invented = folder.path().join("communes.geojson");
    let path = real().unwrap_or_else(|| {
        let line = b"IOC_TEST_DATA is not set: the day is played on the synthetic province\n";
        stderr().write_all(line).unwrap();
        fs::write(&invented, World::synthetic().to_geojson()).unwrap();
        invented
    });
    import::read(&path).unwrap().territories
});

static EARLIER: LazyLock<Vec<Territory>> = LazyLock::new(|| {
    if let Some(path) = at_hand("dien-bien-2026-03/communes.geojson") {
        return import::read(&path).unwrap().territories;
    }
    let mut world = World::synthetic();
    let shared = world.boundaries[20].shape.0[0].exterior().0[2];
    let vertices = world.boundaries.iter_mut().flat_map(|ground| ground.shape.0.iter_mut());
    for part in vertices {
        part.exterior_mut(|ring| {
            ring.coords_mut().filter(|at| **at == shared).for_each(|at| (at.x, at.y) = (at.x + 0.02, at.y + 0.01));
        });
    }
    import::parse("the morning", world.to_geojson().as_bytes()).unwrap().territories
});

/// The communes of the day.
pub fn territories() -> Vec<Territory> {
    LAND.clone()
}

/// The communes of the morning on a day whose map is re-drawn at noon: those of March 2026, or the invented ones with a
/// corner of four elsewhere.
pub fn earlier() -> Vec<Territory> {
    EARLIER.clone()
}

/// How many days are played on each engine.
pub fn days() -> u64 {
    let wanted = env::var("IOC_DAY_SEEDS").map_or(REAL, |text| text.parse().expect("IOC_DAY_SEEDS is a number"));
    if real().is_some() { wanted } else { wanted.min(INVENTED) }
}

fn real() -> Option<PathBuf> {
    at_hand("dien-bien/communes.geojson")
}

fn at_hand(file: &str) -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("IOC_TEST_DATA")?).join(file))
}
