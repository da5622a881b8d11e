use std::{collections::BTreeSet, future::Future};

use iam::Policy;
use jiff::Timestamp;
use model::{FunctionArn, Key};
use serde::{Deserialize, Serialize};

use super::slot::{Held, Slot, State};
use crate::{Place, PortError};

/// Reads and writes what repairs change, with the role that may do just that.
pub trait Changer: Send + Sync {
    /// What stands in `slot`, as AWS tells it now. `place` is where the repaired function is.
    ///
    /// # Errors
    /// It cannot be read. `Kind::Gone`: the function, the role or the log group is no more; of a
    /// statement, a URL, a tag or a policy that is not there, the state is absent.
    fn look(
        &self,
        place: &Place,
        slot: &Slot,
    ) -> impl Future<Output = Result<Held, PortError>> + Send;

    /// Puts `to` into `slot` in place of `held`.
    ///
    /// Where AWS knows a revision, it is sent; elsewhere the slot is read again just before. Putting
    /// what stands there already changes nothing.
    ///
    /// # Errors
    /// `Kind::Changed`: something else stands there than `held`, and nothing was written.
    /// `Kind::Busy`: an update of the function is in progress; wait and try again.
    fn put(
        &self,
        place: &Place,
        slot: &Slot,
        held: &Held,
        to: &State,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The key that an id, ARN or `alias/…` names there, and its key policy.
    ///
    /// # Errors
    /// It cannot be read.
    fn key(
        &self,
        place: &Place,
        named: &str,
    ) -> impl Future<Output = Result<(Key, Policy), PortError>> + Send;
}

/// What AWS itself says of a policy before it is applied.
pub trait Advisor: Send + Sync {
    /// Whether `new` grants anything that `old` does not, and whether `new` is sound, both
    /// documents of identity policies.
    ///
    /// # Errors
    /// Access Analyzer does not answer.
    fn advise(
        &self,
        place: &Place,
        new: &str,
        old: &str,
    ) -> impl Future<Output = Result<Advice, PortError>> + Send;
}

/// Access Analyzer's opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing new is granted, and nothing is wrong with the document.
    Fine,
    /// Why not.
    Against(String),
}

/// How a function fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vitals {
    /// Invocations that ended.
    pub invocations: f64,
    /// Those that ended in an error of the function.
    pub errors: f64,
}

/// Metrics of one function.
pub trait Monitor: Send + Sync {
    /// Invocations and errors from `from` to `to`, of `$LATEST` and all qualifiers together.
    ///
    /// # Errors
    /// CloudWatch does not answer. Where it has no data, nothing was invoked.
    fn vitals(
        &self,
        function: &FunctionArn,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = Result<Vitals, PortError>> + Send;

    /// The days before `to`, of the last `days`, on which the function was invoked; counted back
    /// from `to`: 0 is the last 24 hours.
    ///
    /// # Errors
    /// As [`Monitor::vitals`].
    fn days_invoked(
        &self,
        function: &FunctionArn,
        to: Timestamp,
        days: u16,
    ) -> impl Future<Output = Result<BTreeSet<u16>, PortError>> + Send;
}

/// Starts executions of the repair state machine.
pub trait Executions: Send + Sync {
    /// Starts one. A name that was used within 90 days starts nothing, and that is no error.
    ///
    /// * `name`: at most 80 letters, digits, `-` and `_`.
    /// * `input`: JSON.
    ///
    /// Returns whether it was started now.
    ///
    /// # Errors
    /// It was not started.
    fn start(
        &self,
        name: &str,
        input: &str,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Tells one state of a file from all others, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// Small files that survive: plans, before-images, guards and lessons. Versioned in a bucket.
pub trait Vault: crate::Files {
    /// The bytes of `key`, and which version of the file they are.
    ///
    /// # Errors
    /// `Kind::Gone`: there is no such file.
    fn fetch(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<(Vec<u8>, Version), PortError>> + Send;

    /// Writes `bytes` if the file is still of version `then`; `None`: if there is none.
    ///
    /// Returns its new version, or nothing if somebody was faster.
    ///
    /// # Errors
    /// It is not known to be written.
    fn swap(
        &self,
        key: &str,
        bytes: Vec<u8>,
        then: Option<&Version>,
    ) -> impl Future<Output = Result<Option<Version>, PortError>> + Send;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// It is not known to be gone.
    fn remove(&self, key: &str) -> impl Future<Output = Result<(), PortError>> + Send;
}
