//! `warden repair` and `warden rollback`: the tasks of the state machine, one after the other.

mod told;

use std::{io::Write, path::PathBuf, sync::Arc, time::Duration};

use ::scan::{
    WINDOW_DAYS, Warden,
    repair::{Action, Applied, Mender, Order, Planned, RolledBack, Verified},
};
use aws::{Changer, Cloud, Digests, NightFiles, Reader, SecurityHub};
use clap::Args;
use jiff::Timestamp;
use model::FunctionArn;

use crate::{
    args::{ListFormat, Propose, Reach},
    exit::{Exit, Failure},
    reach::settings,
    scan::baseline,
};

/// Where repairs are kept, and how AWS is reached.
#[derive(Debug, Args)]
pub(crate) struct Workshop {
    /// Where plans and before-images are kept: the stack's bucket, or a folder
    #[arg(long, value_name = "FOLDER|S3-URL", env = "WARDEN_BUCKET")]
    bucket: String,
    /// What the organisation asks for, and lets be repaired [default: the built-in baseline]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// What roles were used for, as `warden digest` wrote it
    #[arg(long, value_name = "FOLDER|S3-URL", env = "WARDEN_LEDGER")]
    ledger: Option<String>,
    /// Other Regions in which functions may share a role; may be repeated
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// Role that repairs in another account
    #[arg(long, value_name = "NAME", default_value = REPAIR_ROLE)]
    repair_role: String,
    /// Do it; else it is only shown what would be done
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Only show what would be done, which is the default
    #[arg(long)]
    dry_run: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// Id of the finding: `<function ARN>/<rule>`
    #[arg(value_name = "FINDING")]
    pub(crate) finding: String,
    #[command(flatten)]
    pub(crate) workshop: Workshop,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Id of the repair, as the finding's note has it
    #[arg(value_name = "REPAIR")]
    repair: String,
    #[command(flatten)]
    workshop: Workshop,
}

type Us = Mender<Reader, SecurityHub, Changer, NightFiles>;

/// Shows what would repair a finding, or does it.
pub(crate) async fn repair(args: RepairArgs) -> Result<Exit, Failure> {
    let RepairArgs { finding, workshop } = args;
    let Some((function, _)) = ::scan::repair::subject(&finding) else {
        return Err(Failure::Usage(format!(
            "`{finding}` is no finding of ours; expected <function ARN>/<rule>, as Security Hub shows its Id"
        )));
    };
    let (mender, by) = workshop.mender(function.region()).await?;
    let request = Timestamp::now().to_string();
    let order = Order::on_request(&finding, &by, &request);
    if !workshop.apply {
        return match mender.preview(&order).await? {
            Ok(repair) => {
                told::plan(std::io::stdout().lock(), &repair, workshop.format)?;
                eprintln!("warden: nothing was changed; `--apply` does it");
                Ok(Exit::Clean)
            }
            Err(no) => Err(refused(&no)),
        };
    }
    let planned = mender.plan(&order).await?;
    let Planned::Planned { .. } = planned else { return Err(refused(&planned)) };
    let repair = mender.repair(&order.repair).await?;
    told::plan(std::io::stdout().lock(), &repair, workshop.format)?;
    match carry_out(&mender, &order.repair).await {
        Ok(until) => {
            say(&format!(
                "done and verified; watched until {until}; `warden rollback {}` undoes it",
                repair.id
            ))?;
            Ok(Exit::Clean)
        }
        Err(why) => {
            eprintln!("warden: {why}; putting everything back");
            let back = Order { action: Action::RollBack, reason: Some(why), ..order };
            let outcome = mender.roll_back(&back).await.inspect_err(|_| {
                let id = &repair.id;
                eprintln!("warden: not all is put back: `warden rollback {id} --apply` goes on");
            });
            took_back(outcome?)?;
            Ok(Exit::Violations)
        }
    }
}

