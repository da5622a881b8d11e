use std::{collections::BTreeSet, future::Future};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use model::{FunctionArn, Snapshot};

use crate::{Finding, Observed, PortError, WorkflowUpdate};

/// One account in one Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`
    pub region: String,
}

impl Place {
    /// Where `function` lives.
    pub fn of(function: &FunctionArn) -> Self {
        Self {
            partition: function.partition().to_owned(),
            account: function.account().to_owned(),
            region: function.region().to_owned(),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// What a function may use, so that a change of it changes what is true of the function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Used {
    /// The role it runs as, by name without path.
    Role(String),
    /// The key of its variables, by ARN.
    Key(String),
    /// A version of a layer, by ARN.
    Layer(String),
    /// Parts of the network that it stands in, or goes through, by ids: security groups, subnets,
    /// VPCs, route tables and their associations, NAT gateways, endpoints, flow logs.
    Network(BTreeSet<String>),
}

/// Every function of a place.
#[derive(Debug, Default)]
pub struct Estate {
    /// One snapshot a function, by ARN; none where reading was out of time.
    pub functions: Vec<Snapshot>,
    /// Why the list of functions broke off before its end; `None`: it was read whole.
    pub cut_short: Option<String>,
    /// How far reading came before it was out of time; what was read is remembered.
    pub out_of_time: Option<Progress>,
}

/// Functions of a place that is not read whole yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Functions whose facts are at hand.
    pub read: usize,
    /// Functions still to be read.
    pub left: usize,
}

/// Which of the facts that are remembered count, and how long may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The night whose turn it is: a seventh of the functions is read anew.
    pub night: Date,
    /// Facts read then or later count as read now, so that a run goes on where another stopped.
    pub since: Timestamp,
    /// When reading must end.
    pub by: Timestamp,
}

impl Turn {
    /// A run that begins now and has all the time.
    pub fn now(now: Timestamp) -> Self {
        Self { night: now.to_zoned(TimeZone::UTC).date(), since: now, by: Timestamp::MAX }
    }
}

/// Reads functions.
pub trait Inventory: Send + Sync {
    /// One function, waited for until no update is in progress.
    ///
    /// What concerns other functions too, such as who else has its role, is no older than
    /// `as_of`; `Timestamp::MIN` accepts whatever is remembered.
    ///
    /// A part that cannot be read becomes `Fact::Unknown`, and so does everything an update still
    /// in progress may change once waiting has taken too long.
    ///
    /// # Errors
    /// `Kind::Gone`: no such function. Any other: nothing of it can be read.
    fn function(
        &self,
        arn: &FunctionArn,
        as_of: Timestamp,
    ) -> impl Future<Output = Result<Snapshot, PortError>> + Send;

    /// Every function of `place`, by bulk calls wherever AWS has them, and by what is remembered of
    /// single functions.
    ///
    /// # Errors
    /// Not one page of the list could be read; or time was out, and what was read could not be
    /// kept for the next run.
    fn functions(
        &self,
        place: &Place,
        turn: Turn,
    ) -> impl Future<Output = Result<Estate, PortError>> + Send;

    /// Forgets what is remembered of a function and was read before `at`, when it was changed.
    ///
    /// # Errors
    /// The change cannot be noted: the next run may believe what is not so any more.
    fn changed(
        &self,
        arn: &FunctionArn,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The functions of `place` that use `what`, as they were at `as_of` or later.
    ///
    /// Where it cannot be told any more who does, because it is gone, everyone who might have.
    ///
    /// # Errors
    /// The list of functions, or what is to be known of a network, cannot be read to its end.
    fn users(
        &self,
        place: &Place,
        what: &Used,
        as_of: Timestamp,
    ) -> impl Future<Output = Result<Vec<FunctionArn>, PortError>> + Send;

    /// The names of the roles that a managed policy is attached to, as policy or as boundary.
    ///
    /// # Errors
    /// The list cannot be read to its end. A policy that is gone is attached to nothing.
    fn roles_of_policy(
        &self,
        place: &Place,
        policy: &str,
    ) -> impl Future<Output = Result<Vec<String>, PortError>> + Send;
}

/// Stores findings. Security Hub is the only store we have.
pub trait Findings: Send + Sync {
    /// Every finding of ours in `place`: all of them, or those about `functions`.
    ///
    /// # Errors
    /// The list cannot be read to its end; a cut list would archive what it does not show.
    fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> impl Future<Output = Result<Vec<Observed>, PortError>> + Send;

    /// Every finding of ours in `place` that is about an account. It need not be the account of
    /// `place`: one that cannot be entered is spoken of elsewhere.
    ///
    /// # Errors
    /// As [`Findings::observed`].
    fn about_accounts(
        &self,
        place: &Place,
    ) -> impl Future<Output = Result<Vec<Observed>, PortError>> + Send {
        async move {
            let mut all = self.observed(place, None).await?;
            all.retain(|held| held.finding.about.function().is_none());
            Ok(all)
        }
    }

    /// Creates or updates findings, in as many batches as needed. The same findings twice leave
    /// the same state.
    ///
    /// Returns the findings that were refused one by one.
    ///
    /// # Errors
    /// A whole batch was refused. Earlier batches stay.
    fn import(
        &self,
        place: &Place,
        findings: &[Finding],
    ) -> impl Future<Output = Result<Vec<Refused>, PortError>> + Send;

    /// Sets workflow status and note.
    ///
    /// Returns the findings that were refused one by one.
    ///
    /// # Errors
    /// A whole batch was refused. Earlier batches stay.
    fn update(
        &self,
        place: &Place,
        updates: &[WorkflowUpdate],
    ) -> impl Future<Output = Result<Vec<Refused>, PortError>> + Send;
}

/// A finding that the store refused while it took others of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Of the finding.
    pub id: String,
    /// `InvalidInput`, `InternalFailure`, `FindingNotFound`, …
    pub code: String,
    /// In Security Hub's words.
    pub message: String,
}
