//! Which facts can change a verdict at all.
//!
//! The adapter asks before it spends a call; where the answer is no it stores the fact as unknown,
//! with the words "not read". The rules ask the same questions first and then leave the fact
//! alone, so a disagreement between the two shows as a gap and never as a pass.

use iam::{Grant, Resources};
use model::{Exposure, Fact, Organization, Qualifier, RoleState};

use crate::access::{Caller, Reach, Trust, grants};
use crate::role;

/// What an unsigned request needs, and what only such a request can use.
const CALL_BY_URL: &str = "lambda:InvokeFunctionUrl";

/// Whether `ListFunctionUrlConfigs` can change a verdict: only if some policy, of the function or
/// of a qualifier, lets someone without a signature use a URL. A URL with `AuthType` `NONE` answers
/// 403 to everyone where it does not. True where a policy could not be read.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub fn url_matters(function: &Exposure, qualifiers: &Fact<Vec<Qualifier>>) -> bool {
    let Some(qualifiers) = qualifiers.known() else { return true };
    let exposures = [function].into_iter().chain(qualifiers.iter().map(|q| &q.exposure));
    exposures.map(unsigned).any(|answer| answer != Unsigned::No)
}

/// What Lambda calls with the execution role to hand an event to a destination.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
const SENDING: [&str; 5] =
    ["events:PutEvents", "lambda:InvokeFunction", "s3:PutObject", "sns:Publish", "sqs:SendMessage"];

/// Whether the destinations of a function with this role can change a verdict: only if the role
/// may send to something outside `account`, its own. Without the right to send, a destination
/// that is configured gets nothing.
///
/// A bucket's ARN holds no account: `s3:PutObject` counts unless a condition holds the bucket to
/// the account. True where the role could not be read, false where it is gone.
pub fn destinations_matter(role: &Fact<RoleState>, account: &str) -> bool {
    let Some(state) = role.known() else { return true };
    let Some(role) = role::present(state) else { return false };
    let Some(policies) = role.policies.known() else { return true };
    // A boundary that could not be read takes nothing away here.
    let boundary = role.boundary.known().and_then(Option::as_ref);
    let grants = role::grants(policies, boundary);
    let mut sending = SENDING.into_iter().flat_map(|action| grants.allows(action));
    sending.any(|grant| leaves(&grant, account))
}

/// Whether a function with this role may send to any destination at all, so that what is configured
/// is a need of the role. True where the role could not be read, false where it is gone.
pub fn may_send(role: &Fact<RoleState>) -> bool {
    let Some(state) = role.known() else { return true };
    let Some(role) = role::present(state) else { return false };
    let Some(policies) = role.policies.known() else { return true };
    let grants = role::grants(policies, role.boundary.known().and_then(Option::as_ref));
    SENDING.into_iter().any(|action| !grants.allows(action).is_empty())
}

/// Whether a grant reaches a resource of another account.
fn leaves(grant: &Grant<'_>, account: &str) -> bool {
    let elsewhere = |pattern: &str| pattern.split(':').nth(4) != Some(account);
    let within = |set: &&Resources| match set {
        Resources::Only(patterns) => patterns.iter().any(|pattern| elsewhere(pattern)),
        Resources::Except(_) => true,
    };
    let held = grant.conditions.iter().any(|condition| {
        let key = condition.key.to_ascii_lowercase();
        let of_account = ["aws:resourceaccount", "s3:resourceaccount"].contains(&key.as_str());
        let ours = condition.values.iter().all(|value| value == account);
        of_account && ours && role::asks_for_value(condition)
    });
    let bounded = !grant.bounded.is_empty() && !grant.bounded.iter().any(within);
    elsewhere(grant.resource) && !bounded && !held
}

/// Whether a policy lets someone without a signature use the URL beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// It does, and the statement that says so.
    Yes(String),
    /// It does not, or only from a fixed network.
    No,
    /// Cannot be told, and why.
    Unclear(String),
}

/// Asks one policy. Nobody's account or organisation plays a part: who does not sign has none.
pub(crate) fn unsigned(exposure: &Exposure) -> Unsigned {
    let policy = match &exposure.policy {
        Fact::Known(Some(policy)) => policy,
        Fact::Known(None) => return Unsigned::No,
        Fact::Unknown { unknown } => return Unsigned::Unclear(unknown.clone()),
    };
    let trust = Trust { account: "", organization: &Organization::default() };
    let mut answer = Unsigned::No;
    for grant in grants(policy, CALL_BY_URL, Caller::Unsigned, &trust) {
        match grant.reach {
            Reach::Anyone => return Unsigned::Yes(grant.statement),
            Reach::Unclear(why) => {
                answer = Unsigned::Unclear(format!("{}: {why}", grant.statement));
            }
            // An unsigned caller is in no account; a statement that names one lets in nobody.
            Reach::Trusted | Reach::Outside(_) => {}
        }
    }
    answer
}

#[cfg(test)]
mod tests;
