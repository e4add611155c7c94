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

/// The communes of the day.
pub fn territories() -> Vec<Territory> {
    LAND.clone()
}

/// How many days are played on each engine.
pub fn days() -> u64 {
    let wanted = env::var("IOC_DAY_SEEDS").map_or(REAL, |text| text.parse().expect("IOC_DAY_SEEDS is a number"));
    if real().is_some() { wanted } else { wanted.min(INVENTED) }
}

fn real() -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("IOC_TEST_DATA")?).join("dien-bien/communes.geojson"))
}
