use model::Severity;

use super::day;
use crate::{Posture, Status, html::Html, ocsf::word};

/// The worst first.
pub(super) const SEVERITIES: [Severity; 5] = Severity::ALL;

/// The name of a severity as a class.
pub(super) fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Informational => "info",
    }
}

/// What there is to know in one sentence, and the way to the rest.
pub(super) fn header(page: &mut Html, posture: &Posture) {
    let open = posture.violations().count() as u64;
    let urgent = posture.violations().filter(|one| one.severity >= Severity::High).count() as u64;
    page.raw("<header><p class=\"brand\">lambda-warden</p><h1>Lambda posture <time>")
        .text(&day(posture))
        .raw("</time></h1><p class=\"lead\">");
    match open {
        0 => page.raw("No open violation"),
        _ => counted(page, open, " open violation", " open violations"),
    };
    if urgent > 0 {
        page.raw(", <b>").count(urgent).raw("</b> of them high or critical");
    }
    counted(page.raw(", in "), posture.functions(), " function", " functions").raw(" of ");
    counted(page, posture.places.len() as u64, " account and Region", " accounts and Regions");
    page.raw(".");
    let unknown = posture.findings.iter().any(|one| one.status == Status::Unknown);
    if unknown || !posture.gaps.is_empty() {
        page.raw(" <strong class=\"warn\">Not everything was read: the true number may be higher.")
            .raw("</strong>");
    }
    page.raw("</p><nav>");
    for (there, link) in [
        (!posture.gaps.is_empty(), "<a href=\"#gaps\">Not read</a>"),
        (open > 0, "<a href=\"#rules\">Rules</a><a href=\"#owners\">Owners</a>"),
        (true, "<a href=\"#findings\">Violations</a>"),
        (true, "<a href=\"#exemptions\">Exemptions</a>"),
        (true, "<a href=\"#unknown\">Could not be told</a>"),
        (!posture.roles.is_empty(), "<a href=\"#roles\">Roles</a>"),
        (true, "<a href=\"#places\">Coverage</a>"),
    ] {
        if there {
            page.raw(link);
        }
    }
    page.raw("</nav></header>");
}

fn counted<'a>(
    page: &'a mut Html,
    number: u64,
    one: &'static str,
    many: &'static str,
) -> &'a mut Html {
    page.raw("<b>").count(number).raw("</b>").raw(if number == 1 { one } else { many })
}

/// How many of each severity, and how they have changed since the night before.
pub(super) fn tiles(page: &mut Html, posture: &Posture) {
    let counts = posture.by_severity();
    let before = posture.history.last();
    page.raw("<section class=\"tiles\" aria-label=\"Open violations by severity\">");
    for severity in SEVERITIES {
        let now = counts.get(&severity).copied().unwrap_or_default();
        page.raw(if now == 0 { "<div class=\"tile none\"><b>" } else { "<div class=\"tile\"><b>" });
        page.count(now).raw("</b><span><i class=\"dot ").raw(class(severity)).raw("\"></i>");
        page.raw(word(severity)).raw("</span>");
        if let Some(night) = before {
            let then = night.violations.get(&severity).copied().unwrap_or_default();
            page.raw("<small>");
            match now.cmp(&then) {
                std::cmp::Ordering::Greater => page.raw("+").count(now - then),
                std::cmp::Ordering::Less => page.raw("−").count(then - now),
                std::cmp::Ordering::Equal => page.raw("±0"),
            };
            page.raw("</small>");
        }
        page.raw("</div>");
    }
    page.raw("</section>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finding, Gap};

    #[test]
    fn a_page_says_that_there_may_be_more() {
        let found = |status| Finding {
            rule: "role-admin".to_owned(),
            severity: Severity::High,
            function: "arn:aws:lambda:eu-west-1:111122223333:function:pay".parse().unwrap(),
            owner: None,
            status,
            first_seen: None,
            evidence: "seen".to_owned(),
            exemption: None,
        };
        let gap = Gap { of: "111122223333/eu-west-1".to_owned(), why: "denied".to_owned() };
        for (findings, gaps, expected) in [
            (vec![], vec![], false),
            (vec![found(Status::Failed)], vec![], false),
            (vec![found(Status::Failed), found(Status::Unknown)], vec![], true),
            (vec![], vec![gap], true),
        ] {
            let posture = Posture { findings, gaps, ..Posture::default() };
            let said = crate::html(&posture).contains("the true number may be higher");
            assert_eq!(said, expected, "{posture:?}");
        }
    }
}
