//! What the publisher's official set consists of: path, size and SHA-256 of every file at one pinned commit.

use crate::domain::ids::ProvinceCode;

/// The day of the map.
pub const PUBLISHED_ON: &str = "2026-07-25";

/// The pinned commit of `thanglequoc/vietnamese-provinces-database`, of 2 August 2026 (map of 25 July 2026).
pub const COMMIT: &str = "cd58063299585146ded3981f2272946ef19ced54";

/// Where the files of that commit lie: the folder `json/geojson`.
pub const PUBLISHED_AT: &str = "https://raw.githubusercontent.com/thanglequoc/vietnamese-provinces-database/\
                                cd58063299585146ded3981f2272946ef19ced54/json/geojson";

/// Shown wherever the boundaries are shown.
pub const ATTRIBUTION: &str = "Ranh giới: Nhà xuất bản Tài nguyên, Môi trường và Bản đồ Việt Nam \
                               (sapnhap.bando.com.vn), qua vietnamese-provinces-database (MIT)";

/// The published folder that all paths of the table begin with.
const FOLDER: &str = "json/geojson/";

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Below the folder `json/geojson`, with slashes.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

impl Entry {
    /// The province whose folder it lies in.
    fn is_of(&self, province: &ProvinceCode) -> bool {
        self.path.split_once('_').is_some_and(|(code, _)| code == province.as_str())
    }
}

/// All 3,355 files: 34 provinces and 3,321 communes.
pub fn entries() -> impl Iterator<Item = Entry> {
    include_str!("../../boundaries/manifest.csv").lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        let path = fields.next()?.strip_prefix(FOLDER)?.to_owned();
        Some(Entry { path, bytes: fields.next()?.parse().ok()?, sha256: fields.next()?.to_owned() })
    })
}

/// The files of the communes of one province, or of all.
pub fn communes(province: Option<&ProvinceCode>) -> Vec<Entry> {
    let wanted = |entry: &Entry| entry.path.contains("/wards/") && province.is_none_or(|code| entry.is_of(code));
    entries().filter(wanted).collect()
}

/// The provinces that have communes within 10 km of one of this province's, ascending.
pub fn neighbours(province: &ProvinceCode) -> Vec<ProvinceCode> {
    let rows = include_str!("../../boundaries/neighbours.csv").lines().skip(1);
    let mut row = rows.filter_map(|row| row.split_once(',')).filter(|(code, _)| *code == province.as_str());
    row.next().map(|(_, near)| near.split(' ').filter_map(|code| code.parse().ok()).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_near_is_near_in_turn() {
        let of = |code: &str| neighbours(&code.parse().unwrap());
        assert_eq!(of("11"), ["12".parse().unwrap(), "14".parse().unwrap()]);
        assert!(of("99").is_empty());
        let listed = entries().map(|entry| entry.path[..2].to_owned()).collect::<std::collections::BTreeSet<_>>();
        assert!(listed.iter().all(|code| !of(code).is_empty()), "every province has a neighbour");
        for entry in entries() {
            let (code, _) = entry.path.split_once('_').unwrap();
            assert!(of(code).iter().all(|near| of(near.as_str()).iter().any(|back| back.as_str() == code)), "{code}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(entries().count(), 3_355);
        assert_eq!(communes(None).len(), 3_321);
        assert_eq!(communes(Some(&"11".parse().unwrap())).len(), 45);
        assert!(communes(Some(&"99".parse().unwrap())).is_empty());
        assert!(entries().all(|entry| entry.sha256.len() == 64 && entry.bytes > 0 && !entry.path.contains("..")));
        assert!(PUBLISHED_AT.contains(COMMIT));
    }
}
