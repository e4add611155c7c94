//! Any bytes as a boundary file: refused with words, or taken, checked, packed and put into force.
#![no_main]

use geo::CoordsIter;
use ioc::{
    domain::position::Position,
    locate::{Atlas, import, shape},
};
use libfuzzer_sys::fuzz_target;

/// What is larger is only read.
const MOST_VERTICES: usize = 2_000;

fuzz_target!(|bytes: &[u8]| {
    let import = match import::parse("fuzz.geojson", bytes) {
        Ok(import) => import,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return;
        }
    };
    if import.vertices() > MOST_VERTICES {
        return;
    }
    import.check();
    for territory in &import.territories {
        let packed = shape::encode(&territory.shape);
        assert_eq!(shape::decode(&packed).expect("what was packed can be unpacked"), territory.shape);
    }
    let atlas = Atlas::build("fuzz".parse().expect("a name"), import.territories.clone());
    for territory in &import.territories {
        for vertex in territory.shape.coords_iter() {
            let Ok(position) = Position::new(vertex.x, vertex.y) else { continue };
            let covering = atlas.cover(position).covering;
            assert!(covering.contains(&territory.commune.code), "{position:?} lies on a ring of its commune");
        }
    }
});
