//! Letters over SMTP. Headers are built from parsed mailboxes and encoded words: no text of anybody can become one.

use std::time::{Duration, SystemTime};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};

use super::{
    Courier,
    compose::Story,
    texts::say,
    webhook::{is_overtaken, message},
    work::Outcome,
};
use crate::{
    domain::{
        delivery::{Audience, Channel, Destination},
        names::Names,
        template::fill,
    },
    flow::view::office_ref,
    store::{Notice, TrackedDelivery},
};

/// A letter about a ticket: to the office that has it, or to the sender of the report.
pub async fn send(courier: &Courier, to: &Destination, claimed: &TrackedDelivery, story: &Story) -> Outcome {
    let Channel::Email { to: mailbox, link, .. } = &to.channel else { return Outcome::needless("no letters go there") };
    let code = story.ticket.code.to_string();
    let link = link.as_deref().map(|link| fill(link, &[("code", &code)])).unwrap_or_default();
    match to.audience {
        Audience::Office => {
            if to.office.as_ref() != Some(&story.ticket.office) {
                return Outcome::needless("the ticket has gone elsewhere");
            }
            let office = office_ref(&story.centre, &story.ticket.office).name.vi;
            let category = story.centre.category_of(&story.ticket).map(|it| it.name.vi.clone()).unwrap_or_default();
            let until = story.ticket.accept_by.vietnam();
            let blanks = [("code", code.as_str()), ("until", &until), ("office", &office), ("category", &category)];
            let letter = Letter { subject: say("letter_subject", &blanks), text: say("letter", &blanks), link };
            letter.post(courier, to, claimed, mailbox.as_deref().unwrap_or_default()).await
        }
        Audience::Citizen => {
            let event = story.event();
            if is_overtaken(story) {
                return Outcome::needless("newer news is on its way");
            }
            let contact = match story.sender(&courier.flow).await {
                Ok(contact) => contact,
                Err(outcome) => return outcome,
            };
            let Some(mailbox) = contact.email else {
                return Outcome::needless("the sender can no longer be reached by letter");
            };
            let text = message(story, event);
            // What a person has given as an address says nothing of the mail server.
            if let Err(why) = mailbox.as_str().parse::<Mailbox>() {
                return Outcome::needless(&format!("the sender's address is none: {why}"));
            }
            let letter = Letter { subject: text.clone(), text, link };
            letter.post(courier, to, claimed, mailbox.as_str()).await
        }
    }
}

/// A letter about the running of the centre.
pub async fn send_notice(courier: &Courier, to: &Destination, claimed: &TrackedDelivery, notice: &Notice) -> Outcome {
    let Channel::Email { to: Some(mailbox), .. } = &to.channel else { return Outcome::needless("no letters go there") };
    let letter = Letter { subject: say("notice_subject", &[]), text: notice.text.clone(), link: String::new() };
    letter.post(courier, to, claimed, mailbox).await
}

struct Letter {
    subject: Names,
    text: Names,
    link: String,
}

impl Letter {
    async fn post(&self, courier: &Courier, to: &Destination, claimed: &TrackedDelivery, mailbox: &str) -> Outcome {
        let message = match self.write(courier, to, claimed, mailbox) {
            Ok(message) => message,
            Err(why) => return Outcome::unsent(why),
        };
        let transport = match transport(courier, to) {
            Ok(transport) => transport,
            Err(why) => return Outcome::unsent(why),
        };
        // The library's patience is for each command; the whole of it must end before the lease does.
        match tokio::time::timeout(courier.outside.patience() * 2, transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Taken(None),
            Ok(Err(why)) if why.is_permanent() && to.audience == Audience::Citizen => {
                Outcome::needless(&format!("the mail server does not take it: {why}"))
            }
            Ok(Err(why)) => {
                let status = why.status().map(|code| i64::from(u16::from(code)));
                let refused = status.is_some() || !why.is_timeout();
                Outcome::Failed { status, detail: why.to_string(), retry_after: None, unsure: !refused }
            }
            Err(_) => Outcome::Failed {
                status: None,
                detail: "no answer: it took too long".into(),
                retry_after: None,
                unsure: true,
            },
        }
    }

    fn write(
        &self,
        courier: &Courier,
        to: &Destination,
        claimed: &TrackedDelivery,
        mailbox: &str,
    ) -> Result<Message, String> {
        let Channel::Email { from, .. } = &to.channel else { return Err("no letters go there".into()) };
        let read = |text: &str| text.parse::<Mailbox>().map_err(|why| format!("{text:?} is no mailbox: {why}"));
        let from = read(from)?;
        let micros = u64::try_from(courier.flow.clock.now().0).unwrap_or_default();
        let text = format!("{}\r\n{}\r\n\r\n{}\r\n", self.text.vi, self.link, self.text.en);
        Message::builder()
            .message_id(Some(format!("<{}@{}>", claimed.delivery.id, from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .from(from)
            .to(read(mailbox)?)
            .subject(one_line(&self.subject.vi))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|why| why.to_string())
    }
}

fn transport(courier: &Courier, to: &Destination) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let Channel::Email { smtp, .. } = &to.channel else { return Err("no letters go there".into()) };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp).map_err(|why| why.to_string())?;
    if let Some(sealed) = &to.credential {
        let password = courier.flow.vault.open_credential(sealed, to.id).ok_or("the password cannot be opened")?;
        let user = smtp.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user);
        let user = user.ok_or("name the user in the address of the server: smtp://user@host")?;
        builder = builder.credentials(Credentials::new(user.to_owned(), password));
    }
    Ok(builder.timeout(Some(courier.outside.patience())).build())
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}
