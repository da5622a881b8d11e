//! Passwords in addresses.

use crate::{
    kind::{Kind, URL_PASSWORD},
    shape::placeholder,
};

/// Whether an address in `value` carries a password: `postgres://app:…@db/shop`, and the form of
/// Go's MySQL driver, `app:…@tcp(db:3306)/shop`.
pub(crate) fn password(value: &str) -> Option<Kind> {
    if !value.contains('@') {
        return None;
    }
    let urls = value.match_indices("://").filter_map(|(at, mark)| value.get(at + mark.len()..));
    let users = urls.filter_map(user_of).chain(DRIVERS.iter().filter_map(|mark| {
        let before = value.split_once(mark)?.0;
        before.rsplit([' ', '"', '\'', '=']).next()
    }));
    let mut passwords = users
        .filter_map(|user| user.split_once(':'))
        .map(|(_, password)| password)
        .chain(oracle(value));
    passwords.any(real).then_some(URL_PASSWORD)
}

/// What stands before the `@` of the host in `address`.
///
/// People forget to encode `/`, `?` and `#` in passwords: where the proper place for a host holds
/// `user:` and no port, the `@` may come later.
fn user_of(address: &str) -> Option<&str> {
    let address = address.split([' ', '"', '\'', '\n', '\\']).next()?;
    let authority = address.split(['/', '?', '#']).next()?;
    if let Some((user, _)) = authority.rsplit_once('@') {
        return Some(user);
    }
    let port = authority.rsplit_once(':')?.1;
    let (user, host) = address.split_once('@')?;
    let host = host.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    (host && !port.bytes().all(|b| b.is_ascii_digit())).then_some(user)
}

/// Whether `password` is one, and no place to be filled in. `%40` is an encoded `@`, but `%s` a
/// place.
fn real(password: &str) -> bool {
    let place = password.starts_with(['$', ':']) || matches!(password, "%s" | "%v" | "");
    !place && !placeholder(password)
}

/// `user/password` in `jdbc:oracle:thin:user/password@host`.
fn oracle(value: &str) -> Option<&str> {
    let user = value.strip_prefix(ORACLE)?.split_once('@')?.0;
    user.split_once('/').map(|(_, password)| password)
}

const ORACLE: &str = "jdbc:oracle:thin:";

const DRIVERS: [&str; 2] = ["@tcp(", "@unix("];
