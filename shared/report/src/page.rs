//! One self-contained page: no script, no network, nothing to trust but itself.

mod findings;
mod head;
mod lists;
mod trend;

use crate::{Posture, html::Html};

/// The page's look; it stands in the page, for the page loads nothing.
const STYLE: &str = concat!("<style>", include_str!("page/style.css"), "</style>");

/// A page for people: the posture with everything that is not known of it.
pub fn html(posture: &Posture) -> String {
    let mut page = Html::default();
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        // Even a mistake of ours could load or run nothing.
        .raw("<meta http-equiv=\"Content-Security-Policy\" ")
        .raw("content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">")
        .raw("<title>Lambda posture, ")
        .text(&day(posture))
        .raw("</title>")
        .raw(STYLE)
        .raw("</head>\n<body>");
    head::header(&mut page, posture);
    page.raw("<main>");
    head::tiles(&mut page, posture);
    trend::trend(&mut page, posture);
    lists::gaps(&mut page, posture);
    let groups = findings::groups(posture);
    lists::counts(&mut page, posture, &groups);
    findings::open(&mut page, posture, &groups);
    lists::exemptions(&mut page, posture);
    findings::unknown(&mut page, posture);
    lists::roles(&mut page, posture);
    lists::places(&mut page, posture);
    page.raw("</main><footer>Written by lambda-warden at ")
        .text(&posture.at.strftime("%FT%TZ").to_string())
        .raw(
            ". Facts that could not be read are never counted as passed.</footer></body></html>\n",
        );
    page.finish()
}

fn day(posture: &Posture) -> String {
    posture.at.strftime("%F").to_string()
}

/// A heading with how many stand below it, as something to link to.
fn heading(page: &mut Html, id: &'static str, title: &'static str, count: usize) {
    page.raw("<section id=\"").raw(id).raw("\"><h2>").raw(title).raw(" <span class=\"count\">");
    page.count(count as u64).raw("</span></h2>");
}
