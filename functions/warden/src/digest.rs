use std::{io::Write, sync::Arc};

use ::scan::{Digesting, Digests, Step, Wanted};
use aws::{Cloud, LogFiles};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use report::printable;
use serde_json::{Value, json};

use crate::{
    args::{Digest, ListFormat},
    exit::{Exit, Failure},
    reach, table,
};

/// Digests CloudTrail logs into a ledger.
pub(crate) async fn run(args: Digest) -> Result<Exit, Failure> {
    let wanted = wanted(&args)?;
    if !args.to.contains("://") {
        let wrong = |error| Failure::Usage(format!("`--to {}`: {error}", args.to));
        std::fs::create_dir_all(&args.to).map_err(wrong)?;
    }
    let cloud = Arc::new(Cloud::new(reach::local(&args.endpoint)));
    let digesting = Digesting {
        logs: LogFiles::new(cloud.clone(), &args.from),
        ledger: aws::Digests::new(cloud, &args.to),
        cores: std::thread::available_parallelism().map_or(1, Into::into),
    };
    let bar = bar();
    let step = |step| match step {
        Step::Planned(items) => bar.set_length(u64::try_from(items).unwrap_or(u64::MAX)),
        Step::Read(_) => bar.tick(),
        Step::Item => bar.inc(1),
    };
    let digests = digesting.digest_all(&wanted, args.again, step).await?;
    bar.finish_and_clear();
    if digests.done.is_empty() && digests.kept.is_empty() && digests.failed.is_empty() {
        return Err(nothing(&args, &digests));
    }
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => writeln!(out, "{:#}", answer(&args, &digests))?,
        ListFormat::Table => write!(out, "{}", text(&args, &digests))?,
    }
    let sound = digests.done.values().chain(digests.kept.values()).all(|done| done.skipped == 0);
    let whole = sound && digests.failed.is_empty() && digests.strays.is_empty();
    Ok(if whole { Exit::Clean } else { Exit::Blind })
}

/// What was asked for; up to yesterday, for today's files are still being delivered.
fn wanted(args: &Digest) -> Result<Wanted, Failure> {
    let yesterday = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day());
    let from = args.from_day.unwrap_or(Date::MIN);
    let to = args.to_day.unwrap_or(yesterday);
    if from > to {
        return Err(Failure::Usage(format!("`--from-day {from}` is after the last day, {to}")));
    }
    if let Some(wrong) = args.accounts.iter().find(|id| !model::is_account(id)) {
        return Err(Failure::Usage(format!("account `{wrong}` is not twelve digits")));
    }
    Ok(Wanted {
        accounts: args.accounts.iter().cloned().collect(),
        regions: args.regions.iter().cloned().collect(),
        from,
        to,
    })
}

/// Shown on a terminal alone.
fn bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {pos} of {len} days, {elapsed}, {eta} to go");
    let bar = ProgressBar::no_length();
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// No file is no answer: it says what was looked for and where.
fn nothing(args: &Digest, digests: &Digests) -> Failure {
    let strays = match digests.strays.as_slice() {
        [] => String::new(),
        [first, ..] => format!(
            ", and {} files whose names say neither account nor Region nor day, such as `{first}`",
            digests.strays.len()
        ),
    };
    Failure::Usage(format!(
        "`{}` has no CloudTrail log file of what was asked for{strays}; expected \
         `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/*.json.gz`, or files with CloudTrail's own names",
        args.from
    ))
}

/// `{"from", "to", "digested": […], "kept", "failed": […], "strays": […]}`
fn answer(args: &Digest, digests: &Digests) -> Value {
    let done = digests.done.iter().map(|(item, done)| {
        json!({
            "account": item.account, "region": item.region, "day": item.day,
            "files": done.files, "bytes": done.bytes, "records": done.records,
            "skipped": done.skipped, "skippedNamed": done.named, "written": done.written,
        })
    });
    let failed = digests.failed.iter().map(|(item, error)| {
        json!({"account": item.account, "region": item.region, "day": item.day, "why": error.advice()})
    });
    json!({
        "from": args.from,
        "to": args.to,
        "digested": done.collect::<Vec<_>>(),
        "kept": digests.kept.len(),
        "keptSkipped": digests.kept.values().map(|kept| kept.skipped).sum::<u64>(),
        "failed": failed.collect::<Vec<_>>(),
        "strays": digests.strays,
    })
}

fn text(args: &Digest, digests: &Digests) -> String {
    let mut places: std::collections::BTreeMap<(&str, &str), [u64; 6]> = Default::default();
    for (item, done) in &digests.done {
        let sums = places.entry((&item.account, &item.region)).or_default();
        let more = [1, done.files, done.records, done.skipped, done.bytes, done.written];
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    let header = ["Account", "Region", "Days", "Files", "Records", "Unread", "Read", "Written"];
    let mut table = table::plain(&header);
    for ((account, region), [days, files, records, skipped, read, written]) in places {
        let numbers = [days, files, records, skipped].map(|number| number.to_string());
        let [days, files, records, skipped] = numbers;
        table.add_row(vec![
            account.to_owned(),
            region.to_owned(),
            days,
            files,
            records,
            skipped,
            size(read),
            size(written),
        ]);
    }
    let mut text = if digests.done.is_empty() { String::new() } else { format!("{table}\n") };
    for (item, done) in digests.done.iter().chain(&digests.kept) {
        for (file, why) in &done.named {
            text.push_str(&format!("Not read: {item}: {}: {why}\n", printable(file)));
        }
    }
    for stray in &digests.strays {
        text.push_str(&format!(
            "Not read: {}: it lies where no log file belongs, and its name does not say whose it is\n",
            printable(stray)
        ));
    }
    for (item, error) in &digests.failed {
        text.push_str(&format!("Failed: {item}: {}\n", error.advice()));
    }
    text.push_str(&format!(
        "{} days digested into {}, {} were there already.\n",
        digests.done.len(),
        args.to,
        digests.kept.len()
    ));
    text
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
