use std::{cmp::Reverse, collections::BTreeMap};

use model::Severity;

use super::{
    head::{SEVERITIES, class},
    heading,
};
use crate::{Finding, Posture, Status, html::Html, ocsf::word, sarif::link};

/// Functions shown below a rule: every rule is there with its true count, and a browser bears the
/// page.
const MOST: usize = 100;

/// What one rule says of many functions.
pub(super) struct Group<'a> {
    /// What a link to it is called.
    pub(super) number: u64,
    pub(super) severity: Severity,
    pub(super) rule: &'a str,
    findings: Vec<&'a Finding>,
}

impl Group<'_> {
    pub(super) fn count(&self) -> u64 {
        self.findings.len() as u64
    }
}

/// Open violations by rule: the worst first, and of those the most frequent.
pub(super) fn groups(posture: &Posture) -> Vec<Group<'_>> {
    grouped(posture.violations())
}

fn grouped<'a>(some: impl Iterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut by_rule: BTreeMap<(Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    some.for_each(|one| {
        by_rule.entry((Reverse(one.severity), one.rule.as_str())).or_default().push(one);
    });
    let mut groups: Vec<_> = by_rule.into_iter().collect();
    groups.sort_by_key(|((severity, _), findings)| (*severity, Reverse(findings.len())));
    (1..)
        .zip(groups)
        .map(|(number, ((Reverse(severity), rule), findings))| Group {
            number,
            severity,
            rule,
            findings,
        })
        .collect()
}

/// Open violations, the worst first.
pub(super) fn open(page: &mut Html, posture: &Posture, groups: &[Group<'_>]) {
    heading(page, "findings", "Open violations", posture.violations().count());
    if groups.is_empty() {
        page.raw("<p class=\"empty\">None was seen.</p>");
    }
    for severity in SEVERITIES {
        let some: Vec<_> = groups.iter().filter(|one| one.severity == severity).collect();
        if some.is_empty() {
            continue;
        }
        page.raw("<h3><span class=\"dot ")
            .raw(class(severity))
            .raw("\"></span>")
            .raw(word(severity));
        page.raw(" <span class=\"count\">").count(some.iter().map(|one| one.count()).sum());
        page.raw("</span></h3>");
        table(page, posture, &some, "What was seen", true);
    }
    page.raw("</section>");
}

/// Judgements that could not be given.
pub(super) fn unknown(page: &mut Html, posture: &Posture) {
    let is_unknown = |one: &&Finding| one.status == Status::Unknown;
    let groups = grouped(posture.findings.iter().filter(is_unknown));
    let all: u64 = groups.iter().map(Group::count).sum();
    heading(page, "unknown", "Could not be told", usize::try_from(all).unwrap_or(usize::MAX));
    if groups.is_empty() {
        page.raw("<p class=\"empty\">Every rule could see what it asked for.</p>");
    } else {
        table(page, posture, &groups.iter().collect::<Vec<_>>(), "Why", false);
    }
    page.raw("</section>");
}

fn table(
    page: &mut Html,
    posture: &Posture,
    groups: &[&Group<'_>],
    evidence: &'static str,
    is_linked: bool,
) {
    page.raw("<table class=\"findings\"><thead><tr><th class=\"who\">Function<th class=\"what\">")
        .raw(evidence)
        .raw("<th class=\"owner\">Owner<th>First seen</tr></thead>");
    for group in groups {
        page.raw("<tbody><tr class=\"rule\"><th colspan=\"4\" scope=\"rowgroup\"");
        if is_linked {
            page.raw(" id=\"r").number(group.number).raw("\"");
        }
        page.raw(">");
        rule(page, posture, group);
        page.raw("</tr>");
        group.findings.iter().take(MOST).for_each(|one| row(page, one));
        if let Some(more) = group.findings.len().checked_sub(MOST).filter(|&more| more > 0) {
            page.raw("<tr><td colspan=\"4\" class=\"more\">").count(more as u64);
            page.raw(" more are not shown here; the JSON and CSV forms hold all.</tr>");
        }
        page.raw("</tbody>");
    }
    page.raw("</table>");
}

/// What is wrong, said once for all the functions below it.
fn rule(page: &mut Html, posture: &Posture, group: &Group<'_>) {
    let rule = posture.rule(group.rule);
    page.raw("<details><summary><b>").prose(&rule.title).raw("</b> <code>").text(group.rule);
    page.raw("</code> <span class=\"count\">").count(group.count()).raw("</span></summary>");
    if !rule.fix.is_empty() {
        page.raw("<p><b>Mend</b> ").prose(&rule.fix).raw("</p>");
    }
    if !rule.why.is_empty() {
        page.raw("<p><b>Why</b> ").prose(&rule.why).raw("</p>");
    }
    if let Some(address) = link(rule.source.as_deref()) {
        page.raw("<p><a rel=\"noreferrer\" href=\"").text(address).raw("\">");
        page.text(address).raw("</a></p>");
    }
    page.raw("</details>");
}

fn row(page: &mut Html, one: &Finding) {
    page.raw("<tr><td class=\"who\"><b title=\"").text(one.function.as_str()).raw("\">");
    page.text(one.function.name()).raw("</b><small>").text(one.function.account()).raw(" · ");
    page.text(one.function.region()).raw("</small><td class=\"what\">").prose(&one.evidence);
    page.raw("<td data-name=\"Owner\">").text(one.owner.as_deref().unwrap_or("—"));
    page.raw("<td data-name=\"First seen\" class=\"day\">");
    match one.first_seen {
        Some(at) => page.text(&at.strftime("%F").to_string()),
        None => page.raw("—"),
    };
    page.raw("</tr>");
}
