use std::{fs, io::Write, path::Path, sync::Arc};

use ::scan::{Inventory, Place, PortError, Round, Status, Tally, WINDOW_DAYS, Warden};
use aws::{Cloud, Digests, Reader, SecurityHub};
use jiff::Timestamp;
use model::{BadArn, Baseline, FunctionArn, Severity};
use report::printable;

use crate::{
    args::{Format, Scan},
    exit::{Exit, Failure},
    json,
    posture::posture,
    reach::settings,
    table,
};

/// What came of scanning one place.
pub(crate) struct Scanned {
    pub(crate) place: Place,
    pub(crate) round: Round,
}

/// A place of which nothing can be told; what was seen of the others stands.
pub(crate) struct Missed {
    pub(crate) place: Place,
    pub(crate) error: PortError,
}

pub(crate) async fn run(args: Scan) -> Result<Exit, Failure> {
    let mut baseline = baseline(args.baseline.as_deref(), &args.rules)?;
    let alone: Vec<&str> = match args.functions.is_empty() {
        true => Vec::new(),
        false => on(rules::BY_SURVEY, &baseline),
    };
    let unasked = match args.ledger.is_none() && args.rules.is_empty() && !args.publish {
        true => on(rules::BY_LEDGER, &baseline),
        false => Vec::new(),
    };
    for id in &unasked {
        // Published findings stay: nothing of these rules is cleared for want of a ledger.
        baseline.rules.entry((*id).to_owned()).or_default().enabled = Some(false);
    }
    let calendar = rules::calendar().map_err(|error| Failure::Usage(error.to_string()))?;
    let cloud = Arc::new(Cloud::new(settings(&args.reach, args.regions.first())));
    let reader = Reader::new(cloud.clone(), &baseline);
    let warden = Warden {
        inventory: match &args.ledger {
            Some(ledger) => reader.ledger(Digests::new(cloud.clone(), ledger), WINDOW_DAYS),
            None => reader,
        },
        findings: SecurityHub::new(cloud.clone()),
        calendar,
        baseline,
        clock: Timestamp::now,
    };
    let home = cloud.home().await?;
    let (mut scanned, mut missed) = (Vec::new(), Vec::new());
    for (place, functions) in targets(&args, &home)? {
        match one(&warden, &place, &functions, args.publish).await {
            Ok(round) => scanned.push(Scanned { place, round }),
            Err(Failure::Port(error)) => missed.push(Missed { place, error }),
            Err(failure) => return Err(failure),
        }
    }
    if scanned.is_empty() && missed.len() == 1 {
        return Err(missed.remove(0).error.into());
    }
    let out = std::io::stdout().lock();
    print(out, args.format, &scanned, &missed, &warden.baseline, &cloud)?;
    for Missed { place, error } in &missed {
        let said = format!("{place} was not scanned: {}", error.advice());
        eprintln!("warden: {}", printable(&said));
    }
    if !unasked.is_empty() {
        eprintln!("warden: not judged without `--ledger`: {}", unasked.join(", "));
    }
    if !alone.is_empty() {
        eprintln!("warden: not judged of single functions: {}", alone.join(", "));
    }
    let blind = if missed.is_empty() { Exit::Clean } else { Exit::Blind };
    Ok(exit(&scanned, args.fail_on.severity()).max(blind))
}

