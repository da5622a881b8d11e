//! What is at hand of the functions of one place while it is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use model::{FunctionArn, Needs, Snapshot};
use scan::{Place, PortError, Turn};

use super::{
    list::Listed,
    own::{MARGIN, Own, Wanted},
};
use crate::memory::{Mark, Memory};

/// A note is kept at least so long: a run that began before it was written may still be going, and
/// save what it read before the change.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(1);

pub(super) struct Recall<'a> {
    memory: Option<&'a Memory>,
    place: &'a Place,
    turn: Turn,
    /// As remembered, until they prove to stand.
    old: HashMap<FunctionArn, Own>,
    /// What counts now.
    good: BTreeMap<FunctionArn, Own>,
    marks: Vec<Mark>,
    /// When each function was last changed, by name.
    touched: HashMap<String, Timestamp>,
    /// What counts is not what is saved.
    is_unsaved: bool,
}

impl<'a> Recall<'a> {
    /// Loads what is remembered; where that cannot be, or changes cannot be told, nothing is.
    pub(super) async fn open(memory: Option<&'a Memory>, place: &'a Place, turn: Turn) -> Self {
        let mut this = Self {
            memory,
            place,
            turn,
            old: HashMap::new(),
            good: BTreeMap::new(),
            marks: Vec::new(),
            touched: HashMap::new(),
            is_unsaved: false,
        };
        let Some(memory) = memory else { return this };
        let (owns, marks) = tokio::join!(memory.load(place), memory.touched(place));
        match (owns, marks) {
            (Ok(owns), Ok(marks)) => {
                this.old = owns.into_iter().map(|own| (own.arn.clone(), own)).collect();
                for Mark { name, at } in &marks {
                    let last = this.touched.entry(name.clone()).or_insert(*at);
                    *last = (*last).max(*at);
                }
                this.marks = marks;
            }
            (Err(error), _) | (_, Err(error)) => {
                let error = error.chain();
                tracing::warn!(%place, error, "nothing is remembered: every function is read anew");
            }
        }
        this
    }

    /// Whether what is remembered of the function stands. If it does, it counts.
    pub(super) fn knows(&mut self, listed: &Listed, wanted: Wanted, now: Timestamp) -> bool {
        let Some(own) = self.old.remove(&listed.configuration.arn) else { return false };
        let touched = self.touched.get(own.arn.name()).copied();
        let stands = own.stands(listed, wanted, touched, self.turn, now);
        match stands {
            true => drop(self.good.insert(own.arn.clone(), own)),
            false => self.is_unsaved = true,
        }
        stands
    }

    pub(super) fn learn(&mut self, own: Own) {
        self.is_unsaved = true;
        self.good.insert(own.arn.clone(), own);
    }

    pub(super) fn holds(&self, arn: &FunctionArn) -> bool {
        self.good.contains_key(arn)
    }

    pub(super) fn recall(&self, arn: &FunctionArn) -> Option<Own> {
        self.good.get(arn).cloned()
    }

    /// What counts of each function.
    pub(super) fn owns(&self) -> &BTreeMap<FunctionArn, Own> {
        &self.good
    }

    /// Keeps what counts for the next run.
    pub(super) async fn save(&mut self) -> Result<(), PortError> {
        if let Some(memory) = self.memory {
            memory.save(self.place, self.good.values()).await?;
        }
        self.is_unsaved = false;
        Ok(())
    }

    /// Forgets functions that are gone, and drops the notes of changes that what is saved shows.
    ///
    /// A failure is said and does no harm: a note that stays has its function read once more.
    pub(super) async fn forget(
        mut self,
        estate: &[(Snapshot, Needs)],
        cut_short: &Option<String>,
        read_at: Timestamp,
    ) {
        let Some(memory) = self.memory else { return };
        let there: BTreeSet<&FunctionArn> = estate.iter().map(|(one, _)| &one.arn).collect();
        let before = self.good.len();
        self.good.retain(|arn, _| there.contains(arn));
        self.is_unsaved |= self.good.len() != before || !self.old.is_empty();
        let saved: HashMap<&str, Timestamp> =
            self.good.values().map(|own| (own.arn.name(), own.read_at)).collect();
        let is_shown = |mark: &&Mark| {
            let shows = match saved.get(mark.name.as_str()) {
                Some(own_read_at) => mark.at < *own_read_at - MARGIN,
                None => cut_short.is_none(),
            };
            shows && mark.at < read_at - LONGEST_RUN
        };
        let shown: Vec<Mark> = self.marks.iter().filter(is_shown).cloned().collect();
        let done = async {
            if self.is_unsaved {
                self.save().await?;
            }
            match shown.is_empty() {
                true => Ok(()),
                false => memory.forget(self.place, &shown).await,
            }
        };
        if let Err(error) = done.await {
            let place = self.place;
            tracing::warn!(%place, error = error.chain(), "what is remembered was not tidied up");
        }
    }
}
