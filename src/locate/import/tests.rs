use std::fs;

use super::{super::fixtures, *};

fn feature(code: &str, kind: &str, coordinates: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"code":"{code}","full_name":"Xã {code}","full_name_en":"{code} Commune",
        "province_code":"11"}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#
    )
    .replace('\n', " ")
}

fn square(code: &str) -> String {
    feature(code, "Polygon", "[[[103,21],[104,21],[104,22],[103,22],[103,21]]]")
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","approximate":true,"source":"tự vẽ","features":[{}]}}"#, features.join(","))
}

fn refusal(text: &str) -> String {
    parse("f.geojson", text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn collection_lines_feature_and_packed_give_the_same() {
    let (a, b) = (square("00001"), square("00002"));
    let plain = parse("a", collection(&[b.clone(), a.clone()]).as_bytes()).unwrap();
    let lines = parse("b", format!("\u{1e}{a}\n\u{1e}{b}\n").as_bytes()).unwrap();
    let packed = parse("c", &zstd::encode_all(format!("{a}\n{b}").as_bytes(), 3).unwrap()).unwrap();
    assert_eq!(plain.territories, lines.territories);
    assert_eq!(plain.territories, packed.territories);
    assert_eq!(plain.checksum, packed.checksum);
    assert!(plain.approximate && !lines.approximate);
    assert_eq!(plain.source.as_deref(), Some("tự vẽ"));
    assert_eq!(plain.vertices(), 10);
    assert_eq!(parse("d", a.as_bytes()).unwrap().territories, plain.territories[..1]);
}

#[test]
fn a_folder_is_read_as_published() {
    let folder = tempfile::tempdir().unwrap();
    let wards = folder.path().join("11_dien_bien/wards");
    fs::create_dir_all(&wards).unwrap();
    let published = |code: &str| square(code).replace("full_name_en", "fullNameEn").replace("full_name", "fullName");
    let published =
        |code: &str| published(code).replace(r#","province_code":"11""#, "").replace("\"province_code\"", "\"x\"");
    fs::write(wards.join("00001_a.geojson"), collection(&[published("00001")])).unwrap();
    fs::write(wards.join("00002_b.geojson.zst"), zstd::encode_all(published("00002").as_bytes(), 3).unwrap()).unwrap();
    fs::write(folder.path().join("11_dien_bien/11_dien_bien.geojson"), collection(&[square("11")])).unwrap();
    fs::write(folder.path().join("README.md"), "no boundaries").unwrap();
    let import = read(folder.path()).unwrap();
    let codes: Vec<&str> = import.territories.iter().map(|territory| territory.commune.code.as_str()).collect();
    assert_eq!(codes, ["00001", "00002"]);
    assert_eq!(import.territories[0].commune.province.as_str(), "11");
    assert_eq!(import.territories[0].commune.name, Names::new("Xã 00001", "00001 Commune"));
}

#[test]
fn repeated_vertices_are_dropped_and_winding_does_not_matter() {
    let doubled = "[[[103,21],[103,21],[103,22],[104,22],[104,22],[104,21],[103,21],[103,21]]]";
    let import = parse("f", feature("00001", "Polygon", doubled).as_bytes()).unwrap();
    assert_eq!(import.vertices(), 5);
    assert_eq!(import.check(), []);
}

#[test]
fn what_is_no_area_is_refused_by_feature_and_position() {
    let refused = |kind: &str, coordinates: &str| refusal(&feature("03127", kind, coordinates));
    insta::assert_snapshot!(
        [
            refused("Polygon", "[[[103,21],[104,21],[104,22],[103,22]]]"),
            refused("Polygon", "[[[103,21],[104,21],[103,21]]]"),
            refused("MultiPolygon", "[[[[103,21],[104,21],[105,21],[103,21]]]]"),
            refused("Polygon", "[[[103,21],[204,21],[104,22],[103,21]]]"),
            refused("Polygon", "[[[103,21],[104,91.5],[104,22],[103,21]]]"),
            refused("Polygon", "[[[103,21],[1e308,21],[104,22],[103,21]]]"),
            refused("Polygon", "[]"),
            refused("MultiPolygon", "[]"),
            refused("MultiPolygon", "[[]]"),
            refused("Polygon", "[[]]"),
            refused("Polygon", "[103,21]"),
            refused("MultiPolygon", "[[[103,21],[104,21],[104,22],[103,21]]]"),
            refused("Point", "[103,21]"),
        ]
        .join("\n"),
        @r#"
        f.geojson, feature 03127: polygon 1, ring 1 is not closed: it starts at 103 21 and ends at 103 22
        f.geojson, feature 03127: polygon 1, ring 1 near 103 21 has 3 positions: a ring needs 4
        f.geojson, feature 03127: it has no area: all its positions lie on a line
        f.geojson, feature 03127: position 204 21 (polygon 1, ring 1) is not on Earth: expected longitude, latitude in degrees
        f.geojson, feature 03127: position 104 91.5 (polygon 1, ring 1) is not on Earth: expected longitude, latitude in degrees
        f.geojson, feature 03127: position 1e308 21 (polygon 1, ring 1) is not on Earth: expected longitude, latitude in degrees
        f.geojson, feature 03127: its geometry is empty
        f.geojson, feature 03127: its geometry is empty
        f.geojson, feature 03127: its geometry is empty
        f.geojson, feature 03127: its geometry is empty
        f.geojson, feature 03127: its coordinates are not those of a Polygon
        f.geojson, feature 03127: its coordinates are not those of a MultiPolygon
        f.geojson, feature 03127: its geometry is a Point: expected Polygon or MultiPolygon
        "#
    );
}

#[test]
fn what_is_no_commune_is_refused_by_name() {
    let s = square("03127");
    insta::assert_snapshot!(
        [
            refusal(&collection(&[s.clone(), s.clone()])),
            refusal(&collection(&[s.clone(), square("3127")])),
            refusal(&s.replace(r#""03127""#, "3127")),
            refusal(&s.replace(r#""code":"03127","#, "")),
            refusal(&s.replace("province_code", "province")),
            refusal(&s.replace("full_name", "title")),
            refusal(r#"{"type":"Feature","id":"03127","properties":null,"geometry":null}"#),
            refusal(r#"{"type":"FeatureCollection","features":[]}"#),
            refusal(""),
        ]
        .join("\n"),
        @r#"
        f.geojson, feature 03127: this code came before, and comes again in f.geojson: a commune is one feature
        f.geojson, feature 3127: a commune code must match [0-9]{5}, got "3127"
        f.geojson, feature 3127: it has no `code`: five digits, as text
        f.geojson, feature number 1: it has no `code`: five digits, as text
        f.geojson, feature 03127: it has no `province_code`, and no folder is named after the province (as in `11_dien_bien`)
        f.geojson, feature 03127: it has no `full_name`
        f.geojson, feature 03127: it has no `province_code`, and no folder is named after the province (as in `11_dien_bien`)
        no commune found in f.geojson: expected a GeoJSON collection, a folder of *.geojson or GeoJSON lines
        no commune found in f.geojson: expected a GeoJSON collection, a folder of *.geojson or GeoJSON lines
        "#
    );
}

#[test]
fn what_is_no_geojson_is_refused_by_line_and_column() {
    let s = square("03127");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    insta::assert_snapshot!(
        [
            refusal("{\"type\":\n \"Feature\" nonsense"),
            refusal(&s[..s.len() - 20]),
            refusal("[1,2]"),
            refusal(&s.replace("[104,22]", "[\"104\",22]")),
            refusal(&s.replace("[104,22]", "[1e999,22]")),
            refusal(&s.replace("[104,22]", "[NaN,22]")),
            refusal(&s.replace("[104,22]", "[104]")),
            refusal(&s.replace("[104,22]", "null")),
            refusal(&feature("03127", "Polygon", &deep)),
            refusal(&s.replace(r#""11""#, &format!(r#""11","other":{deep}"#))),
        ]
        .join("\n"),
        @r#"
        f.geojson is no GeoJSON of commune boundaries: expected `,` or `}` at line 2 column 12
        f.geojson is no GeoJSON of commune boundaries: EOF while parsing a list at line 1 column 206
        f.geojson is no GeoJSON of commune boundaries: invalid type: integer `1`, expected a string at line 1 column 2
        f.geojson, feature 03127: polygon 1, ring 1, position 3 is not a pair of numbers
        f.geojson is no GeoJSON of commune boundaries: number out of range at line 1 column 202
        f.geojson is no GeoJSON of commune boundaries: expected value at line 1 column 198
        f.geojson, feature 03127: polygon 1, ring 1, position 3 is not a pair of numbers
        f.geojson, feature 03127: polygon 1, ring 1, position 3 is not a pair of numbers
        f.geojson is nested deeper than 32 levels at byte 206: GeoJSON needs 9
        f.geojson is nested deeper than 32 levels at byte 170: GeoJSON needs 9
        "#
    );
}

#[test]
fn too_many_positions_are_refused_before_parsing() {
    let brackets = format!("[{}[]]", "[],".repeat(22_000_000));
    assert!(matches!(parse("f", brackets.as_bytes()), Err(ImportError::TooMany { .. })));
    assert!(matches!(parse("f", &zstd::encode_all(&[b' '; 100][..], 1).unwrap()), Err(ImportError::Nothing { .. })));
    assert!(matches!(parse("f", &[0x28, 0xb5, 0x2f, 0xfd, 9, 9]), Err(ImportError::Packing { .. })));
}

#[test]
fn one_feature_may_not_have_more_than_two_million_positions() {
    let positions = "[1,1],".repeat(2_000_001);
    let text = feature("00001", "Polygon", &format!("[[{positions}[0,2],[0,1]]]"));
    assert!(refusal(&text).ends_with("it has 2000003 positions: at most 2,000,000 are taken"));
}

#[test]
fn a_missing_path_is_named() {
    let missing = read(Path::new("no/such/place.geojson")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no/such/place.geojson"), "{missing}");
}

#[test]
fn self_crossings_and_overlaps_are_findings() {
    let bow = feature("00001", "Polygon", "[[[103,21],[104,22],[104,21],[103,22],[103,21]]]");
    let beside = feature("00002", "Polygon", "[[[104,21],[105,21],[105,22],[104,22],[104,21]]]");
    let across = feature("00003", "Polygon", "[[[104.5,21.5],[105.5,21.5],[105.5,22.5],[104.5,22.5],[104.5,21.5]]]");
    let spike = feature("00004", "Polygon", "[[[101,21],[102,21],[102,22],[102,23],[102,22],[101,22],[101,21]]]");
    let pinched = feature("00005", "Polygon", "[[[99,21],[100,21],[99.5,21.5],[100,22],[99,22],[99.5,21.5],[99,21]]]");
    let import = parse("f", collection(&[bow, beside, across, spike, pinched]).as_bytes()).unwrap();
    let findings: Vec<String> = import.check().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(findings.join("\n"), @r#"
    00001 meets itself 1 times, first near 103.000000 21.000000
    00002 and 00003 overlap: their borders cross 2 times, first near 105.000000 21.000000
    00004 meets itself 4 times, first near 102.000000 21.000000
    00005 meets itself 4 times, first near 99.500000 21.500000
    "#);
}

#[test]
fn a_gzip_file_is_refused_by_its_packing() {
    let said = parse("f.geojson.gz", &[0x1f, 0x8b, 8, 0]).unwrap_err().to_string();
    assert!(said.contains("gzip") && said.contains("gunzip"), "{said}");
}

#[test]
fn no_more_communes_are_joined_than_can_be_told_apart() {
    let of = |number: usize| {
        let lon = 103.0 + f64::from(u32::try_from(number).unwrap()) * 1e-5;
        let square = fixtures::square(lon, 21.0, lon + 1e-5, 21.1);
        fixtures::territory(&format!("{number:05}"), square)
    };
    let own = || {
        parse(
            "f",
            collection(&[feature("00000", "Polygon", "[[[102,21],[103,21],[103,22],[102,22],[102,21]]]")]).as_bytes(),
        )
        .unwrap()
    };
    let full = own().with((1..MOST_COMMUNES).map(of).collect()).unwrap();
    assert_eq!(full.territories.len(), MOST_COMMUNES);
    let refused = full.with(vec![of(MOST_COMMUNES)]).unwrap_err().to_string();
    assert!(refused.contains("65537") && refused.contains("fewer neighbours"), "{refused}");
}
