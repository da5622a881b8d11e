//! What a night saw, as one report.

use std::{collections::BTreeMap, pin::pin};

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, ToSpan, civil::Date};
use model::Severity;
use report::{Finding, Gap, Night, Place, Posture, Status};

use crate::{
    Files, Kind, Missed, Part, PortError, Seen, Summary, Swept,
    night::{folder, read_json, unreadable},
};

/// Earlier nights that a report shows.
const NIGHTS: i32 = 90;

/// Files read at the same time.
const READS: usize = 8;

/// Bytes of all parts together that fit into the memory of `plan-sweep`, where they take less than
/// three times as much. 20,000 functions with ten findings each have some 70 million.
const MOST_BYTES: usize = 160_000_000;

/// What is not digested where nobody knows which days are to be.
const LOGS: &str = "CloudTrail's logs";

/// Why a part was left out.
const FULL: &str = "it holds no more; `warden scan --format html` tells the place alone";

/// What each place told, by account and Region.
type Told = BTreeMap<(String, String), Swept>;

/// Writes what was `seen` of a night as `posture.json` and `report.html` beside its `summary`.
///
/// What is not in it is named in it: places that were not swept, or in part, or of which findings
/// were refused, parts that are gone or cannot be read, days of logs that were not digested,
/// earlier nights that cannot be read.
///
/// # Errors
/// One of the two cannot be written.
pub async fn write_report(
    files: &impl Files,
    summary: &Summary,
    seen: &Seen,
    now: Timestamp,
) -> Result<(), PortError> {
    let (night, told) = (summary.night, &seen.told);
    let mut posture = Posture { at: now, ..Posture::default() };
    let unseen = summary.unseen().map(|(of, why)| gap(of, why.clone()));
    posture.gaps.extend(unseen);
    posture.gaps.extend(undigested(&seen.missed));
    posture.gaps.extend(summary.logs.iter().map(|why| gap(LOGS, format!("not digested: {why}"))));
    posture.gaps.extend(refused(told));
    history(files, night, &mut posture).await;
    found(files, told, MOST_BYTES, &mut posture).await;
    posture.places = told.iter().map(place).collect();
    posture.sort();
    let write = async |name: &str, text: String| {
        files.write(&format!("{}/{name}", folder(night)), text.into_bytes()).await
    };
    write("posture.json", report::json(&posture)).await?;
    write("report.html", report::html(&posture)).await
}

fn place(((account, region), swept): (&(String, String), &Swept)) -> Place {
    let (account, region) = (account.clone(), region.clone());
    Place { account, region, functions: swept.functions, passed: swept.passed }
}

fn gap(of: &str, why: String) -> Gap {
    Gap { of: of.to_owned(), why }
}

/// Reads the parts of every place, and says so where they do not tell all that the place counted.
///
/// * `left`: bytes of parts that fit in.
async fn found(files: &impl Files, told: &Told, mut left: usize, posture: &mut Posture) {
    let mut keys = Vec::new();
    for (at, swept) in told {
        keys.extend(swept.parts.iter().map(|key| (at.clone(), key.clone())));
    }
    let reads =
        stream::iter(keys).map(|(at, key)| async move { (at, read_part(files, &key).await) });
    let mut reads = pin!(reads.buffered(READS));
    let mut troubles = BTreeMap::new();
    while let Some((at, read)) = reads.next().await {
        match read {
            Ok((part, size)) if size <= left => {
                left -= size;
                part.add_to(posture);
            }
            Ok(_) => drop(troubles.insert(at, FULL.to_owned())),
            Err(error) => drop(troubles.insert(at, error.advice())),
        }
    }
    let gaps = untold(told, &troubles, &posture.findings);
    posture.gaps.extend(gaps);
}

/// The places of which other findings are there than they counted.
fn untold(
    told: &Told,
    troubles: &BTreeMap<(String, String), String>,
    findings: &[Finding],
) -> Vec<Gap> {
    let mut held: BTreeMap<(&str, &str), Swept> = BTreeMap::new();
    for one in findings {
        let place = (one.function.account(), one.function.region());
        let held = held.entry(place).or_default();
        if one.is_open() {
            *held.findings.entry(one.severity.label().to_owned()).or_default() += 1;
        } else if one.status == Status::Unknown {
            held.gaps += 1;
        }
    }
    let mut gaps = Vec::new();
    for (at @ (account, region), counted) in told {
        let held = held.remove(&(account, region)).unwrap_or_default();
        if held.findings != counted.findings || held.gaps != counted.gaps {
            let sum = |swept: &Swept| swept.findings.values().sum::<u64>() + swept.gaps;
            let why = troubles.get(at).map_or("a part of them was not kept", String::as_str);
            let (held, counted) = (sum(&held), sum(counted));
            let why = format!("{held} of {counted} findings are in this report: {why}");
            gaps.push(gap(&format!("{account}/{region}"), why));
        }
    }
    gaps
}

async fn read_part(files: &impl Files, key: &str) -> Result<(Part, usize), PortError> {
    let bytes = files.read(key).await?;
    let part = serde_json::from_slice(&bytes).map_err(|error| unreadable(key, error))?;
    Ok((part, bytes.len()))
}

/// The places whose findings here are not all in the store.
fn refused(told: &Told) -> impl Iterator<Item = Gap> {
    let refused = told.iter().filter(|(_, swept)| swept.refused > 0);
    refused.map(|((account, region), Swept { refused, .. })| {
        let why = format!(
            "Security Hub would not take {refused} findings or updates; the log of `sweep` says why"
        );
        gap(&format!("{account}/{region}"), why)
    })
}

/// Days of logs that roles are judged without, a line a place.
fn undigested(missed: &[Missed]) -> Vec<Gap> {
    let mut places: BTreeMap<(&str, &str), Vec<(Date, &Missed)>> = BTreeMap::new();
    for one in missed {
        let days = one.day.map(|day| (day, one));
        places.entry((&one.account, &one.region)).or_default().extend(days);
    }
    let said = |((account, region), days): (_, Vec<(Date, &Missed)>)| {
        let (last, Missed { error, cause, .. }) = days.iter().max_by_key(|(day, _)| *day)?;
        let count = days.len();
        let why =
            format!("{count} days of logs were not digested, the last {last}: {error}: {cause}");
        Some(gap(&format!("{account}/{region}"), why))
    };
    places.into_iter().filter_map(said).collect()
}

/// The open violations of nights before; a night of which there is no summary is left out.
async fn history(files: &impl Files, night: Date, posture: &mut Posture) {
    let nights = (1..=NIGHTS).map(|back| night.saturating_sub(back.days()));
    let reads = stream::iter(nights).map(|night| async move {
        let read = read_json::<Summary>(files, &format!("{}/summary.json", folder(night))).await;
        (night, read)
    });
    let mut reads = pin!(reads.buffer_unordered(READS));
    while let Some((night, read)) = reads.next().await {
        match read {
            Ok(summary) => {
                posture.history.push(Night { night, violations: by_severity(&summary.all) })
            }
            Err(error) if error.kind == Kind::Gone => {}
            Err(error) => posture.gaps.push(gap(&format!("the night of {night}"), error.advice())),
        }
    }
}

fn by_severity(swept: &Swept) -> BTreeMap<Severity, u64> {
    let named = |label: &str| Severity::ALL.into_iter().find(|one| one.label() == label);
    swept.findings.iter().filter_map(|(label, count)| Some((named(label)?, *count))).collect()
}

#[cfg(test)]
#[path = "night_report_tests.rs"]
mod tests;
