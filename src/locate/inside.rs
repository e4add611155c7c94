//! A position inside a commune, for whoever needs one without a citizen.

use geo::InteriorPoint;

use super::Atlas;
use crate::domain::{ids::CommuneCode, position::Position};

impl Atlas {
    /// A position that this commune covers and no other one does; None where the map does not have it, or it lies under
    /// others. Made by `geo`'s interior point of its polygon.
    pub fn inside(&self, code: &CommuneCode) -> Option<Position> {
        let number = self.number(code)?;
        let point = self.shape(number as usize).interior_point()?;
        let position = Position::new(point.x(), point.y()).ok()?;
        let mut covering = vec![];
        self.covering(position, &mut covering);
        (covering == [number]).then_some(position)
    }
}

#[cfg(test)]
mod tests {
    use crate::locate::{Atlas, approximate};

    #[test]
    fn every_commune_has_a_position_of_its_own() {
        let atlas = Atlas::build("approximate".parse().unwrap(), approximate::dien_bien().unwrap().territories);
        for commune in atlas.communes() {
            let inside = atlas.inside(&commune.code).unwrap();
            assert_eq!(atlas.cover(inside).covering, std::slice::from_ref(&commune.code));
        }
        assert_eq!(atlas.inside(&"99999".parse().unwrap()), None);
    }
}
