//! `ioc destinations`: the systems that are told what happens.

use std::{io::Read, path::Path, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;

use super::ground;
use crate::{
    app::App,
    config::Common,
    domain::{
        clock::Day,
        delivery::{Audience, BodyType, Channel, Door, Endpoint, Gateway},
        ids::{DestinationId, OfficeId},
        text::Line,
    },
    flow::destinations::{self, NewDestination},
};

/// Add, list, rotate, redrive and remove the systems that are told.
#[derive(Debug, Subcommand)]
pub enum Destinations {
    /// List them: how each is, and what waits for it.
    List {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Add one. A webhook's signing secret is printed.
    Add(Box<Add>),
    /// End one; what is queued for it is closed.
    Remove {
        /// Its id from `list`.
        id: DestinationId,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Send everything that has not arrived again, now; wakes one that wanted no more.
    Redrive {
        /// Its id from `list`.
        id: DestinationId,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Make a new signing secret; the one before signs too for a day.
    Rotate {
        /// Its id from `list`.
        id: DestinationId,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Approve the pushing channels of an office until the end of a day.
    Approve {
        /// Which office.
        office: OfficeId,
        /// The last day, `2027-06-30`.
        #[arg(long)]
        until: Day,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

/// A way to another system.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// Signed JSON (Standard Webhooks).
    Webhook,
    /// edXML documents over HTTP.
    EdxmlPush,
    /// edXML documents in a watched folder.
    EdxmlFolder,
    /// Letters over SMTP.
    Email,
    /// Short messages over a gateway.
    Gateway,
}

/// How a gateway wants its body.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BodyKind {
    /// JSON.
    Json,
    /// A form.
    Form,
}

/// What is added.
#[derive(Debug, Args)]
pub struct Add {
    /// Which way.
    #[arg(long, value_enum)]
    channel: Kind,
    /// For people.
    #[arg(long)]
    name: String,
    /// Whose; left out: the centre's own, which is told of every ticket.
    #[arg(long)]
    office: Option<OfficeId>,
    /// Tells the senders of reports, not an office.
    #[arg(long)]
    citizens: bool,
    /// Address of a webhook, a document system or a gateway.
    #[arg(long)]
    url: Option<Endpoint>,
    /// A private range that it may lie in, `10.20.0.0/16`; may be given several times.
    #[arg(long)]
    allow_range: Vec<IpNet>,
    /// Folder that a document system watches.
    #[arg(long)]
    folder: Option<String>,
    /// Mail server: `smtp://host:25`, `smtps://user@host`.
    #[arg(long)]
    smtp: Option<String>,
    /// The sender's mailbox.
    #[arg(long)]
    from: Option<String>,
    /// The office's mailbox.
    #[arg(long)]
    to: Option<String>,
    /// A gateway's body, with blanks {phone} {phone84} {text} {code} {status} {office} {link} {id}.
    #[arg(long)]
    body: Option<String>,
    /// How that body is written.
    #[arg(long, value_enum, default_value = "json")]
    body_type: BodyKind,
    /// The gateway's header that carries the credential.
    #[arg(long)]
    header: Option<String>,
    /// Must be in a gateway's answer.
    #[arg(long)]
    success: Option<String>,
    /// Page that a message points to, {code} in it is filled.
    #[arg(long)]
    link: Option<String>,
    /// File with the password or token (`-`: standard input); it is kept sealed.
    #[arg(long)]
    credential_file: Option<String>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Add {
    fn channel(&self) -> anyhow::Result<Channel> {
        let door = || {
            let url = self.url.clone().context("--url is missing")?;
            anyhow::Ok(Door { url, ranges: self.allow_range.clone() })
        };
        Ok(match self.channel {
            Kind::Webhook => Channel::Webhook(door()?),
            Kind::EdxmlPush => Channel::EdxmlPush(door()?),
            Kind::EdxmlFolder => {
                let folder = self.folder.as_deref().context("--folder is missing")?;
                let folder = std::path::absolute(Path::new(folder))?;
                Channel::EdxmlFolder { folder: folder.to_str().context("the folder's name is not UTF-8")?.to_owned() }
            }
            Kind::Email => Channel::Email {
                smtp: self.smtp.clone().context("--smtp is missing")?,
                from: self.from.clone().context("--from is missing")?,
                to: self.to.clone(),
                link: self.link.clone(),
            },
            Kind::Gateway => Channel::Gateway(Gateway {
                door: door()?,
                body: self.body.clone().context("--body is missing")?,
                media_type: match self.body_type {
                    BodyKind::Json => BodyType::Json,
                    BodyKind::Form => BodyType::Form,
                },
                header: self.header.clone(),
                success: self.success.clone(),
                link: self.link.clone(),
            }),
        })
    }

    fn credential(&self) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.credential_file else { return Ok(None) };
        let mut text = String::new();
        if file == "-" {
            std::io::stdin().read_to_string(&mut text)?;
        } else {
            text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        }
        Ok(Some(text.trim().to_owned()))
    }
}

impl Destinations {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let secret = common.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let app = ground(common).await?.app(&common.data_folder(), secret.as_deref()).await?;
        match self {
            Self::List { json } => list(&app, json).await?,
            Self::Add(add) => {
                let audience = if add.citizens { Audience::Citizen } else { Audience::Office };
                let new = NewDestination {
                    office: add.office.clone(),
                    audience,
                    name: Line::parse(&add.name).context("--name")?,
                    channel: add.channel()?,
                    credential: add.credential()?,
                };
                let added = destinations::add(&app.flow, new).await?;
                told(add.json, &added, &[Some(added.id.to_string()), added.secret.clone()])?;
            }
            Self::Remove { id, json } => {
                let flow = &app.flow;
                let removed = flow.store.remove_destination(&flow.center_id(), id, flow.clock.now()).await?;
                anyhow::ensure!(removed, "there is no destination {id}: see `ioc destinations list`");
                told(json, &serde_json::json!({"removed": id}), &[Some(format!("removed {id}"))])?;
            }
            Self::Redrive { id, json } => {
                let flow = &app.flow;
                let count = flow.store.redrive(&flow.center_id(), id, flow.clock.now()).await?;
                told(
                    json,
                    &serde_json::json!({"redriven": count}),
                    &[Some(format!("{count} deliveries are due now"))],
                )?;
            }
            Self::Rotate { id, json } => {
                let rotated = destinations::rotate(&app.flow, id).await?;
                let rotated = rotated.with_context(|| format!("there is no destination {id}"))?;
                told(json, &rotated, std::slice::from_ref(&rotated.secret))?;
            }
            Self::Approve { office, until, json } => {
                let (flow, end) = (&app.flow, until.next().start());
                anyhow::ensure!(flow.centre().office(&office).is_some(), "there is no office {office}");
                flow.store.approve(&flow.center_id(), Some(&office), end, flow.clock.now()).await?;
                let line = format!("{office} may be pushed to until the end of {until}");
                told(json, &serde_json::json!({"office": office, "until": end}), &[Some(line)])?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(app: &App, json: bool) -> anyhow::Result<()> {
    let listed = destinations::list(&app.flow).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&listed)?);
        return Ok(());
    }
    for one in listed.items {
        let office = one.office.map_or_else(|| "-".to_owned(), |office| office.to_string());
        let state = serde_json::to_value(one.state)?;
        let state = state.as_str().unwrap_or_default();
        println!(
            "{}  {:12} {state:10} {office:20} {:5} waiting  {}",
            one.id,
            one.channel.word(),
            one.undelivered,
            one.name
        );
    }
    Ok(())
}

fn told(json: bool, value: &impl serde::Serialize, lines: &[Option<String>]) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(value)?);
    } else {
        for line in lines.iter().flatten() {
            println!("{line}");
        }
    }
    Ok(())
}
