//! A batch of change events in; the functions they touch judged once each and published.

mod done;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use model::FunctionArn;

use crate::{Change, Findings, Inventory, Place, PortError, Refused, Round, Subject, Used, Warden};

pub use done::Done;

/// Functions judged and published together: as many as one question to the store may name.
const AT_A_TIME: usize = 20;

/// What concerns several functions is believed no longer than this, however old a message is.
const BELIEVED: SignedDuration = SignedDuration::from_mins(15);

/// One message of the queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// The queue's id, by which a failure is reported.
    pub id: String,
    /// When it was put into the queue, as far as the queue tells.
    pub queued: Option<Timestamp>,
    /// The EventBridge event as JSON.
    pub body: String,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Batch {
    /// Messages to be delivered again, each with its reason.
    pub failed: BTreeMap<String, String>,
    /// Messages that touched nothing, each with its reason.
    pub ignored: BTreeMap<String, &'static str>,
    /// The longest time from a change to its message in the queue, however long it waited there.
    pub lag: Option<SignedDuration>,
    /// Rounds as they were published.
    pub rounds: Vec<(Place, Round)>,
}

/// A message, and its actor if it changed tags.
#[derive(Debug)]
struct Cause {
    message: String,
    /// When the change was surely made.
    made_by: Timestamp,
    tagged_by: Option<String>,
}

/// Which messages touch a function, and who changed its tags.
#[derive(Clone, Debug, Default)]
struct Touch {
    messages: BTreeSet<String>,
    tagged_by: Option<String>,
}

type Touched = BTreeMap<FunctionArn, Touch>;

impl<I: Inventory, F: Findings> Warden<I, F> {
    /// Judges every function that `messages` touch once, and publishes, a few at a time.
    ///
    /// * `regions`: where functions are looked for when a role or policy changed.
    /// * `by`: when we shall be stopped. In the last quarter of the time nothing new is begun.
    /// * `done`: what earlier batches of this process have judged.
    ///
    /// A message fails by itself: one that is malformed, or whose function could not be read or
    /// published, comes back while the others are done. Order and duplicates do not matter, for
    /// the function is read anew and the later reading wins.
    pub async fn on_change(
        &self,
        messages: &[Message],
        regions: &[String],
        by: Timestamp,
        done: &Done,
    ) -> Batch {
        let begun = (self.clock)();
        let mut batch = Batch::default();
        let (subjects, changed) = subjects(messages, &mut batch);
        // What is read from now on shows every change that a message tells of, whatever time it
        // claims: a clock that is ahead must not make us read the same again and again.
        let as_of = changed.max(begun - BELIEVED).min(begun);
        let touched = self.touched(subjects, regions, as_of, done, &mut batch).await;
        let mut touched = touched;

        let last_start = by - by.duration_since(begun) / 4;
        for (place, functions) in by_place(&touched, begun) {
            for some in functions.chunks(AT_A_TIME) {
                if (self.clock)() < last_start {
                    let judged = self.some(&place, some, as_of, &mut touched, &mut batch).await;
                    done.add(judged, as_of);
                } else {
                    let all = functions.len();
                    let reason = format!("no time was left for all {all} functions of {place}");
                    some.iter().for_each(|arn| batch.fail(touched.get(arn), &reason));
                }
            }
        }
        batch
    }

    /// Judges and publishes `functions` of `place`, and who shares their roles. Those that nothing
    /// is left to do for come back.
    async fn some(
        &self,
        place: &Place,
        functions: &[FunctionArn],
        as_of: Timestamp,
        touched: &mut Touched,
        batch: &mut Batch,
    ) -> Vec<FunctionArn> {
        let mut round = self.look(functions, as_of).await;
        let others = companions(&round, rules::most_users(&self.baseline), touched);
        if !others.is_empty() {
            round.add(self.look(&others, as_of).await);
        }
        for one in &mut round.judged {
            one.tagged_by = touched.get(&one.function.arn).and_then(|t| t.tagged_by.clone());
        }
        for (arn, error) in &round.unread {
            batch.fail(touched.get(arn), &error.advice());
        }
        let functions = [functions, &others].concat();
        match self.publish(place, round).await {
            Err(error) => {
                let reason = error.advice();
                functions.iter().for_each(|arn| batch.fail(touched.get(arn), &reason));
                Vec::new()
            }
            Ok(round) => {
                batch.refused(&round.refused, &functions, touched);
                let judged = match round.refused.is_empty() {
                    true => round.judged.iter().map(|one| one.function.arn.clone()).collect(),
                    false => Vec::new(),
                };
                batch.rounds.push((place.clone(), round));
                judged
            }
        }
    }

    async fn touched(
        &self,
        subjects: Subjects,
        regions: &[String],
        as_of: Timestamp,
        done: &Done,
        batch: &mut Batch,
    ) -> Touched {
        let mut touched = Touched::new();
        for (subject, causes) in subjects {
            let made_by = causes.iter().map(|cause| cause.made_by).max();
            let noted = match (&subject, made_by) {
                // Before it is read: whatever happens from here on, the next sweep reads it anew.
                (Subject::Function(arn), Some(at)) => self.inventory.changed(arn, at).await,
                // Of what functions use nothing is remembered.
                _ => Ok(()),
            };
            let functions = match noted {
                Ok(()) => self.functions_of(&subject, regions, as_of).await,
                Err(error) => Err(error),
            };
            let functions = match functions {
                Ok(functions) => functions,
                Err(error) => {
                    let reason = error.advice();
                    let failed = causes.into_iter().map(|cause| (cause.message, reason.clone()));
                    batch.failed.extend(failed);
                    continue;
                }
            };
            let all = functions.len();
            // What a function is changed in itself is always looked at.
            let is_left = |arn: &FunctionArn| {
                matches!(subject, Subject::Function(_)) || !done.covers(arn, made_by)
            };
            let functions: Vec<_> = functions.into_iter().filter(is_left).collect();
            if functions.is_empty() {
                let why = match subject {
                    Subject::Nothing(why) => why,
                    _ if all > 0 => "every function that depends on it was judged since",
                    _ => "no function depends on it",
                };
                batch.ignored.extend(causes.into_iter().map(|cause| (cause.message, why)));
                continue;
            }
            for function in functions {
                let touch = touched.entry(function).or_default();
                for cause in &causes {
                    touch.messages.insert(cause.message.clone());
                    if cause.tagged_by.is_some() {
                        touch.tagged_by.clone_from(&cause.tagged_by);
                    }
                }
            }
        }
        touched
    }

