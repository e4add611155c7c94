//! Somebody else's map under ours: a setting, because without one the pages ask no other host.

use std::str::FromStr;

/// Where raster tiles of 256 pixels come from: `https://tiles.example.vn/{z}/{x}/{y}.png`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseMap {
    template: String,
    origin: usize,
}

/// Not an address of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("send the address of raster tiles, for instance https://tiles.example.vn/{{z}}/{{x}}/{{y}}.png")]
pub struct NoBaseMap;

impl BaseMap {
    /// The address with `{z}`, `{x}` and `{y}` to be filled in.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Scheme and host: whom the pages may ask.
    pub fn origin(&self) -> &str {
        &self.template[..self.origin]
    }
}

impl FromStr for BaseMap {
    type Err = NoBaseMap;

    fn from_str(text: &str) -> Result<Self, NoBaseMap> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(NoBaseMap)?;
        let (host, path) = rest.split_once('/').ok_or(NoBaseMap)?;
        let in_host = |letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter);
        // The address goes into a header whose parts are separated by spaces, commas and semicolons.
        let in_path = |letter: char| letter.is_ascii_graphic() && !";,'\"<>\\`".contains(letter);
        let is_whole = ["{z}", "{x}", "{y}"].iter().all(|blank| path.contains(blank));
        if host.is_empty() || !host.chars().all(in_host) || !path.chars().all(in_path) || !is_whole {
            return Err(NoBaseMap);
        }
        Ok(Self { template: text.to_owned(), origin: text.len() - path.len() - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_tiles_says_whom_the_pages_may_ask() {
        let map: BaseMap = "https://tiles.example.vn:8443/osm/{z}/{x}/{y}.png?key=1".parse().unwrap();
        assert_eq!(map.origin(), "https://tiles.example.vn:8443");
        assert_eq!(map.template(), "https://tiles.example.vn:8443/osm/{z}/{x}/{y}.png?key=1");
    }

    #[test]
    fn what_is_no_address_of_tiles_is_refused() {
        for text in [
            "",
            "tiles.example.vn/{z}/{x}/{y}.png",
            "https:///{z}/{x}/{y}.png",
            "https://tiles.example.vn/{z}/{x}.png",
            "https://tiles.example.vn/{z}/{x}/{y}.png; script-src *",
            "https://a b/{z}/{x}/{y}.png",
            "https://*/{z}/{x}/{y}.png",
            "ftp://tiles.example.vn/{z}/{x}/{y}.png",
        ] {
            assert_eq!(text.parse::<BaseMap>(), Err(NoBaseMap), "{text}");
        }
    }
}
