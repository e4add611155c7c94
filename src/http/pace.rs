//! A body must come at a pace that the worst honest line keeps. Only waiting for the client counts: a server that is
//! slow to read makes nobody late.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{BoxError, body::Bytes, http::StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::Problem;

/// What a body must bring. The defaults let through a phone on 2G (about 2,500 bytes a second, with silences of half a
/// minute behind a mountain) and nothing much slower.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first byte comes within this time.
    pub first: Duration,
    /// In every such time …
    pub window: Duration,
    /// … so many bytes come.
    pub least: u64,
    /// After this time the whole must have come at an average of …
    pub grace: Duration,
    /// … so many bytes a second, so that a body's size sets its deadline.
    pub rate: u64,
    /// No body takes longer.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(10),
            window: Duration::from_secs(30),
            least: 1_024,
            grace: Duration::from_mins(1),
            rate: 512,
            longest: Duration::from_hours(1),
        }
    }
}

/// The client sends too slowly to be waited for.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body came too slowly, or not at all: send it again")]
pub struct TooSlow;

impl TooSlow {
    /// Whether this is why a body broke off.
    pub fn is_why(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<Self>)
    }
}

impl From<TooSlow> for Problem {
    fn from(why: TooSlow) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "Nội dung gửi tới quá chậm", why.to_string())
    }
}

/// How long a client has been waited for, and what came of it.
#[derive(Debug)]
struct Patience {
    pace: Pace,
    waited: Duration,
    received: u64,
    /// Waiting time and bytes at which the present window began.
    window: (Duration, u64),
}

impl Patience {
    fn new(pace: Pace) -> Self {
        Self { pace, waited: Duration::ZERO, received: 0, window: (Duration::ZERO, 0) }
    }

    /// How much more waiting there may be before this is asked again; none: it is too slow.
    fn left(&mut self) -> Option<Duration> {
        let Pace { first, window, least, grace, rate, longest } = self.pace;
        if self.waited >= self.window.0 + window && self.received >= self.window.1 + least {
            self.window = (self.waited, self.received);
        }
        let first = if self.received == 0 { first } else { longest };
        let average = grace + Duration::from_secs(self.received / rate.max(1));
        let until = first.min(self.window.0 + window).min(average).min(longest);
        until.checked_sub(self.waited).filter(|left| !left.is_zero())
    }
}

/// A body that fails with [`TooSlow`] when it falls behind.
pub struct Paced<B> {
    body: B,
    patience: Patience,
    /// Since when the client is waited for.
    since: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<B> Paced<B> {
    /// The body as it comes, at that pace.
    pub fn new(body: B, pace: Pace) -> Self {
        Self { body, patience: Patience::new(pace), since: None, alarm: None }
    }

    fn count_waiting(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.patience.waited += now.saturating_duration_since(since);
        }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.count_waiting(Instant::now());
            this.alarm = None;
            let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
            this.patience.received += bytes.map_or(0, |bytes| bytes.len() as u64);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        loop {
            let now = Instant::now();
            this.count_waiting(now);
            this.since = Some(now);
            let Some(left) = this.patience.left() else { return Poll::Ready(Some(Err(TooSlow.into()))) };
            let alarm = this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
            ready!(alarm.as_mut().poll(context));
            this.alarm = None;
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a body of such pieces, each after its pause in seconds, is waited for to its end.
    fn arrives(pieces: impl IntoIterator<Item = (u64, u64)>) -> bool {
        let mut patience = Patience::new(Pace::default());
        for (seconds, bytes) in pieces {
            let until = patience.waited + Duration::from_secs(seconds);
            while patience.waited < until {
                let Some(left) = patience.left() else { return false };
                patience.waited = until.min(patience.waited + left);
            }
            patience.received += bytes;
        }
        true
    }

    #[test]
    fn a_phone_on_2g_that_stalls_behind_a_mountain_is_waited_for() {
        assert!(arrives((0..2_000).map(|nth| if nth % 100 == 99 { (25, 2_500) } else { (1, 2_500) })));
    }

    #[test]
    fn a_byte_a_second_is_not_waited_for() {
        assert!(!arrives((0..400).map(|_| (1, 1))));
    }

    #[test]
    fn silence_is_not_waited_for() {
        assert!(arrives([(9, 5_000)]));
        assert!(!arrives([(11, 5_000)]), "before the first byte");
        assert!(!arrives([(1, 5_000), (70, 5_000)]), "after it");
    }

    #[test]
    fn what_always_just_moves_misses_the_deadline_of_its_size() {
        assert!(!arrives((0..600).map(|_| (10, 1_024))));
    }

    #[test]
    fn no_body_goes_on_for_ever() {
        assert!(!arrives((0..8_000).map(|_| (1, 2_000))));
    }
}