/// Those of `rules` that are on.
fn on(rules: &[&'static str], baseline: &Baseline) -> Vec<&'static str> {
    let is_on = |id: &&str| ::rules::find(id).is_ok_and(|rule| ::rules::is_on(rule, baseline));
    rules.iter().copied().filter(is_on).collect()
}

/// Scans one place, or some functions of it.
async fn one<I: Inventory, F: ::scan::Findings>(
    warden: &Warden<I, F>,
    place: &Place,
    functions: &[FunctionArn],
    publish: bool,
) -> Result<Round, Failure> {
    let round = match functions {
        [] => warden.survey(place).await?,
        some => one_by_one(warden, some).await?,
    };
    Ok(match (publish, functions.is_empty()) {
        (false, _) => round,
        (true, true) => warden.publish_whole(place, round).await?,
        (true, false) => warden.publish(place, round).await?,
    })
}

/// Judges single functions; asked for by name, a function that is not there is an error.
async fn one_by_one<I: Inventory, F: ::scan::Findings>(
    warden: &Warden<I, F>,
    functions: &[FunctionArn],
) -> Result<Round, Failure> {
    let mut round = warden.look(functions, Timestamp::MIN).await;
    if let Some((_, error)) = round.unread.pop_first() {
        return Err(error.into());
    }
    match round.gone.keys().next() {
        Some(arn) => Err(Failure::Usage(format!(
            "function `{}` does not exist in {}; check the name, the Region and the account",
            arn.name(),
            Place::of(arn)
        ))),
        None => Ok(round),
    }
}

/// The places to scan, each with the functions asked for; none asked for means all.
fn targets(args: &Scan, home: &Place) -> Result<Vec<(Place, Vec<FunctionArn>)>, Failure> {
    let account = args.reach.account.clone().unwrap_or_else(|| home.account.clone());
    if !model::is_account(&account) {
        return Err(Failure::Usage(format!("account `{account}` is not twelve digits")));
    }
    let place = |region: &str| Place {
        partition: home.partition.clone(),
        account: account.clone(),
        region: region.to_owned(),
    };
    let mut places: Vec<Place> = Vec::new();
    for region in args.regions.iter().map(|region| place(region)) {
        if !places.contains(&region) {
            places.push(region);
        }
    }
    if places.is_empty() {
        places.push(place(&home.region));
    }
    if args.functions.is_empty() {
        return Ok(places.into_iter().map(|place| (place, Vec::new())).collect());
    }
    let mut targets: Vec<(Place, Vec<FunctionArn>)> = Vec::new();
    for named in &args.functions {
        for arn in resolve(named, &places)? {
            let place = Place::of(&arn);
            match targets.iter_mut().find(|(known, _)| *known == place) {
                Some((_, functions)) if functions.contains(&arn) => {}
                Some((_, functions)) => functions.push(arn),
                None => targets.push((place, vec![arn])),
            }
        }
    }
    Ok(targets)
}

/// A function named by ARN, or by name in every place.
fn resolve(named: &str, places: &[Place]) -> Result<Vec<FunctionArn>, Failure> {
    let wrong = |BadArn(_): BadArn| {
        Failure::Usage(format!("`{named}` is neither the name nor the ARN of a function"))
    };
    if named.starts_with("arn:") {
        return Ok(vec![named.parse().map_err(|bad: BadArn| Failure::Usage(bad.to_string()))?]);
    }
    places
        .iter()
        .map(|at| FunctionArn::new(&at.partition, &at.region, &at.account, named).map_err(wrong))
        .collect()
}

/// The baseline of the file, with every rule but `only` switched off if any is named.
pub(crate) fn baseline(file: Option<&Path>, only: &[String]) -> Result<Baseline, Failure> {
    let mut baseline = match file {
        None => Baseline::default(),
        Some(path) => {
            let wrong =
                |what: String| Failure::Usage(format!("baseline `{}`: {what}", path.display()));
            let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            rules::baseline::parse(&text).map_err(|error| wrong(error.to_string()))?
        }
    };
    for id in only {
        rules::find(id).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
    }
    if !only.is_empty() {
        for rule in rules::RULES {
            let wanted = only.iter().any(|id| id == rule.id);
            baseline.rules.entry(rule.id.to_owned()).or_default().enabled = Some(wanted);
        }
    }
    Ok(baseline)
}

fn print(
    mut out: impl Write,
    format: Format,
    scanned: &[Scanned],
    missed: &[Missed],
    baseline: &Baseline,
    cloud: &Cloud,
) -> Result<(), Failure> {
    let posture = || posture(scanned, missed, baseline);
    match format {
        Format::Table => write!(out, "{}", table::scan(scanned, &cloud.calls()))?,
        Format::Json => writeln!(out, "{:#}", json::scan(scanned, missed, &cloud.calls()))?,
        Format::Asff => {
            let findings: Vec<_> = scanned.iter().flat_map(|one| findings(&one.round)).collect();
            writeln!(out, "{:#}", aws::asff(&findings))?;
        }
        Format::Html => write!(out, "{}", report::html(&posture()))?,
        Format::Csv => write!(out, "{}", report::csv(&posture()))?,
        Format::Sarif => write!(out, "{}", report::sarif(&posture()))?,
        Format::Ocsf => write!(out, "{}", report::ocsf(&posture()))?,
    }
    if format != Format::Table {
        complain(scanned);
    }
    Ok(())
}

/// Says what a reader who sees findings alone would miss; the table says so itself.
fn complain(scanned: &[Scanned]) {
    for Scanned { place, round } in scanned {
        if let Some(why) = &round.cut_short {
            eprintln!("warden: {place}: the list of functions is incomplete: {}", printable(why));
        }
        for refused in &round.refused {
            let said = format!("{}: {}: {}", refused.id, refused.code, refused.message);
            eprintln!("warden: refused: {}", printable(&said));
        }
    }
}

/// What would be published of a round for the first time: violations and gaps.
fn findings(round: &Round) -> Vec<::scan::Finding> {
    let of = |one: &::scan::Judged| {
        let findings =
            one.judgements.iter().filter_map(|judgement| judgement.finding(&one.function));
        findings.filter(|finding| finding.status != Status::Passed).collect::<Vec<_>>()
    };
    round.judged.iter().flat_map(of).collect()
}

fn exit(scanned: &[Scanned], threshold: Severity) -> Exit {
    let exit = |one: &Scanned| {
        let mut tally = Tally::default();
        let mut violated = false;
        for judged in &one.round.judged {
            tally.add(&judged.judgements);
            violated |= judged.judgements.iter().any(|judgement| {
                judgement.status() == Some(Status::Failed)
                    && judgement.exemption.is_none()
                    && judgement.severity >= threshold
            });
        }
        match (violated, tally.gaps > 0 || one.round.cut_short.is_some()) {
            (true, _) => Exit::Violations,
            (false, true) => Exit::Blind,
            (false, false) if !one.round.refused.is_empty() => Exit::Blind,
            (false, false) => Exit::Clean,
        }
    };
    scanned.iter().map(exit).max().unwrap_or(Exit::Clean)
}
