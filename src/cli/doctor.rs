//! `ioc doctor`: how everything stands, for a person, with or without a running server.

use std::process::ExitCode;

use clap::Args;

use crate::{
    app::{Ground, no_database},
    config::Common,
    domain::{check::Verdict, clock::Clock, names::Names},
    flow::{restore, status::Status},
};

/// Say how everything stands, with what to do where something does not.
#[derive(Debug, Args)]
pub struct Doctor {
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// 0: nothing alarms; 2: something does.
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let status = examined(common).await;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&status)?);
        } else {
            tell(&status);
        }
        Ok(if status.state == Verdict::Alarm { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

/// Opening makes a database where there is none, and a restore wants none there: that is looked at first.
async fn examined(common: &Common) -> Status {
    let now = Clock::System.now();
    if restore::is_vacant(&common.database_url).await {
        let why = Names::new(
            "chưa có gì trong cơ sở dữ liệu: ioc serve sẽ tạo các bảng, ioc restore đưa bản sao lưu trở lại",
            "there is nothing in the database yet: ioc serve makes its tables, ioc restore brings a backup back",
        );
        return no_database(&why, now);
    }
    let secret = common.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
    let ground = match Ground::open(&common.database_url, &common.center).await {
        Ok(ground) => ground,
        Err(why) => return no_database(&same(&why), now),
    };
    match ground.examine(&common.data_folder(), secret.as_deref()).await {
        Ok(status) => status,
        Err(why) => no_database(&same(&why), now),
    }
}

fn same(why: &impl ToString) -> Names {
    Names::new(why.to_string(), why.to_string())
}

/// Vietnamese first, English below it.
fn tell(status: &Status) {
    let width = status.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in &status.checks {
        println!("{} {:width$}  {}", mark(check.state), check.name, check.text.vi);
        println!("{:9} {:width$}  {}", "", "", check.text.en);
    }
    println!();
    let (vi, en) = match status.state {
        Verdict::Ok => ("Mọi thứ đều ổn.", "All is well."),
        Verdict::Warn => ("Có việc nên xem khi rảnh.", "There is something to look at when there is time."),
        Verdict::Alarm => ("Có báo động: xin xem các dòng BÁO ĐỘNG.", "Something alarms: see the lines with BÁO ĐỘNG."),
    };
    println!("{vi}\n{en}");
}

/// Nine letters wide.
fn mark(state: Verdict) -> &'static str {
    match state {
        Verdict::Ok => "ổn       ",
        Verdict::Warn => "nên xem  ",
        Verdict::Alarm => "BÁO ĐỘNG ",
    }
}
