//! The security approval of an office's pushing channels: office and centre are told before it ends.

use super::work::raise;
use crate::{
    domain::{
        clock::{DAY, Timestamp},
        ids::OfficeId,
    },
    flow::{Flow, Rejection, view::office_ref},
};

/// The kind of the notices before the end.
pub const ENDS: &str = "approval_ends";
/// So many days before.
const WARNED: [i64; 3] = [1, 7, 30];

/// Tells what is about to end, each step once; the nearest step alone where several are due.
pub async fn warn(flow: &Flow, approvals: &[(Option<OfficeId>, Timestamp)]) -> Result<(), Rejection> {
    let (centre, now) = (flow.centre(), flow.clock.now());
    for (office, until) in approvals {
        let left = until.since(now);
        let name = office.as_ref().map_or_else(|| centre.id.to_string(), |id| office_ref(&centre, id).name.vi);
        let day = until.vietnam();
        let about = |step: i64| format!("{} {until} {step}", office.as_ref().map_or("", |id| id.as_str()));
        if left <= 0 {
            let blanks = [("office", name.as_str()), ("until", &day)];
            raise(flow, "approval_ended", office.as_ref(), &about(0), &blanks).await?;
        } else if let Some(days) = WARNED.into_iter().find(|days| left <= days * DAY) {
            let blanks = [("office", name.as_str()), ("until", &day), ("days", &days.to_string())];
            raise(flow, ENDS, office.as_ref(), &about(days), &blanks).await?;
        }
    }
    Ok(())
}
