use super::{super::fixtures::*, *};

fn codes(codes: &[CommuneCode]) -> Vec<&str> {
    codes.iter().map(CommuneCode::as_str).collect()
}

#[test]
fn communes_that_share_their_borders_have_neither_overlap_nor_gap() {
    let map = [
        territory("00001", square(103.9, 21.0, 104.1, 21.1)),
        territory("00002", square(104.1, 21.0, 104.2, 21.1)),
        territory("00003", square(106.0, 9.0, 106.1, 9.1)),
    ];
    assert_eq!(topology(&map), Topology::default());
}

#[test]
fn ground_of_three_is_told_as_three_pairs_and_a_triple() {
    let map = [
        territory("00001", square(103.0, 21.0, 103.1, 21.1)),
        territory("00002", square(103.05, 21.0, 103.2, 21.1)),
        territory("00003", square(103.06, 21.05, 103.08, 21.07)),
    ];
    let found = topology(&map);
    let pairs: Vec<_> = found.overlaps.iter().map(|overlap| (overlap.a.as_str(), overlap.b.as_str())).collect();
    assert_eq!(pairs, [("00001", "00002"), ("00001", "00003"), ("00002", "00003")]);
    assert_eq!(found.triples.len(), 1);
    assert_eq!(codes(&found.triples[0].communes), ["00001", "00002", "00003"]);
    assert!((found.triples[0].m2 / found.overlaps[2].m2 - 1.0).abs() < 1e-6);
    assert!((found.triples[0].at.0 - 103.07).abs() < 1e-6 && (found.triples[0].at.1 - 21.06).abs() < 1e-6);
    assert!(found.gaps.is_empty());
}

#[test]
fn a_commune_that_another_swallows_is_found_although_no_edges_meet() {
    let map =
        [territory("00001", square(103.0, 21.0, 103.4, 21.4)), territory("00002", square(103.1, 21.1, 103.2, 21.2))];
    let found = topology(&map);
    assert_eq!(found.overlaps.len(), 1);
    assert!((found.overlaps[0].m2 / m2(&map[1].shape) - 1.0).abs() < 1e-6);
}

#[test]
fn a_gap_is_told_with_those_around_it_once_wherever_the_squares_meet() {
    let map = [
        territory("00001", square(103.9, 20.9, 104.1, 21.0)),
        territory("00002", square(103.9, 21.0, 103.999, 21.1)),
        territory("00003", square(104.001, 21.0, 104.1, 21.1)),
        territory("00004", square(103.9, 21.1, 104.1, 21.2)),
    ];
    let found = topology(&map);
    assert!(found.overlaps.is_empty(), "{:?}", found.overlaps);
    let [gap] = &found.gaps[..] else { panic!("{:?}", found.gaps) };
    assert_eq!(codes(&gap.around), ["00001", "00002", "00003", "00004"]);
    assert!((gap.at.0 - 104.0).abs() < 1e-6 && (gap.at.1 - 21.05).abs() < 1e-6);
    assert!((gap.m2 / 2_302_000.0 - 1.0).abs() < 0.01, "{}", gap.m2);
}
