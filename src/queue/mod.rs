//! The ticket's state machine and the working-hours calendar: pure functions of what they are given.
//!
//! Fourth stage of a submission ([`open`]) and the heart of every later change ([`decide`], [`lapse`]).

mod calendar;
mod command;
mod decide;
mod draft;
mod ends;
mod ladder;
mod leases;
mod left;
mod moments;
mod open;
mod pace;
mod passing;
#[cfg(test)]
mod tests;

pub use calendar::{BadCalendar, Calendar, read_working_time, starter_working_time};
pub use command::{Command, Decision, Refusal, RefusalReason, Setting};
pub use decide::decide;
pub use ends::{RATING_DAYS, REOPEN_DAYS};
pub use ladder::{BadLadder, Ladder, read_ladder, starter_ladder};
pub use left::left;
pub use moments::{default_due, lapse, next_moment};
pub use open::open;
pub use pace::{DESK_HOURS, DESK_MINUTES_URGENT, EXTENSION_DAYS, PAUSE_DAYS, WAITS};
