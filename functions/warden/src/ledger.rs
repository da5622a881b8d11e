use std::collections::BTreeSet;

use aws::Digests;
use jiff::civil::Date;
use scan::{Ledger as _, Window, usage_of};
use trail::Row;

use crate::exit::Failure;

/// The digests of some days.
pub(crate) struct Loaded {
    /// One an account.
    pub(crate) accounts: Vec<trail::Ledger>,
    /// The first day there is a digest of.
    pub(crate) first: Option<Date>,
    /// The last.
    pub(crate) last: Option<Date>,
    /// How many there are.
    pub(crate) digests: usize,
    /// Those among them that are damaged: their days count as not digested.
    pub(crate) unread: Vec<String>,
}

/// Reads the digests of `accounts`, or of all, in `window`.
///
/// # Errors
/// A list or a digest cannot be read, or there is none: nothing seen is not nothing done.
pub(crate) async fn load(
    digests: &Digests,
    named: &str,
    accounts: BTreeSet<String>,
    window: Window,
) -> Result<Loaded, Failure> {
    let accounts = if accounts.is_empty() { digests.accounts().await? } else { accounts };
    let mut loaded =
        Loaded { accounts: Vec::new(), first: None, last: None, digests: 0, unread: Vec::new() };
    for account in &accounts {
        let written = digests.written(account, window.from, window.to).await?;
        let days = written.keys().map(|item| item.day);
        loaded.first = loaded.first.into_iter().chain(days.clone()).min();
        loaded.last = loaded.last.into_iter().chain(days).max();
        loaded.digests += written.len();
        let (ledger, damaged) = usage_of(digests, account, window).await?;
        loaded.accounts.push(ledger);
        for item in damaged {
            eprintln!("warden: the digest of {item} is damaged; make it anew with `warden digest`");
            loaded.unread.push(item.to_string());
        }
    }
    if loaded.digests == 0 {
        let whose = accounts.into_iter().collect::<Vec<_>>().join(", ");
        let of = if whose.is_empty() { String::new() } else { format!(" of {whose}") };
        return Err(Failure::Usage(format!(
            "`{named}` has no digest{of} in these days; make them with `warden digest --to {named}`"
        )));
    }
    Ok(loaded)
}

impl Loaded {
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        self.accounts.iter().flat_map(trail::Ledger::rows)
    }

    /// ARNs of the roles that made a call.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().flat_map(trail::Ledger::roles).map(|(arn, _)| arn)
    }

    /// What was read, for a reader of the table.
    pub(crate) fn words(&self) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        format!("{} digests, {} to {}.", self.digests, day(self.first), day(self.last))
    }
}