/// Shows what would be put back, or does it.
pub(crate) async fn roll_back(args: RollbackArgs) -> Result<Exit, Failure> {
    let RollbackArgs { repair: id, workshop } = args;
    if !::scan::repair::is_id(&id) {
        return Err(Failure::Usage(format!(
            "`{id}` is no id of a repair; expected sixteen hexadecimal digits, as the finding's note has them"
        )));
    }
    // Where the function is, the file says.
    let (mender, by) = workshop.mender("").await?;
    let repair = mender.repair(&id).await?;
    if !workshop.apply {
        told::way_back(std::io::stdout().lock(), &repair, workshop.format)?;
        eprintln!("warden: nothing was changed; `--apply` does it");
        return Ok(Exit::Clean);
    }
    let order = Order::back(&id, &repair.finding, &by, &Timestamp::now().to_string());
    took_back(mender.roll_back(&order).await?)
}

/// Applies, verifies, sets the watch. Says why it came no farther.
async fn carry_out(mender: &Us, id: &str) -> Result<Timestamp, String> {
    let failed = |error: ::scan::PortError| error.advice();
    match mender.apply(id).await.map_err(failed)? {
        Applied::Applied => {}
        Applied::Cancelled { why } | Applied::Stale { why } => return Err(why),
    }
    let mut last = String::new();
    for _ in 0..VERIFICATIONS {
        match mender.verify(id).await.map_err(failed)? {
            Verified::Verified => return Ok(mender.watch(id).await.map_err(failed)?.until),
            Verified::NotYet { why } => last = why,
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    Err(format!("the rule is not content: {last}"))
}

/// IAM shows a change after some seconds.
const VERIFICATIONS: usize = 12;

fn took_back(outcome: RolledBack) -> Result<Exit, Failure> {
    match outcome {
        RolledBack::RolledBack => {
            say("everything is as it was before")?;
            Ok(Exit::Clean)
        }
        RolledBack::Left { what } => {
            say(&format!("left as others have changed it: {}", what.join(", ")))?;
            Ok(Exit::Blind)
        }
    }
}

fn say(what: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{what}")?)
}

fn refused(planned: &Planned) -> Failure {
    Failure::Usage(match planned {
        Planned::Nothing { why } => format!("nothing to repair: {why}"),
        Planned::Refused { why } => format!("it is not repaired: {why}"),
        Planned::Planned { summary, .. } => summary.clone(),
    })
}

impl Workshop {
    /// Everything a repair needs, and who asks for it.
    async fn mender(&self, region: &str) -> Result<(Us, String), Failure> {
        let mut settings = settings(&self.reach, None);
        settings.roles = settings.roles.map(|roles| roles.repair(self.repair_role.clone()));
        if !region.is_empty() && settings.region.is_none() {
            settings.region = Some(region.to_owned());
        }
        let cloud = Arc::new(Cloud::new(settings));
        let home = cloud.home().await?;
        let baseline = baseline(self.baseline.as_deref(), &[])?;
        let reader = Reader::new(cloud.clone(), &baseline);
        let warden = Warden {
            inventory: match &self.ledger {
                Some(ledger) => reader.ledger(Digests::new(cloud.clone(), ledger), WINDOW_DAYS),
                None => reader,
            },
            findings: SecurityHub::new(cloud.clone()),
            calendar: rules::calendar().map_err(|error| Failure::Usage(error.to_string()))?,
            baseline,
            clock: Timestamp::now,
        };
        let mender = Mender {
            warden,
            changer: Changer::new(cloud.clone()),
            vault: NightFiles::new(cloud, &self.bucket),
            regions: self.regions.clone(),
            ours: "lambda-warden".to_owned(),
        };
        Ok((mender, format!("the command line in account {}", home.account)))
    }
}

/// Puts a proposal in place of a role's policies: the repair of a function of the role.
pub(crate) async fn propose(function: &FunctionArn, args: Propose) -> Result<Exit, Failure> {
    let workshop = Workshop {
        bucket: args.bucket.unwrap_or_default(),
        baseline: args.baseline,
        ledger: Some(args.ledger),
        regions: args.region.into_iter().collect(),
        repair_role: REPAIR_ROLE.to_owned(),
        apply: true,
        dry_run: false,
        format: args.format,
        reach: args.reach,
    };
    repair(RepairArgs { finding: format!("{function}/role-permission-unused"), workshop }).await
}

const REPAIR_ROLE: &str = "lambda-warden-repair";
