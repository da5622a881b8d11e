//! Which facts can change a verdict at all.
//!
//! The adapter asks before it spends a call; where the answer is no it stores the fact as unknown,
//! with the words "not read". The rules ask the same questions first and then leave the fact
//! alone, so a disagreement between the two shows as a gap and never as a pass.

use model::{Exposure, Fact, Organization, Qualifier};

use crate::access::{Caller, Reach, Trust, grants};

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
