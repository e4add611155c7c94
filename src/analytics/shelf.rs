//! Tiles that never change as long as the map does not, kept up to a bound.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

/// Bytes kept at most.
const MOST: usize = 16 << 20;

/// Drawn tiles; the oldest leave first.
#[derive(Debug)]
pub struct Shelf<K>(Mutex<Kept<K>>);

#[derive(Debug)]
struct Kept<K> {
    tiles: HashMap<K, Bytes>,
    order: VecDeque<K>,
    bytes: usize,
}

impl<K> Default for Shelf<K> {
    fn default() -> Self {
        Self(Mutex::new(Kept { tiles: HashMap::new(), order: VecDeque::new(), bytes: 0 }))
    }
}

impl<K: Clone + Eq + std::hash::Hash> Shelf<K> {
    /// A kept tile.
    pub fn get(&self, key: &K) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tiles.get(key).cloned()
    }

    /// Keeps a tile.
    pub fn put(&self, key: K, tile: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += tile.len();
        kept.order.push_back(key.clone());
        if let Some(before) = kept.tiles.insert(key, tile) {
            kept.bytes -= before.len();
        }
        while kept.bytes > MOST {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some(gone) = kept.tiles.remove(&oldest) {
                kept.bytes -= gone.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room_and_the_newest_stay() {
        let shelf = Shelf::default();
        for number in 0..40 {
            shelf.put(number, Bytes::from(vec![0; 1 << 20]));
        }
        assert!(shelf.get(&0).is_none() && shelf.get(&23).is_none());
        assert!(shelf.get(&24).is_some() && shelf.get(&39).is_some());
    }
}
