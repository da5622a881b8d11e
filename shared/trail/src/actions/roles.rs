//! Roles anywhere in the parameters of a call.

use std::borrow::Cow;

use memchr::memmem;

use crate::resources::is_plain;
use crate::{Event, Raw};

/// The ARN of every role of the caller's account that `parameters` names where a role is named.
///
/// Which role a call passes on differs from call to call in name and place only; that it must be
/// of the caller's account does not.
pub(super) fn roles<'a>(event: &Event<'a>, parameters: Raw<'a>) -> Vec<Cow<'a, str>> {
    let mut found = Vec::new();
    if memmem::find(parameters.bytes(), b":role/").is_some() {
        search(event, parameters, false, &mut found);
    }
    found
}

fn search<'a>(event: &Event<'a>, raw: Raw<'a>, is_role: bool, found: &mut Vec<Cow<'a, str>>) {
    match raw.bytes().first() {
        Some(b'{') => {
            for (name, value) in raw.members() {
                search(event, value, name.as_str().is_some_and(names_a_role), found);
            }
        }
        Some(b'[') => raw.items().for_each(|item| search(event, item, is_role, found)),
        Some(b'"') if is_role => {
            let text = raw.text().filter(|text| is_role_of(text, event.account));
            found.extend(text.filter(|text| !found.contains(text)));
        }
        _ => {}
    }
}

fn names_a_role(key: &str) -> bool {
    key.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"role"))
}

fn is_role_of(arn: &str, account: &str) -> bool {
    let mut fields = arn.splitn(6, ':').skip(2);
    fields.next() == Some("iam")
        && fields.nth(1) == Some(account)
        && fields.next().is_some_and(|resource| resource.starts_with("role/") && is_plain(resource))
}
