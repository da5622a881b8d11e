use jiff::Timestamp;
use report::{Exemption, Finding, Gap, Place, Posture, Rule, Status};
use scan::{Judged, Judgement, Tally};

use crate::scan::{Missed, Scanned};

/// What a scan saw, and what it did not, as reports tell it; first seen is not known to a scan.
pub(crate) fn posture(scanned: &[Scanned], missed: &[Missed]) -> Posture {
    let mut posture = Posture { at: Timestamp::now(), ..Posture::default() };
    for one in scanned {
        add(&mut posture, one);
    }
    let gap = |Missed { place, error }: &Missed| gap(of(place), error.advice());
    posture.gaps.extend(missed.iter().map(gap));
    posture.sort();
    posture
}

fn add(posture: &mut Posture, Scanned { place, round }: &Scanned) {
    let mut tally = Tally::default();
    for judged in &round.judged {
        tally.add(&judged.judgements);
        for (judgement, finding) in findings(judged) {
            posture.rules.entry(finding.rule.clone()).or_insert_with(|| rule(judgement.rule));
            posture.findings.push(finding);
        }
    }
    posture.places.push(Place {
        account: place.account.clone(),
        region: place.region.clone(),
        functions: round.judged.len() as u64,
        passed: tally.passed as u64,
    });
    let cut = round.cut_short.iter();
    let cut = cut.map(|why| gap(of(place), format!("the list of functions is incomplete: {why}")));
    posture.gaps.extend(cut);
    let unread = round.unread.iter().map(|(arn, error)| gap(arn.to_string(), error.advice()));
    posture.gaps.extend(unread);
}

fn findings(judged: &Judged) -> impl Iterator<Item = (&Judgement, Finding)> {
    judged.judgements.iter().filter_map(|judgement| {
        let status = match judgement.status()? {
            scan::Status::Failed => Status::Failed,
            scan::Status::NotAvailable => Status::Unknown,
            scan::Status::Passed => return None,
        };
        let tags = judged.function.tags.known();
        let exemption = judgement.exemption.as_ref().map(|one| Exemption {
            until: one.until,
            by: one.by.clone(),
            ticket: one.ticket.clone(),
        });
        let finding = Finding {
            rule: judgement.rule.id.to_owned(),
            severity: judgement.severity,
            function: judged.function.arn.clone(),
            owner: tags.and_then(report::owner).map(str::to_owned),
            status,
            first_seen: None,
            evidence: judgement.says(),
            exemption,
        };
        Some((judgement, finding))
    })
}

fn rule(rule: &rules::Rule) -> Rule {
    Rule {
        title: rule.title.to_owned(),
        why: rule.why.to_owned(),
        fix: rule.fix.to_owned(),
        source: rule.sources.first().map(|&source| source.to_owned()),
        requirements: rule.requirements().iter().map(|&one| one.to_owned()).collect(),
    }
}

fn of(place: &scan::Place) -> String {
    format!("{}/{}", place.account, place.region)
}

fn gap(of: String, why: String) -> Gap {
    Gap { of, why }
}