    async fn functions_of(
        &self,
        subject: &Subject,
        regions: &[String],
        as_of: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        let (partition, account) = match subject {
            Subject::Nothing(_) => return Ok(Vec::new()),
            Subject::Function(arn) => return Ok(vec![arn.clone()]),
            Subject::Used { place, what } => return self.inventory.users(place, what, as_of).await,
            Subject::Role { partition, account, .. }
            | Subject::Policy { partition, account, .. } => (partition, account),
        };
        let place = |region: &String| Place {
            partition: partition.clone(),
            account: account.clone(),
            region: region.clone(),
        };
        let roles = match (subject, regions.first()) {
            (Subject::Role { name, .. }, _) => vec![name.clone()],
            // IAM is global: any Region answers for it.
            (Subject::Policy { arn, .. }, Some(region)) => {
                self.inventory.roles_of_policy(&place(region), arn).await?
            }
            _ => Vec::new(),
        };
        let mut functions = Vec::new();
        for place in regions.iter().map(place) {
            for role in &roles {
                let role = Used::Role(role.clone());
                functions.extend(self.inventory.users(&place, &role, as_of).await?);
            }
        }
        Ok(functions)
    }
}

/// The functions of each place. Each try begins elsewhere, so that tries that run out of time
/// reach more together than the first of them.
fn by_place(touched: &Touched, now: Timestamp) -> BTreeMap<Place, Vec<FunctionArn>> {
    let mut places: BTreeMap<Place, Vec<FunctionArn>> = BTreeMap::new();
    for arn in touched.keys() {
        places.entry(Place::of(arn)).or_default().push(arn.clone());
    }
    for functions in places.values_mut() {
        let seconds = usize::try_from(now.as_second()).unwrap_or_default();
        let middle = if functions.len() > AT_A_TIME { seconds % functions.len() } else { 0 };
        functions.rotate_left(middle);
    }
    places
}

type Subjects = BTreeMap<Subject, Vec<Cause>>;

/// What the messages say has changed, each subject once, and when the last change was surely made;
/// malformed messages fail at once.
fn subjects(messages: &[Message], batch: &mut Batch) -> (Subjects, Timestamp) {
    let mut subjects = Subjects::new();
    let mut as_of = Timestamp::MIN;
    for message in messages {
        match Change::read(&message.body) {
            Ok(change) => {
                let lag = message.queued.map(|queued| queued.duration_since(change.time));
                batch.lag = batch.lag.max(lag);
                let made_by = change.time.checked_add(SignedDuration::from_secs(1));
                let made_by = made_by.unwrap_or(change.time);
                as_of = as_of.max(made_by);
                let tagged_by = change.actor.filter(|_| change.is_of_tags);
                let cause = Cause { message: message.id.clone(), made_by, tagged_by };
                subjects.entry(change.subject).or_default().push(cause);
            }
            Err(malformed) => {
                batch.failed.insert(message.id.clone(), malformed.to_string());
            }
        }
    }
    (subjects, as_of)
}

/// Functions whose verdict a judged one may have changed by taking their role: the others, where
/// it made them one more than the baseline lets share it (`most`). Where still more share it, one
/// more changes nobody's verdict.
fn companions(round: &Round, most: usize, touched: &mut Touched) -> Vec<FunctionArn> {
    let mut others = Vec::new();
    for one in &round.judged {
        let users = one.function.role_users.known().map(|users| users.as_slice());
        let Some(users) = users.filter(|users| users.len() == most.saturating_add(1)) else {
            continue;
        };
        let messages = touched.get(&one.function.arn).cloned().unwrap_or_default().messages;
        for other in users.iter().map(|user| &user.arn) {
            if !touched.contains_key(other) {
                let touch = Touch { messages: messages.clone(), tagged_by: None };
                touched.insert(other.clone(), touch);
                others.push(other.clone());
            }
        }
    }
    others
}

impl Batch {
    /// A finding that the store would not take sends back the messages of its function; one that
    /// it does not name, those of all `functions`, for it may be any of theirs.
    fn refused(&mut self, refused: &[Refused], functions: &[FunctionArn], touched: &Touched) {
        for Refused { id, code, message } in refused {
            let reason = format!("finding `{id}`: {code}: {message}");
            let is_of = |arn: &&FunctionArn| {
                id.strip_prefix(arn.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            match functions.iter().find(is_of) {
                Some(owner) => self.fail(touched.get(owner), &reason),
                None => functions.iter().for_each(|arn| self.fail(touched.get(arn), &reason)),
            }
        }
    }

    fn fail(&mut self, touch: Option<&Touch>, reason: &str) {
        for id in touch.into_iter().flat_map(|touch| &touch.messages) {
            self.failed.insert(id.clone(), reason.to_owned());
        }
    }
}

#[cfg(test)]
#[path = "on_change_tests.rs"]
mod tests;
