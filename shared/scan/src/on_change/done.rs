use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use model::FunctionArn;

/// Which functions one process has judged and published, on facts of when.
///
/// A change of a key, a network or a role may touch a thousand functions and come a hundred times:
/// each of them is judged once after the last change, not once for each.
#[derive(Debug, Default)]
pub struct Done(Mutex<HashMap<FunctionArn, Timestamp>>);

impl Done {
    /// Whether the function was judged on facts that show what was changed by `made_by`.
    pub(super) fn covers(&self, arn: &FunctionArn, made_by: Option<Timestamp>) -> bool {
        let done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made_by.zip(done.get(arn)).is_some_and(|(made_by, as_of)| made_by <= *as_of)
    }

    /// * `as_of`: no fact is older.
    pub(super) fn add(&self, judged: Vec<FunctionArn>, as_of: Timestamp) {
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        done.extend(judged.into_iter().map(|arn| (arn, as_of)));
    }
}
