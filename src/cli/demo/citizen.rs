//! The citizens: they send, answer what they are asked, and say what became of it.

use serde_json::json;

use super::{
    places::moved,
    season::Draw,
    texts::{one_of, said},
    year::{Case, Year},
};
use crate::{
    domain::{
        clock::{HOUR, MINUTE},
        ids::TicketId,
        ticket::State,
    },
    flow::{
        Caller,
        follow::{Word, follow},
        submit::{Parcel, Taken, submit},
    },
};

impl Year<'_> {
    /// Sends a report as a phone does.
    pub async fn send(&self, draw: &Draw) -> anyhow::Result<Case> {
        let dice = &self.dice;
        let commune = &self.communes[draw.commune];
        let village = dice.pick(&commune.villages).clone();
        let urgent = self.centre.category(&draw.category).is_some_and(|category| category.urgent);
        let story = &self.texts.stories[&draw.category];
        let mut body = json!({
            "category": draw.category,
            "description": self.texts.report(story, urgent, &village, draw.at, dice),
        });
        match dice.below(1_000) {
            0..=5 => {}
            6..=45 => {
                let hint = said(&self.texts.words.hints, &village, dice);
                body["place"] = json!({ "commune": commune.code, "hint": hint });
            }
            _ => {
                // Mostly good, rarely bad; the true place is off by what the phone says in two of three cases.
                let accuracy_m = 5.0 + 75.0 * dice.unit() * dice.unit();
                let (lon, lat) = moved(village.somewhere(dice), accuracy_m / 1.51, dice);
                body["position"] = json!({ "lon": round(lon), "lat": round(lat), "accuracy_m": accuracy_m.round() });
            }
        }
        if dice.chance(0.3) {
            let number = dice.span(0, 100_000_000);
            body["contact"] = json!({ "name": self.texts.name(&village, dice), "phone": format!("09{number:08}") });
            body["share_contact"] = json!(dice.chance(0.7));
        }
        if dice.chance(0.06) {
            body["captured_at"] = json!(draw.at.plus(-dice.span(20 * MINUTE, 30 * HOUR)));
        }
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        let (Taken::New(receipt) | Taken::Again(receipt)) = submit(self.flow, parcel, &Caller::Anyone).await?;
        Ok(Case { id: TicketId(receipt.id.0), code: receipt.code, secret: receipt.secret, village })
    }

    /// Answers the office's question.
    pub async fn reply(&mut self, case: usize) -> anyhow::Result<()> {
        if self.ticket(case).await?.state == State::WaitingForCitizen {
            let text = one_of(&self.texts.words.replies, &self.case(case).village, &self.dice);
            self.says(case, Word::Reply(text)).await?;
        }
        Ok(())
    }

    /// Rates, confirms or asks again; who waited long is less content.
    pub async fn judge(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        if ticket.state != State::Resolved {
            return Ok(());
        }
        let village = self.case(case).village;
        let late = ticket.ended_at.is_some_and(|at| at > ticket.promised_by);
        let again = if late { 0.12 } else { 0.04 };
        if ticket.round == 1 && self.dice.chance(again) {
            let text = one_of(&self.texts.words.reopenings, &village, &self.dice);
            self.says(case, Word::Reopen(text)).await?;
            return self.expect_official(case).await;
        }
        if self.dice.chance(0.25) {
            return self.says(case, Word::Confirm).await;
        }
        let stars = *self.dice.pick(if late { &[4, 3, 3, 2, 2, 1] } else { &[5, 5, 5, 5, 4, 4, 4, 3] });
        let words = if stars >= 4 { &self.texts.words.praises } else { &self.texts.words.grumbles };
        let text = self.dice.chance(0.5).then(|| one_of(words, &village, &self.dice));
        self.says(case, Word::Rate(stars, text)).await
    }

    async fn says(&self, case: usize, word: Word) -> anyhow::Result<()> {
        let Case { code, secret, .. } = self.case(case);
        follow(self.flow, &code, Some(&secret), word).await?;
        Ok(())
    }
}

/// Six decimals, as phones send: 0.1 m.
fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
