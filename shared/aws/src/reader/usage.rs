//! The calls made with a role, out of the ledger and of IAM's own records.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};

use aws_sdk_iam::Client;
use jiff::{Timestamp, tz::TimeZone};
use model::{Call, CallOutcome, Fact, FunctionArn, Role, RoleState, RoleUsage, RoleUser};
use scan::{Place, PortError, Window, repair::Lesson, usage_of};
use tokio::{sync::Mutex, time::Instant};

use super::{NOT_READ, Reader, accessed, fact};
use crate::{Digests, why};

/// What is said where no ledger is given.
pub(crate) const NO_LEDGER: &str =
    "no ledger of CloudTrail usage is given: make one with `warden digest`, or set TrailBucket";

/// Ledgers that were read before. One that has the window's last day is the same all day; another may
/// be written any moment.
pub(crate) struct Usage {
    ledger: Digests,
    days: u16,
    accounts: Mutex<HashMap<String, (Window, Arc<trail::Ledger>)>>,
    lessons: Mutex<HashMap<String, Learnt>>,
}

/// When they were read, and what.
type Learnt = (Instant, Arc<Vec<Lesson>>);

/// Denied calls are few, and soon to be known.
const LESSONS_LAST: Duration = Duration::from_secs(60);

impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Usage").field("ledger", &self.ledger).field("days", &self.days).finish()
    }
}

impl Usage {
    /// Looks back `days`, which end yesterday.
    pub(crate) fn new(ledger: Digests, days: u16) -> Self {
        Self { ledger, days, accounts: Mutex::default(), lessons: Mutex::default() }
    }

    /// What denied calls have taught of the account's roles.
    async fn lessons(&self, account: &str) -> Result<Arc<Vec<Lesson>>, PortError> {
        let mut lessons = self.lessons.lock().await;
        if let Some((_, known)) = lessons.get(account).filter(|(at, _)| at.elapsed() < LESSONS_LAST)
        {
            return Ok(known.clone());
        }
        let read = Arc::new(self.ledger.lessons(account).await?);
        lessons.insert(account.to_owned(), (Instant::now(), read.clone()));
        Ok(read)
    }

    /// What is known of the account.
    async fn of_account(&self, account: &str) -> Result<Arc<trail::Ledger>, PortError> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let window = Window::before(today, self.days);
        // Held while the ledger is read, so that two askers do not read it twice.
        let mut accounts = self.accounts.lock().await;
        if let Some((_, known)) = accounts.get(account).filter(|(of, _)| *of == window) {
            return Ok(known.clone());
        }
        let (read, damaged) = usage_of(&self.ledger, account, window).await?;
        for item in damaged {
            tracing::warn!(
                item = item.to_string(),
                "a digest is damaged: its day counts as not seen"
            );
        }
        let read = Arc::new(read);
        if read.last_day(account) == Some(window.to) {
            accounts.insert(account.to_owned(), (window, read.clone()));
        }
        Ok(read)
    }
}

/// The calls made with the role of functions in `place`.
///
/// * `users`: who has it, by which sessions are told apart.
pub(crate) async fn of_role(
    reader: &Reader,
    place: &Place,
    role: &Fact<RoleState>,
    users: &Fact<Arc<Vec<RoleUser>>>,
) -> Fact<Arc<RoleUsage>> {
    let Some(usage) = &reader.usage else { return Fact::unknown(NO_LEDGER) };
    let role = match role {
        Fact::Known(RoleState::Present(role)) => role,
        Fact::Known(RoleState::Missing) => return Fact::unknown(NOT_READ),
        Fact::Unknown { unknown } => return Fact::unknown(unknown),
    };
    let ledger = match usage.of_account(&place.account).await {
        Ok(ledger) => ledger,
        Err(error) => return super::unknown(&error),
    };
    let functions = users
        .known()
        .map(|users| users.iter().map(|user| user.arn.clone()).collect::<BTreeSet<FunctionArn>>());
    let lessons = match usage.lessons(&place.account).await {
        Ok(lessons) => lessons,
        Err(error) => return super::unknown(&error),
    };
    let mut usage = ledger.usage(&role.arn, role.id.as_deref(), functions.as_ref());
    learn(&mut usage, &role.arn, &lessons);
    if witness_matters(role, &usage) {
        usage.last_accessed = match reader.cloud.iam(place).await {
            Ok(iam) => last_accessed(&iam, &role.arn).await,
            Err(error) => Fact::unknown(why(&error)),
        };
    }
    Fact::Known(Arc::new(usage))
}

/// Adds the denied calls of the role that a repair was taken back for, while the window lasts.
fn learn(usage: &mut RoleUsage, role: &str, lessons: &[Lesson]) {
    let of_role = lessons.iter().filter(|lesson| lesson.role == role);
    let calls = of_role.flat_map(|lesson| &lesson.calls);
    let from = usage.from;
    let is_in_window = |call: &&Call| call.last.to_zoned(TimeZone::UTC).date() >= from;
    usage.calls.extend(calls.filter(is_in_window).cloned());
}

async fn last_accessed(iam: &Client, role: &str) -> Fact<accessed::Accessed> {
    fact(accessed::services(iam, role, Duration::from_millis(200)).await)
}

/// Whether IAM's own record can say more than the trail: only of a service that the role may use
/// and was not seen to use.
fn witness_matters(role: &Role, usage: &RoleUsage) -> bool {
    let used = usage.calls.iter().filter(|call| call.outcome == CallOutcome::Ok);
    let used = used.filter_map(|call| call.action.as_deref()?.split(':').next());
    let used: BTreeSet<&str> = used.collect();
    let Some(policies) = role.policies.known() else { return false };
    let statements = policies.iter().flat_map(|policy| &policy.document.statements);
    let granting = statements.filter(|statement| statement.effect == iam::Effect::Allow);
    granting.into_iter().any(|statement| match &statement.actions {
        iam::Actions::Except(_) => true,
        iam::Actions::Only(actions) => actions.iter().any(|action| {
            let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
            service.contains(['*', '?']) || !used.contains(service.as_str())
        }),
    })
}
