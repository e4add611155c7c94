//! Chance for the script of the day, repeatable from its seed.

use std::f64::consts::TAU;

use crate::domain::clock::Entropy;

/// A seeded source of draws; the same seed gives the same draws in the same order.
#[derive(Debug, Clone)]
pub struct Dice(Entropy);

impl Dice {
    /// Dice that always fall alike for `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Entropy::seeded(seed))
    }

    fn word(&self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    /// Uniform in `0.0..1.0`.
    pub fn unit(&self) -> f64 {
        f64::from(self.word()) / 4_294_967_296.0
    }

    /// Uniform in `low..high`.
    pub fn between(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with probability `p`.
    pub fn chance(&self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; 0 where `n` is 0.
    pub fn below(&self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from((u64::from(self.word()) * n) >> 32).unwrap_or_default()
    }

    /// Whole microseconds, uniform in `low..high`.
    pub fn span(&self, low: i64, high: i64) -> i64 {
        let parts = 1 << 20;
        low + (high - low) / parts * i64::from(self.word() >> 12)
    }

    /// One of `of`, which must not be empty.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Two independent standard normal draws (Box and Muller 1958).
    pub fn normals(&self) -> (f64, f64) {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sin, cos) = (TAU * self.unit()).sin_cos();
        (radius * cos, radius * sin)
    }

    /// Every element once, in a drawn order (Fisher and Yates).
    pub fn shuffle<T>(&self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
