//! `warden cost`: what the Lambdas of a deployment cost.

mod bill;

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use ::scan::Summary;
use serde::Deserialize;
use serde_json::json;

use self::bill::{Line, Price, Volume, bill, data, paced};
use crate::{
    args::{Cost, ListFormat},
    exit::{Exit, Failure},
    table,
};

/// Of a hundred functions so many are changed on a day, unless it is said.
const CHANGES: u64 = 5;

/// The part that counts of what `warden scan --format json` prints.
#[derive(Deserialize)]
struct Scanned {
    places: Vec<Place>,
    calls: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Place {
    account: String,
    functions: u64,
    #[serde(default)]
    imported: u64,
    findings: Vec<Broken>,
}

#[derive(Deserialize)]
struct Broken {
    rule: String,
}

pub(crate) fn run(args: &Cost) -> Result<Exit, Failure> {
    let data = data().map_err(|error| Failure::Usage(format!("`prices.toml`: {error}")))?;
    let measured = match (&args.night, &args.scan) {
        (Some(file), _) => Some(of_night(&read(file)?)),
        (None, Some(file)) => Some(of_scan(&read(file)?)),
        (None, None) => None,
    };
    let volume = match measured {
        Some(volume) => volume,
        None => {
            let places = args.accounts.saturating_mul(args.regions);
            let functions = args.functions.unwrap_or_default();
            Volume {
                rules: rules::RULES.len() as u64,
                ..Volume::usual(functions, args.accounts, places, &data.usual)
            }
        }
    };
    let changes = args.changes.unwrap_or(volume.functions * CHANGES / 100);
    let volume = Volume {
        changes,
        imports: args.imports.unwrap_or(volume.imports.max(changes)),
        events: args.events,
        ..volume
    };
    print(args.format, &volume, &bill(&volume, &data.price))?;
    Ok(Exit::Clean)
}

fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<T, Failure> {
    let wrong = |what: String| Failure::Usage(format!("`{}`: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| {
        wrong(format!(
            "{error}; expected a night's `summary.json` for `--night`, and for `--scan` what \
             `warden scan --format json` prints"
        ))
    })
}

fn of_night(summary: &Summary) -> Volume {
    let all = &summary.all;
    let measured = all.seconds as f64;
    Volume {
        functions: all.functions,
        accounts: summary.accounts.len() as u64,
        places: summary.planned as u64,
        // Nights of an older version did not measure it.
        sweep_seconds: if measured > 0.0 { measured } else { paced(&all.calls) },
        calls: all.calls.clone(),
        imports: all.written,
        rules: all.rules.len() as u64,
        ..Volume::default()
    }
}

fn of_scan(scanned: &Scanned) -> Volume {
    let count = |of: fn(&Place) -> Vec<&str>| {
        let all: std::collections::BTreeSet<_> = scanned.places.iter().flat_map(of).collect();
        all.len() as u64
    };
    Volume {
        functions: scanned.places.iter().map(|place| place.functions).sum(),
        accounts: count(|place| vec![&place.account]),
        places: scanned.places.len() as u64,
        sweep_seconds: paced(&scanned.calls),
        calls: scanned.calls.clone(),
        imports: scanned.places.iter().map(|place| place.imported).sum(),
        rules: count(|place| place.findings.iter().map(|one| one.rule.as_str()).collect()),
        ..Volume::default()
    }
}

fn print(format: ListFormat, volume: &Volume, lines: &[Line]) -> Result<(), Failure> {
    let month: f64 = lines.iter().filter_map(|line| line.usd).sum();
    let night = month / 30.4;
    let each = (volume.functions > 0).then(|| night / volume.functions as f64 * 10_000.0);
    let unknown: Vec<_> = lines.iter().filter(|line| line.usd.is_none()).collect();
    let calls: u64 = volume.calls.values().sum();
    let mut out = std::io::stdout().lock();
    if format == ListFormat::Json {
        let unknown: Vec<_> = unknown.iter().map(|line| line.what).collect();
        let report = json!({
            "volume": volume,
            "lines": lines,
            "usdAMonth": month,
            "usdANight": night,
            "usdANightPer10000Functions": each,
            "unknown": unknown,
        });
        writeln!(out, "{report:#}")?;
        return Ok(());
    }
    let mut made = table::plain(&["API call", "A night", "Per 10,000 functions"]);
    for (action, &n) in &volume.calls {
        let each = (n * 10_000).checked_div(volume.functions).unwrap_or_default();
        made.add_row(vec![action.clone(), n.to_string(), each.to_string()]);
    }
    writeln!(out, "{made}")?;
    let mut made = table::plain(&["What", "A month", "US dollars", "How it was counted"]);
    for line in lines {
        let amount = line.amount.map_or_else(|| "unknown".to_owned(), number);
        let usd = line.usd.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.2}"));
        made.add_row(vec![line.what, &amount, &usd, line.basis]);
    }
    writeln!(out, "{made}")?;
    writeln!(
        out,
        "{} functions in {} accounts and Regions: {calls} calls a night, which cost nothing but \
         time.\n{month:.2} US dollars a month, {night:.2} a night{}; {} lines are unknown and not \
         in it.\nList prices of us-east-1, read {}; what is free of charge is left out.",
        volume.functions,
        volume.places,
        each.map_or_else(String::new, |each| format!(", {each:.2} a night for 10,000 functions")),
        unknown.len(),
        days(lines.iter().filter_map(|line| line.price.as_ref())),
    )?;
    Ok(())
}

/// `2026-10 to 2026-11-26`
fn days<'a>(prices: impl Iterator<Item = &'a Price> + Clone) -> String {
    let read = prices.map(|price| price.read.as_str());
    let (first, last) = (read.clone().min().unwrap_or_default(), read.max().unwrap_or_default());
    format!("{first} to {last}")
}

/// Whole where it is large.
fn number(amount: f64) -> String {
    if amount >= 100.0 { format!("{amount:.0}") } else { format!("{amount:.2}") }
}
