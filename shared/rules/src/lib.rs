//! The rules, the one list of them, and the baseline that tunes them.

mod access;
mod account;
mod asynchronous;
pub mod baseline;
mod calendar;
mod controls;
mod days;
mod endpoints;
mod escalation;
mod exemption;
mod exposure;
mod find;
mod layers;
mod nearest;
mod needs;
mod network;
mod page;
mod repairable;
mod role;
mod rule;
mod rules;
mod runtime;
mod sources;
mod survey;
#[cfg(test)]
mod tests;
mod words;

pub use account::{ACCOUNT_RULES, AccountRule, COVERAGE_GAP};
pub use asynchronous::failure_path_matters;
pub use calendar::{CalendarError, calendar};
pub use controls::Control;
pub use exemption::{Exemption, OptOut, Reading, exemption, opt_outs};
pub use find::{UnknownRule, find};
pub use nearest::did_you_mean;
pub use needs::{destinations_matter, may_send, url_matters};
pub use page::page;
pub use repairable::{REPAIRABLE, most_automatic};
pub use rule::{Family, Rule};
pub use rules::{BY_LEDGER, BY_WISH, RULES, is_on, least_confidence, most_users, usage_settings};
pub use runtime::runtime_update_matters;
pub use survey::{BY_SURVEY, FORTNIGHT, QUARTER, Wanted, wanted, wanted_alone};
