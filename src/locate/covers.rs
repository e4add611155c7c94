//! Which communes cover each of many positions.

/// The answers to many positions in one piece of memory, to be used again and again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers {
    /// The numbers of the communes, position after position.
    numbers: Vec<u32>,
    /// Where each position's numbers end.
    ends: Vec<usize>,
}

impl Covers {
    /// For every position, in order, the numbers of the communes that cover it, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |end| &self.numbers[std::mem::replace(&mut start, *end)..*end])
    }

    /// How many positions were answered.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Were there no positions?
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Makes room for this many answers.
    pub(super) fn clear(&mut self, positions: usize) {
        self.numbers.clear();
        self.ends.clear();
        self.numbers.reserve(positions);
        self.ends.reserve(positions);
    }

    pub(super) fn push(&mut self, number: u32) {
        self.numbers.push(number);
    }

    /// The position has no further communes.
    pub(super) fn end(&mut self) {
        self.ends.push(self.numbers.len());
    }
}
