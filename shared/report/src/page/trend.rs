use std::collections::BTreeMap;

use model::Severity;

use super::head::{SEVERITIES, class};
use crate::{Posture, html::Html};

/// Nights shown; more would be thinner than a line.
const MOST: usize = 60;

/// Height of the drawing in its own units.
const HEIGHT: u64 = 120;

/// Width of a night with the gap beside it.
const STEP: u64 = 10;

/// Open violations by severity, night by night, this posture the last.
pub(super) fn trend(page: &mut Html, posture: &Posture) {
    if posture.history.is_empty() {
        return;
    }
    let today = posture.by_severity();
    let mut nights: Vec<(String, &BTreeMap<Severity, u64>)> =
        posture.history.iter().map(|one| (one.night.to_string(), &one.violations)).collect();
    nights.push((super::day(posture), &today));
    let nights: Vec<_> = nights.iter().rev().take(MOST).rev().collect();
    let total =
        |counts: &BTreeMap<Severity, u64>| counts.values().fold(0, |a, b| b.saturating_add(a));
    let most = nights.iter().map(|(_, counts)| total(counts)).max().unwrap_or_default().max(1);
    page.raw("<figure><figcaption>Open violations, night by night; at most <b>")
        .count(most)
        .raw("</b></figcaption><svg role=\"img\" aria-label=\"Open violations over time\" ")
        .raw("preserveAspectRatio=\"none\" viewBox=\"0 0 ")
        .number(nights.len() as u64 * STEP)
        .raw(" 120\">");
    for (index, (night, counts)) in nights.iter().enumerate() {
        page.raw("<g><title>").text(night).raw(": ").count(total(counts)).raw("</title>");
        let (mut below, x) = (0_u64, index as u64 * STEP + 1);
        for severity in SEVERITIES.into_iter().rev() {
            let count = counts.get(&severity).copied().unwrap_or_default();
            let (from, to) = (scaled(below, most), scaled(below.saturating_add(count), most));
            below = below.saturating_add(count);
            if to == from {
                continue;
            }
            page.raw("<rect class=\"").raw(class(severity)).raw("\" x=\"").number(x);
            page.raw("\" width=\"8\" y=\"").number(HEIGHT.saturating_sub(to));
            page.raw("\" height=\"").number(to - from).raw("\"/>");
        }
        page.raw("</g>");
    }
    page.raw("</svg><p class=\"axis\"><span>");
    if let Some((first, _)) = nights.first() {
        page.text(first);
    }
    page.raw("</span><span>").text(&super::day(posture)).raw("</span></p></figure>");
}

fn scaled(count: u64, most: u64) -> u64 {
    let height = u128::from(count) * u128::from(HEIGHT) / u128::from(most.max(1));
    u64::try_from(height).unwrap_or(HEIGHT)
}
