use ::scan::{Before, Parts, Tally};
use jiff::Timestamp;
use model::Baseline;
use report::{Gap, Place, Posture};

use crate::scan::{Missed, Scanned};

/// What a scan saw, and what it did not, as reports tell it; first seen is not known to a scan.
pub(crate) fn posture(scanned: &[Scanned], missed: &[Missed], baseline: &Baseline) -> Posture {
    let mut posture = Posture { at: Timestamp::now(), ..Posture::default() };
    for one in scanned {
        add(&mut posture, one, baseline);
    }
    let gap = |Missed { place, error }: &Missed| gap(place.to_string(), error.advice());
    posture.gaps.extend(missed.iter().map(gap));
    posture.sort();
    posture
}

fn add(posture: &mut Posture, Scanned { place, round }: &Scanned, baseline: &Baseline) {
    let (mut tally, mut parts) = (Tally::default(), Parts::new(baseline));
    for judged in &round.judged {
        tally.add(&judged.judgements);
        parts.add(judged, |_| Before::default());
    }
    parts.take().add_to(posture);
    posture.places.push(Place {
        account: place.account.clone(),
        region: place.region.clone(),
        functions: round.judged.len() as u64,
        passed: tally.passed as u64,
    });
    let cut = round.cut_short.iter();
    let cut = cut
        .map(|why| gap(place.to_string(), format!("the list of functions is incomplete: {why}")));
    posture.gaps.extend(cut);
    let unread = round.unread.iter().map(|(arn, error)| gap(arn.to_string(), error.advice()));
    posture.gaps.extend(unread);
}

fn gap(of: String, why: String) -> Gap {
    Gap { of, why }
}
