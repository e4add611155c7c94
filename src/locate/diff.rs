//! What a re-drawn map changes: which communes are the same unit, what moved between them, and who succeeds whom.
//!
//! Units are matched by their ground alone, never by code, because codes are re-used for other territory: two communes
//! are the same unit where their overlap is more than half of both. *Moved* from one unit to another is what the one
//! has lost and the other has gained, so that an overlap standing on one of the maps is no movement.

mod area;
mod error;
#[cfg(test)]
mod tests;

use geo::{BoundingRect, MultiPolygon, Rect};
use serde::{Deserialize, Serialize};

pub(super) use self::area::guarded;
pub use self::area::m2;
pub use self::error::Uncompared;
use super::Territory;
use crate::domain::{boundary::Commune, ids::CommuneCode};
use area::{difference, intersection};

/// Less than this is no movement but the rounding of vertices, square metres.
const LEAST_M2: f64 = 1.0;

/// What became of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// On the new map only.
    New,
    /// On the old map only.
    Gone,
    /// The same ground under another name or code.
    Renamed,
    /// Its ground has changed (the name perhaps too).
    Changed,
    /// Nothing of it has.
    Same,
}

/// One unit on both maps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unit {
    /// What became of it.
    pub change: Change,
    /// On the old map.
    pub old: Option<Commune>,
    /// On the new map.
    pub new: Option<Commune>,
    /// Square metres that it has lost to other units.
    pub lost_m2: f64,
    /// Square metres that it has gained from other units.
    pub gained_m2: f64,
}

/// Ground that moved from one unit to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Whose it was, by its code on the old map.
    pub from: CommuneCode,
    /// Whose it is, by its code on the new map.
    pub to: CommuneCode,
    /// Square metres on the ellipsoid.
    pub m2: f64,
    /// Where, WGS 84 degrees.
    pub shape: MultiPolygon<f64>,
}

/// A commune of the old map with the one of the new map that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// On the old map.
    pub old: CommuneCode,
    /// On the new map: the same unit, else the one with most of its ground.
    pub new: CommuneCode,
    /// It is the same unit.
    pub same: bool,
}

/// Two maps compared.
#[derive(Debug, Default)]
pub struct Diff {
    /// All units of both maps: those of the new map by code, then those that are gone.
    pub units: Vec<Unit>,
    /// What moved, largest first.
    pub moved: Vec<Moved>,
    /// Codes that name one unit on the old map and another on the new one.
    pub reused: Vec<CommuneCode>,
    /// Pairs that could not be compared; they count as not overlapping.
    pub uncompared: Vec<Uncompared>,
}

/// Places in the two lists, and square metres.
#[derive(Debug, Clone, Copy)]
struct Overlap {
    old: usize,
    new: usize,
    m2: f64,
}

struct Side<'a> {
    territory: &'a Territory,
    bounds: Option<Rect>,
    m2: f64,
}

impl<'a> Side<'a> {
    fn all(map: &'a [Territory]) -> Vec<Self> {
        let side = |territory: &'a Territory| {
            let shape = &territory.shape;
            Self { territory, bounds: shape.bounding_rect(), m2: m2(shape) }
        };
        map.iter().map(side).collect()
    }

    fn code(&self) -> &CommuneCode {
        &self.territory.commune.code
    }

    fn same_ground(&self, other: &Self) -> bool {
        self.territory.shape == other.territory.shape
    }
}

/// Compares two maps. Effort: one intersection for every pair whose boxes meet, two differences for every unit whose
/// polygon is another one.
pub fn diff(old: &[Territory], new: &[Territory]) -> Diff {
    let (old, new) = (Side::all(old), Side::all(new));
    let mut diff = Diff::default();
    let overlaps = overlaps(&old, &new, &mut diff.uncompared);
    let majority =
        |overlap: &&Overlap| overlap.m2 > old[overlap.old].m2 / 2.0 && overlap.m2 > new[overlap.new].m2 / 2.0;
    let same: Vec<Overlap> = overlaps.iter().filter(majority).copied().collect();
    diff.moved = moved(&old, &new, &same, &mut diff.uncompared);
    diff.units = units(&old, &new, &same, &diff.moved);
    let is_same =
        |code: &CommuneCode| same.iter().any(|pair| old[pair.old].code() == code && new[pair.new].code() == code);
    let reused =
        new.iter().map(Side::code).filter(|code| old.iter().any(|side| side.code() == *code) && !is_same(code));
    diff.reused = reused.cloned().collect();
    diff
}

impl Diff {
    /// Who follows whom on the new map, ascending by old code; what is nowhere on the new map is left out.
    pub fn successions(&self) -> Vec<Succession> {
        let old = self.units.iter().filter_map(|unit| unit.old.as_ref());
        let mut found: Vec<Succession> = old.filter_map(|commune| self.succession(&commune.code)).collect();
        found.sort_by(|a, b| a.old.cmp(&b.old));
        found
    }

    fn succession(&self, old: &CommuneCode) -> Option<Succession> {
        let unit = self.units.iter().find(|unit| unit.old.as_ref().is_some_and(|commune| commune.code == *old))?;
        if let Some(new) = &unit.new {
            return Some(Succession { old: old.clone(), new: new.code.clone(), same: true });
        }
        let largest = self.moved.iter().find(|moved| moved.from == *old)?;
        Some(Succession { old: old.clone(), new: largest.to.clone(), same: false })
    }

