use super::{
    head::{SEVERITIES, class},
    heading,
};
use crate::{Finding, Posture, Status, html::Html, ocsf::word, sarif::link};

/// Findings shown one by one; a browser bears no hundred thousand, nor does a reader.
const MOST: usize = 2_000;

/// Open violations, the worst first.
pub(super) fn open(page: &mut Html, posture: &Posture) {
    let all: Vec<&Finding> = posture.violations().collect();
    heading(page, "findings", "Open violations", all.len());
    if all.is_empty() {
        page.raw("<p class=\"empty\">None was seen.</p>");
    }
    let mut left = MOST;
    for severity in SEVERITIES {
        let some: Vec<&Finding> =
            all.iter().copied().filter(|one| one.severity == severity).collect();
        if some.is_empty() {
            continue;
        }
        page.raw("<h3><span class=\"dot ")
            .raw(class(severity))
            .raw("\"></span>")
            .raw(word(severity));
        page.raw(" <span class=\"count\">").number(some.len() as u64).raw("</span></h3>");
        rows(page, posture, &some, &mut left);
    }
    page.raw("</section>");
}

/// Judgements that could not be given.
pub(super) fn unknown(page: &mut Html, posture: &Posture) {
    let is_unknown = |one: &&Finding| one.status == Status::Unknown;
    let all: Vec<&Finding> = posture.findings.iter().filter(is_unknown).collect();
    heading(page, "unknown", "Could not be told", all.len());
    if all.is_empty() {
        page.raw("<p class=\"empty\">Every rule could see what it asked for.</p>");
    } else {
        let mut left = MOST;
        rows(page, posture, &all, &mut left);
    }
    page.raw("</section>");
}

fn rows(page: &mut Html, posture: &Posture, some: &[&Finding], left: &mut usize) {
    let shown = some.len().min(*left);
    *left -= shown;
    if shown > 0 {
        page.raw("<table class=\"findings\"><thead><tr><th class=\"who\">Function<th class=\"what\">What is wrong")
            .raw("<th class=\"owner\">Owner<th>First seen</tr></thead><tbody>");
        some.iter().take(shown).for_each(|one| row(page, posture, one));
        page.raw("</tbody></table>");
    }
    if shown < some.len() {
        page.raw("<p class=\"empty\">").number((some.len() - shown) as u64);
        page.raw(" more are not shown here; the JSON and CSV forms hold all.</p>");
    }
}

fn row(page: &mut Html, posture: &Posture, one: &Finding) {
    let rule = posture.rule(&one.rule);
    page.raw("<tr><td class=\"who\"><b title=\"").text(one.function.as_str()).raw("\">");
    page.text(one.function.name()).raw("</b><small>").text(one.function.account()).raw(" · ");
    page.text(one.function.region()).raw("</small><td class=\"what\"><details><summary>");
    page.text(&rule.title).raw(" <code>").text(&one.rule).raw("</code></summary>");
    if !rule.fix.is_empty() {
        page.raw("<p><b>Mend</b> ").text(&rule.fix).raw("</p>");
    }
    if !rule.why.is_empty() {
        page.raw("<p><b>Why</b> ").text(&rule.why).raw("</p>");
    }
    if let Some(address) = link(rule.source.as_deref()) {
        page.raw("<p><a rel=\"noreferrer\" href=\"").text(address).raw("\">");
        page.text(address).raw("</a></p>");
    }
    page.raw("</details><p class=\"saw\">").text(&one.evidence).raw("</p>");
    page.raw("<td data-name=\"Owner\">").text(one.owner.as_deref().unwrap_or("—"));
    page.raw("<td data-name=\"First seen\" class=\"day\">");
    match one.first_seen {
        Some(at) => page.text(&at.strftime("%F").to_string()),
        None => page.raw("—"),
    };
    page.raw("</tr>");
}
