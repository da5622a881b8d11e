//! `warden doctor`: what is wrong with a deployment, and how to mend it. Nothing is changed.

use std::{io::Write, sync::Arc};

use ::scan::doctor::{Health, Told, examine, examine_member};
use aws::{AwsDeployment, Cloud, NightFiles, SecurityHub, Settings};
use jiff::Timestamp;
use report::printable;
use serde_json::json;

use crate::{
    args::{Doctor, ListFormat},
    exit::{Exit, Failure},
    reach::local,
};

pub(crate) async fn run(args: Doctor) -> Result<Exit, Failure> {
    let settings = Settings { region: args.region.clone(), ..local(&args.endpoint) };
    let cloud = Arc::new(Cloud::new(settings));
    let home = cloud.home().await?;
    let calendar = rules::calendar().map_err(|error| Failure::Usage(error.to_string()))?;
    let clock = (calendar.read, Timestamp::now());
    let deployment = AwsDeployment::new(cloud.clone());
    let hub = SecurityHub::new(cloud.clone());
    let told = match &args.bus {
        Some(bus) => examine_member(&deployment, &hub, &home, bus, clock).await,
        None => {
            let files = |bucket: &str| NightFiles::new(cloud.clone(), bucket);
            examine(&deployment, &hub, files, &home, &args.stack, clock).await
        }
    };
    print(args.format, &told)?;
    Ok(told.iter().map(|one| exit(&one.health)).max().unwrap_or(Exit::Blind))
}

fn exit(health: &Health) -> Exit {
    match health {
        Health::Well(_) => Exit::Clean,
        Health::Unknown(_) => Exit::Blind,
        Health::Fault(_) => Exit::Violations,
    }
}

fn words(health: &Health) -> (&'static str, &str) {
    match health {
        Health::Well(saw) => ("ok", saw),
        Health::Fault(saw) => ("fault", saw),
        Health::Unknown(saw) => ("cannot tell", saw),
    }
}

fn print(format: ListFormat, told: &[Told]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if format == ListFormat::Json {
        let line = |one: &Told| {
            let (health, saw) = words(&one.health);
            let mend = (health == "fault").then_some(one.check.mend);
            let Told { check, about, .. } = one;
            json!({"check": check.id, "about": about, "health": health, "saw": saw, "mend": mend})
        };
        writeln!(out, "{:#}", json!(told.iter().map(line).collect::<Vec<_>>()))?;
        return Ok(());
    }
    for one in told {
        let (health, saw) = words(&one.health);
        let about = if one.about.is_empty() { "" } else { &format!("{}: ", one.about) };
        let mend = match &one.health {
            Health::Fault(_) => format!(". {}", one.check.mend),
            _ => String::new(),
        };
        let line = format!("{health:<11} {:<20} {about}{saw}{mend}", one.check.id);
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}