    /// Who went before, seen from the new map: the same unit, else the one that most of its ground came from.
    pub fn predecessions(&self) -> Vec<Succession> {
        let find = |new: &CommuneCode| {
            let unit = self.units.iter().find(|unit| unit.new.as_ref().is_some_and(|commune| commune.code == *new))?;
            if let Some(old) = &unit.old {
                return Some(Succession { old: new.clone(), new: old.code.clone(), same: true });
            }
            let largest = self.moved.iter().find(|moved| moved.to == *new)?;
            Some(Succession { old: new.clone(), new: largest.from.clone(), same: false })
        };
        let new = self.units.iter().filter_map(|unit| unit.new.as_ref());
        new.filter_map(|commune| find(&commune.code)).collect()
    }
}

fn overlaps(old: &[Side], new: &[Side], uncompared: &mut Vec<Uncompared>) -> Vec<Overlap> {
    let mut found = Vec::new();
    for (o, a) in old.iter().enumerate() {
        for (n, b) in new.iter().enumerate().filter(|(_, b)| both_meet(a.bounds, b.bounds)) {
            let shared = if a.same_ground(b) {
                a.m2
            } else if let Some(shape) = intersection(&a.territory.shape, &b.territory.shape) {
                m2(&shape)
            } else {
                uncompared.push(Uncompared { old: a.code().clone(), new: b.code().clone() });
                continue;
            };
            if shared >= LEAST_M2 {
                found.push(Overlap { old: o, new: n, m2: shared });
            }
        }
    }
    found
}

/// What each old unit has lost, cut with what each new one has gained.
fn moved(old: &[Side], new: &[Side], same: &[Overlap], uncompared: &mut Vec<Uncompared>) -> Vec<Moved> {
    let mut less = |whole: &Side, part: Option<&Side>| match part {
        None => whole.territory.shape.clone(),
        Some(part) if whole.same_ground(part) => MultiPolygon(vec![]),
        Some(part) => difference(&whole.territory.shape, &part.territory.shape).unwrap_or_else(|| {
            uncompared.push(Uncompared { old: whole.code().clone(), new: part.code().clone() });
            MultiPolygon(vec![])
        }),
    };
    let after = |o: usize| same.iter().find(|pair| pair.old == o).map(|pair| &new[pair.new]);
    let before = |n: usize| same.iter().find(|pair| pair.new == n).map(|pair| &old[pair.old]);
    let lost: Vec<MultiPolygon> = old.iter().enumerate().map(|(o, side)| less(side, after(o))).collect();
    let gained: Vec<MultiPolygon> = new.iter().enumerate().map(|(n, side)| less(side, before(n))).collect();
    let mut found = Vec::new();
    for (here, from) in lost.iter().zip(old) {
        let bounds = here.bounding_rect();
        for (there, to) in gained.iter().zip(new).filter(|(there, _)| both_meet(bounds, there.bounding_rect())) {
            let Some(shape) = intersection(here, there) else {
                uncompared.push(Uncompared { old: from.code().clone(), new: to.code().clone() });
                continue;
            };
            let m2 = m2(&shape);
            if m2 >= LEAST_M2 {
                found.push(Moved { from: from.code().clone(), to: to.code().clone(), m2, shape });
            }
        }
    }
    found.sort_by(|a, b| b.m2.total_cmp(&a.m2));
    found
}

/// Do two boxes have a point in common?
pub fn meet(a: Rect, b: Rect) -> bool {
    a.min().x <= b.max().x && b.min().x <= a.max().x && a.min().y <= b.max().y && b.min().y <= a.max().y
}

fn both_meet(a: Option<Rect>, b: Option<Rect>) -> bool {
    a.zip(b).is_some_and(|(a, b)| meet(a, b))
}

fn units(old: &[Side], new: &[Side], same: &[Overlap], moved: &[Moved]) -> Vec<Unit> {
    let unit = |old: Option<&Side>, new: Option<&Side>| {
        let (was, is) = (old.map(|side| &side.territory.commune), new.map(|side| &side.territory.commune));
        let lost_m2 = moved
            .iter()
            .filter(|moved| was.is_some_and(|unit| unit.code == moved.from))
            .fold(0.0, |sum, moved| sum + moved.m2);
        let gained_m2 = moved
            .iter()
            .filter(|moved| is.is_some_and(|unit| unit.code == moved.to))
            .fold(0.0, |sum, moved| sum + moved.m2);
        let change = match (was, is) {
            (None, _) => Change::New,
            (_, None) => Change::Gone,
            _ if lost_m2 + gained_m2 > 0.0 => Change::Changed,
            (Some(was), Some(is)) if was.code != is.code || was.name != is.name => Change::Renamed,
            _ => Change::Same,
        };
        Unit { change, old: was.cloned(), new: is.cloned(), lost_m2, gained_m2 }
    };
    let there = new.iter().enumerate().map(|(n, side)| {
        let before = same.iter().find(|pair| pair.new == n).map(|pair| &old[pair.old]);
        unit(before, Some(side))
    });
    let gone = old.iter().enumerate().filter(|(o, _)| same.iter().all(|pair| pair.old != *o));
    there.chain(gone.map(|(_, side)| unit(Some(side), None))).collect()
}
