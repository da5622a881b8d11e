use std::collections::BTreeMap;

use jiff::{ToSpan, tz::TimeZone};

use super::heading;
use crate::{Finding, Posture, Status, html::Html};

/// Days before an exemption ends in which it is marked.
const SOON: i32 = 14;

/// Rows of a list; the rest is in the other forms.
const MOST: usize = 500;

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

/// Open violations by rule and by owner, the most first.
pub(super) fn counts(page: &mut Html, posture: &Posture) {
    if posture.violations().next().is_none() {
        return;
    }
    page.raw("<div class=\"pair\">");
    heading_of_counts(page, "rules", "By rule");
    bars(page, posture, |one| one.rule.as_str());
    heading_of_counts(page, "owners", "By owner");
    bars(page, posture, |one| one.owner.as_deref().unwrap_or("no owner named"));
    page.raw("</div>");
}

fn heading_of_counts(page: &mut Html, id: &'static str, title: &'static str) {
    page.raw("<section id=\"").raw(id).raw("\"><h2>").raw(title).raw("</h2>");
}

fn bars<'a>(page: &mut Html, posture: &'a Posture, of: impl Fn(&'a Finding) -> &'a str) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    posture.violations().for_each(|one| *counts.entry(of(one)).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let most = counts.first().map_or(1, |(_, count)| *count);
    page.raw("<table class=\"bars\"><tbody>");
    for (name, count) in counts.iter().take(MOST) {
        page.raw("<tr><td>").text(name).raw("<td><meter min=\"0\" max=\"").number(most);
        page.raw("\" value=\"").number(*count).raw("\"></meter><td class=\"n\">").number(*count);
        page.raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, counts.len());
    page.raw("</section>");
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
        page.number(role.granted).raw("<td class=\"n\" data-name=\"Used\">").number(role.used);
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
        page.raw("<td class=\"n\" data-name=\"Functions\">").number(place.functions);
        page.raw("<td class=\"n\" data-name=\"Checks passed\">").number(place.passed);
        page.raw("</tr>");
    }
    page.raw("</tbody></table>");
    more(page, posture.places.len());
    page.raw("</section>");
}

fn more(page: &mut Html, all: usize) {
    if all > MOST {
        page.raw("<p class=\"empty\">").number((all - MOST) as u64);
        page.raw(" more are not shown here; the JSON form holds all.</p>");
    }
}
