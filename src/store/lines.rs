//! Who waits for a commit: one line for each sender, served in turn, and room for so many in all.

use std::collections::{HashMap, VecDeque};

/// Lines of different senders; whoever sends much waits behind himself.
#[derive(Debug)]
pub(super) struct Lines<T> {
    of: HashMap<String, VecDeque<T>>,
    turns: VecDeque<String>,
    waiting: usize,
    room: usize,
}

impl<T> Lines<T> {
    /// Empty, with room for so many.
    pub(super) fn new(room: usize) -> Self {
        Self { of: HashMap::new(), turns: VecDeque::new(), waiting: 0, room }
    }

    /// Stands at the end of the sender's line. Where there is no room, the last of the longest line is turned away; among
    /// equals it is the newcomer.
    pub(super) fn stand(&mut self, sender: &str, item: T) -> Result<(), T> {
        let line = if let Some(line) = self.of.get_mut(sender) {
            line
        } else {
            self.turns.push_back(sender.to_owned());
            self.of.entry(sender.to_owned()).or_default()
        };
        line.push_back(item);
        self.waiting += 1;
        if self.waiting <= self.room { Ok(()) } else { self.turn_away(sender).map_or(Ok(()), Err) }
    }

    fn turn_away(&mut self, newcomer: &str) -> Option<T> {
        let longest = self.of.iter_mut().max_by_key(|(sender, line)| (line.len(), *sender == newcomer));
        let (sender, line) = longest?;
        let last = line.pop_back();
        if line.is_empty() {
            let sender = sender.clone();
            self.turns.retain(|other| *other != sender);
            self.of.remove(&sender);
        }
        self.waiting -= 1;
        last
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes at most `most`, one of each sender in turn.
    pub(super) fn take(&mut self, most: usize) -> Vec<T> {
        let mut taken = Vec::with_capacity(most.min(self.waiting));
        while taken.len() < most
            && let Some(sender) = self.turns.pop_front()
        {
            let Some(line) = self.of.get_mut(&sender) else { continue };
            taken.extend(line.pop_front());
            if line.is_empty() {
                self.of.remove(&sender);
            } else {
                self.turns.push_back(sender);
            }
        }
        self.waiting -= taken.len();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_of_many_does_not_hold_up_a_sender_of_one() {
        let mut lines = Lines::new(1000);
        for nth in 0..500 {
            lines.stand("flood", ("flood", nth)).unwrap();
        }
        lines.stand("one", ("one", 0)).unwrap();
        lines.stand("two", ("two", 0)).unwrap();
        assert_eq!(lines.take(4), [("flood", 0), ("one", 0), ("two", 0), ("flood", 1)]);
        assert_eq!(lines.take(2), [("flood", 2), ("flood", 3)], "each line in its own order");
    }

    #[test]
    fn everybody_is_served_once() {
        let mut lines = Lines::new(100);
        for nth in 0..100 {
            lines.stand(&(nth % 7).to_string(), nth).unwrap();
        }
        let mut served = vec![];
        loop {
            let group = lines.take(9);
            if group.is_empty() {
                break;
            }
            served.extend(group);
        }
        served.sort_unstable();
        assert_eq!(served, (0..100).collect::<Vec<_>>());
        assert!(lines.of.is_empty() && lines.turns.is_empty() && lines.waiting == 0, "nothing is kept of the past");
    }

    #[test]
    fn where_there_is_no_room_the_longest_line_gives_way() {
        let mut lines = Lines::new(3);
        for nth in 0..3 {
            lines.stand("flood", ("flood", nth)).unwrap();
        }
        assert_eq!(lines.stand("flood", ("flood", 3)), Err(("flood", 3)), "he himself, the last to come");
        assert_eq!(lines.stand("one", ("one", 0)), Err(("flood", 2)));
        assert_eq!(lines.take(9), [("flood", 0), ("one", 0), ("flood", 1)]);
    }

    #[test]
    fn among_lines_of_one_length_the_newcomer_is_turned_away() {
        let mut lines = Lines::new(20);
        for nth in 0..20 {
            lines.stand(&nth.to_string(), nth).unwrap();
        }
        for newcomer in 20..40 {
            assert_eq!(lines.stand(&newcomer.to_string(), newcomer), Err(newcomer));
        }
    }

    #[test]
    fn without_any_room_everybody_is_turned_away_and_nothing_is_kept() {
        let mut lines = Lines::new(0);
        assert_eq!(lines.stand("one", 1), Err(1));
        assert_eq!(lines.take(9), [0; 0]);
        assert!(lines.of.is_empty() && lines.turns.is_empty());
    }
}
