use std::{cmp::Reverse, collections::BTreeMap};

use jiff::{ToSpan, tz::TimeZone};

use super::{findings::Group, head::class, heading};
use crate::{Finding, Posture, Status, html::Html};

/// Days before an exemption ends in which it is marked.
const SOON: i32 = 14;

/// Rows of a list; the rest is in the other forms.
const MOST: usize = 500;

/// Rows of an overview.
const MOST_BARS: usize = 12;

/// What was not read.
pub(super) fn gaps(page: &mut Html, posture: &Posture) {
    if posture.gaps.is_empty() {
        return;
    }
    heading(page, "gaps", "Not read", posture.gaps.len());
    page.raw("<table class=\"warned\"><thead><tr><th>What<th>Why</tr></thead><tbody>");
    for gap in posture.gaps.iter().take(MOST) {
        page.raw("<tr><td><b>").text(&gap.of).raw("</b><td>").text(&gap.why).raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, posture.gaps.len());
    page.raw("</section>");
}

/// Open violations by rule, the worst first, and by owner, the most first.
pub(super) fn counts(page: &mut Html, posture: &Posture, groups: &[Group<'_>]) {
    if groups.is_empty() {
        return;
    }
    page.raw(
        "<div class=\"pair\"><section id=\"rules\"><h2>By rule</h2><table class=\"bars\"><tbody>",
    );
    let most = groups.iter().map(Group::count).max().unwrap_or_default();
    for group in groups.iter().take(MOST_BARS) {
        page.raw("<tr><td><span class=\"dot ")
            .raw(class(group.severity))
            .raw("\"></span><a href=\"#r");
        page.number(group.number).raw("\">").prose(&posture.rule(group.rule).title).raw("</a>");
        bar(page, group.count(), most);
    }
    page.raw("</tbody></table>");
    rest(page, groups.len(), MOST_BARS, " more stand among the violations below.");
    page.raw("</section><section id=\"owners\"><h2>By owner</h2><table class=\"bars\"><tbody>");
    let owners = owners(posture);
    let most = owners.first().map_or(1, |(_, count)| *count);
    for (name, count) in owners.iter().take(MOST_BARS) {
        page.raw("<tr><td>").text(name);
        bar(page, *count, most);
    }
    page.raw("</tbody></table>");
    rest(
        page,
        owners.len(),
        MOST_BARS,
        " more are not shown here; the JSON and CSV forms hold all.",
    );
    page.raw("</section></div>");
}

fn bar(page: &mut Html, count: u64, most: u64) {
    page.raw("<td><meter min=\"0\" max=\"").number(most).raw("\" value=\"").number(count);
    page.raw("\"></meter><td class=\"n\">").count(count).raw("</tr>");
}

fn owners(posture: &Posture) -> Vec<(&str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for one in posture.violations() {
        *counts.entry(one.owner.as_deref().unwrap_or("no owner named")).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| Reverse(count));
    counts
}

/// Violations somebody answers for, the next to end first.
pub(super) fn exemptions(page: &mut Html, posture: &Posture) {
    let exempt = |one: &'_ Finding| one.status == Status::Failed && one.exemption.is_some();
    let mut all: Vec<_> = posture
        .findings
        .iter()
        .filter(|one| exempt(one))
        .filter_map(|one| Some((one.exemption.as_ref()?, one)))
        .collect();
    all.sort_by_key(|(exemption, _)| exemption.until);
    heading(page, "exemptions", "Exemptions", all.len());
    if all.is_empty() {
        page.raw("<p class=\"empty\">No violation is exempt.</p></section>");
        return;
    }
    let today = posture.at.to_zoned(TimeZone::UTC).date();
    page.raw(
        "<table><thead><tr><th>Ends<th>Rule<th>Function<th>Answered for by</tr></thead><tbody>",
    );
    for (exemption, one) in all.iter().take(MOST) {
        let is_soon = exemption.until < today.saturating_add(SOON.days());
        page.raw("<tr><td class=\"day\">").text(&exemption.until.to_string());
        page.raw(if is_soon { " <strong class=\"warn\">soon</strong>" } else { "" });
        page.raw("<td><code>").text(&one.rule).raw("</code><td><b>").text(one.function.name());
        page.raw("</b> <small>").text(one.function.account()).raw(" · ");
        page.text(one.function.region()).raw("</small><td>");
        page.text(exemption.by.as_deref().unwrap_or("—"));
        if let Some(ticket) = &exemption.ticket {
            page.raw(" <small>").text(ticket).raw("</small>");
        }
        page.raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, all.len());
    page.raw("</section>");
}

/// What roles are granted, and what becomes of it; the most unused first.
pub(super) fn roles(page: &mut Html, posture: &Posture) {
    if posture.roles.is_empty() {
        return;
    }
    heading(page, "roles", "Roles", posture.roles.len());
    page.raw(
        "<table class=\"roles\"><thead><tr><th>Role<th class=\"n\">Granted<th class=\"n\">Used",
    )
    .raw("<th class=\"n\">Unused<th class=\"n\">Cannot be told</tr></thead><tbody>");
    for role in posture.roles.iter().take(MOST) {
        page.raw("<tr><td><b>").text(role.role.rsplit('/').next().unwrap_or_default());
        page.raw("</b><small>")
            .text(&role.role)
            .raw("</small><td class=\"n\" data-name=\"Granted\">");
        page.count(role.granted).raw("<td class=\"n\" data-name=\"Used\">").count(role.used);
        page.raw("<td class=\"n\" data-name=\"Unused\">").number(role.unused);
        page.raw("<td class=\"n\" data-name=\"Cannot be told\">").number(role.unverifiable);
        page.raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, posture.roles.len());
    page.raw("</section>");
}

/// What was read.
pub(super) fn places(page: &mut Html, posture: &Posture) {
    heading(page, "places", "Coverage", posture.places.len());
    page.raw("<table class=\"places\"><thead><tr><th>Account<th>Region<th class=\"n\">Functions")
        .raw("<th class=\"n\">Checks passed</tr></thead><tbody>");
    for place in posture.places.iter().take(MOST) {
        page.raw("<tr><td><b>").text(&place.account).raw("</b><td>").text(&place.region);
        page.raw("<td class=\"n\" data-name=\"Functions\">").count(place.functions);
        page.raw("<td class=\"n\" data-name=\"Checks passed\">").count(place.passed);
        page.raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, posture.places.len());
    page.raw("</section>");
}

fn more(page: &mut Html, all: usize) {
    rest(page, all, MOST, " more are not shown here; the JSON form holds all.");
}

fn rest(page: &mut Html, all: usize, shown: usize, words: &'static str) {
    if all > shown {
        page.raw("<p class=\"empty\">").count((all - shown) as u64).raw(words).raw("</p>");
    }
}
