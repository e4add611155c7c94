//! A brake for those who send without end. It is by device first, because many phones share one address; an address is
//! only braked where it floods. A key with `report:write` is not braked at all.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{
    Problem,
    extract::{Who, text_of},
    origin::Household,
};
use crate::{app::App, identity::Scope};

/// One device: a family that reports all evening stays below it.
const DEVICE: Allowance = Allowance { at_once: 60.0, a_second: 0.1 };
/// One address, which may be a whole district behind its operator's.
const HOUSEHOLD: Allowance = Allowance { at_once: 10_000.0, a_second: 100.0 };
/// What a batch counts for.
const BATCH: f64 = 20.0;
/// Senders that are remembered; those who have not sent for a while go first.
const REMEMBERED: usize = 100_000;

/// So many at once, and so many more with time.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    at_once: f64,
    a_second: f64,
}

/// What senders have left.
#[derive(Debug, Clone, Default)]
pub struct Brake {
    devices: Purses<[u8; 32]>,
    households: Purses<Household>,
}

/// What each of one kind has left, and when that was counted.
#[derive(Debug)]
struct Purses<K>(Arc<Mutex<HashMap<K, (f64, Instant)>>>);

impl<K> Clone for Purses<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Purses<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash> Purses<K> {
    /// Takes `cost`, or says after how long it can be had.
    fn pay(&self, who: K, cost: f64, allowance: Allowance, now: Instant) -> Result<(), Duration> {
        let mut purses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |left: f64, at: Instant| {
            let since = now.saturating_duration_since(at).as_secs_f64();
            (left + since * allowance.a_second).min(allowance.at_once)
        };
        if purses.len() >= REMEMBERED {
            purses.retain(|_, (left, at)| has(*left, *at) < allowance.at_once);
        }
        if purses.len() >= REMEMBERED {
            purses.clear();
        }
        let purse = purses.entry(who).or_insert((allowance.at_once, now));
        let has = has(purse.0, purse.1);
        if has < cost {
            return Err(Duration::from_secs_f64((cost - has) / allowance.a_second));
        }
        *purse = (has - cost, now);
        Ok(())
    }
}

/// Lets a request through, or answers 429 with when to come back. Only what makes something new is counted.
pub async fn brake(State((app, brake)): State<(App, Brake)>, request: Request, next: Next) -> Response {
    let Some(cost) = cost(&request) else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let lifted = match Who::from_request_parts(&mut parts, &app).await {
        Ok(Who(caller)) => caller.may(&Scope::ReportWrite),
        Err(problem) => return problem.into_response(),
    };
    let device = text_of(&parts.headers, "x-device-key").map(|key| Sha256::digest(key).into());
    // Whoever is on this machine is a proxy that nobody has named, and speaks for everybody.
    let household = parts.extensions.get::<Household>().copied().filter(|household| !household.is_this_machine());
    if !lifted {
        let now = Instant::now();
        let device = device.map_or(Ok(()), |device| brake.devices.pay(device, cost, DEVICE, now));
        let paid = device
            .and_then(|()| household.map_or(Ok(()), |household| brake.households.pay(household, cost, HOUSEHOLD, now)));
        if let Err(wait) = paid {
            return too_many(wait);
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

fn cost(request: &Request) -> Option<f64> {
    let path = request.uri().path().trim_end_matches('/');
    if request.method() != Method::POST {
        return None;
    }
    match path {
        "/api/v1/reports" => Some(1.0),
        "/api/v1/reports/batch" => Some(BATCH),
        _ if path.starts_with("/api/v1/reports/") && path.ends_with("/metoo") => Some(1.0),
        _ => None,
    }
}

fn too_many(wait: Duration) -> Response {
    metrics::counter!("ioc_http_braked_total").increment(1);
    let title = "Gửi quá nhanh, xin chờ một chút";
    let detail = "too many in a short time: try again after the seconds in Retry-After, or send with a key that may";
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", title, detail).into_response();
    let seconds = wait.as_secs().saturating_add(1);
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: Allowance = Allowance { at_once: 2.0, a_second: 0.5 };

    #[test]
    fn a_purse_empties_fills_with_time_and_is_nobody_elses() {
        let (purses, start) = (Purses::default(), Instant::now());
        assert_eq!(purses.pay("a", 1.0, FEW, start), Ok(()));
        assert_eq!(purses.pay("a", 1.0, FEW, start), Ok(()));
        assert_eq!(purses.pay("a", 1.0, FEW, start), Err(Duration::from_secs(2)));
        assert_eq!(purses.pay("b", 2.0, FEW, start), Ok(()));
        let later = start + Duration::from_secs(2);
        assert_eq!(purses.pay("a", 1.0, FEW, later), Ok(()));
        assert!(purses.pay("a", 1.0, FEW, later).is_err());
        assert_eq!(purses.pay("a", 2.0, FEW, later + Duration::from_secs(999)), Ok(()));
    }

    #[test]
    fn those_who_stay_away_are_forgotten_before_there_are_too_many() {
        let (purses, start) = (Purses::default(), Instant::now());
        for nth in 0..REMEMBERED {
            assert_eq!(purses.pay(nth, 1.0, FEW, start), Ok(()));
        }
        assert_eq!(purses.pay(REMEMBERED, 1.0, FEW, start + Duration::from_mins(1)), Ok(()));
        assert_eq!(purses.0.lock().unwrap().len(), 1);
    }
}
