use model::{Context, Evidence, Exposure, Gap, Outcome, Severity, Snapshot, Url, Verdict};

use crate::{
    Family, Rule,
    exposure::{POLICY, each},
    needs::{Unsigned, unsigned},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "url-cors-open",
    family: Family::Exposure,
    title: "Every website may read what an unsigned function URL answers",
    severity: Severity::Medium,
    why: "CORS keeps nobody from calling a URL: it tells browsers whose scripts may read the answer. \
          With `*` any page a person visits can call the URL from inside his network, from his \
          address, and read what comes back; where credentials are allowed as well, whoever built the \
          function meant it to know the person by his cookies.",
    fix: "List in `AllowOrigins` the origins of your own pages, with scheme and port, and leave \
          `AllowCredentials` off unless the pages need cookies. If the answer is public anyway and the \
          function looks at no cookie and no address, exempt it.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors",
        "https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html",
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/url-cors-open.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let open = each(function, open)?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("Cors", listed(&open)) })
}

/// Asked only of URLs that can be called unsigned: who must sign has more than an origin to show.
fn open(exposure: &Exposure) -> Result<Vec<String>, Gap> {
    let answer = unsigned(exposure);
    if answer == Unsigned::No {
        return Ok(Vec::new());
    }
    let Some(url) = exposure.url.get("function URL")? else { return Ok(Vec::new()) };
    let Some(origin) = url.origins.iter().find(|origin| is_any(origin)) else {
        return Ok(Vec::new());
    };
    match answer {
        _ if !url.unsigned => Ok(Vec::new()),
        Unsigned::Unclear(why) => Err(Gap { fact: POLICY, why }),
        _ => Ok(vec![sentence(url, origin)]),
    }
}

/// `*`, or a wildcard in place of the whole host. `null` is the origin of any sandboxed frame.
fn is_any(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.starts_with('*') && !host.contains('.') || origin == "null"
}

fn sentence(url: &Url, origin: &str) -> String {
    let credentials = if url.credentials { " and `AllowCredentials` is on," } else { "" };
    format!("`AllowOrigins` has `{origin}`{credentials} on a URL that needs no signature")
}
