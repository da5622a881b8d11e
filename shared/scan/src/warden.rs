use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use model::{Baseline, Calendar, Context, FunctionArn};

use crate::{
    Finding, Findings, Inventory, Kind, Observed, Place, Plan, PortError, Refused, Scope, Turn,
    judge::{Judged, judge},
    reconcile::reconcile,
};

/// Functions read at the same time. The adapters keep within AWS's rates; this bounds memory.
const CONCURRENT_READS: usize = 8;

/// How often a finding that was refused for a passing reason is tried.
const TRIES: usize = 3;

/// Reads, judges and publishes.
#[derive(Debug)]
pub struct Warden<I, F> {
    /// Where facts come from.
    pub inventory: I,
    /// Where judgements go.
    pub findings: F,
    /// When AWS withdraws which runtime.
    pub calendar: Calendar,
    /// What this organisation asks for.
    pub baseline: Baseline,
    /// The time; a test brings its own.
    pub clock: fn() -> Timestamp,
}

/// What came of one round over one place.
#[derive(Debug, Default)]
pub struct Round {
    /// What was judged.
    pub judged: Vec<Judged>,
    /// Functions that do not exist (any more).
    pub gone: Vec<FunctionArn>,
    /// Functions that could not be read, and why.
    pub unread: BTreeMap<FunctionArn, PortError>,
    /// Why the list of functions broke off; such a round clears nothing it did not see.
    pub cut_short: Option<String>,
    /// Findings imported and updates made.
    pub written: (usize, usize),
    /// The imports of them that archive.
    pub archived: usize,
    /// Findings the store would not take.
    pub refused: Vec<Refused>,
}

impl<I: Inventory, F: Findings> Warden<I, F> {
    /// What rules may consult now.
    pub fn context(&self) -> Context {
        Context {
            today: (self.clock)().to_zoned(TimeZone::UTC).date(),
            calendar: self.calendar.clone(),
            baseline: self.baseline.clone(),
        }
    }

    /// Reads and judges every function of `place`; publishes nothing.
    ///
    /// # Errors
    /// Not one page of the list of functions could be read.
    pub async fn survey(&self, place: &Place) -> Result<Round, PortError> {
        let turn = Turn::now((self.clock)());
        let estate = self.inventory.functions(place, turn).await?;
        let cx = self.context();
        Ok(Round {
            judged: estate.functions.into_iter().map(|function| judge(function, &cx)).collect(),
            cut_short: estate.cut_short,
            ..Round::default()
        })
    }

    /// Reads and judges `functions`, all of one place; publishes nothing.
    ///
    /// What concerns other functions too is read at `as_of` or later.
    pub async fn look(&self, functions: &[FunctionArn], as_of: Timestamp) -> Round {
        let cx = self.context();
        let reads = stream::iter(functions.to_vec())
            .map(|arn| async move {
                let read = self.inventory.function(&arn, as_of).await;
                (arn, read)
            })
            .buffer_unordered(CONCURRENT_READS);
        let mut round = Round::default();
        for (arn, read) in reads.collect::<Vec<_>>().await {
            match read {
                Ok(function) => round.judged.push(judge(function, &cx)),
                Err(error) if error.kind == Kind::Gone => round.gone.push(arn),
                Err(error) => drop(round.unread.insert(arn, error)),
            }
        }
        round.judged.sort_by(|a, b| a.function.arn.cmp(&b.function.arn));
        round
    }

    /// Brings the store in line with `round`.
    ///
    /// # Errors
    /// The store could not be read, or refused a whole batch. What was written stays; doing it
    /// again does no harm.
    pub async fn publish(&self, place: &Place, mut round: Round) -> Result<Round, PortError> {
        let asked: Vec<FunctionArn> =
            round.judged.iter().map(|one| &one.function.arn).chain(&round.gone).cloned().collect();
        if asked.is_empty() {
            return Ok(round);
        }
        let scope = Scope::Only { gone: round.gone.iter().cloned().collect() };
        let observed = self.findings.observed(place, Some(&asked)).await?;
        self.apply(place, &mut round, &observed, &scope).await?;
        Ok(round)
    }

    /// Brings the store in line with a survey of the whole place: what the survey did not see is
    /// cleared, unless the survey was cut short.
    ///
    /// # Errors
    /// As [`Warden::publish`].
    pub async fn publish_whole(&self, place: &Place, mut round: Round) -> Result<Round, PortError> {
        let scope = match round.cut_short {
            None => Scope::Whole,
            Some(_) => Scope::Only { gone: Default::default() },
        };
        let observed = self.findings.observed(place, None).await?;
        self.apply(place, &mut round, &observed, &scope).await?;
        Ok(round)
    }

    pub(crate) async fn apply(
        &self,
        place: &Place,
        round: &mut Round,
        observed: &[Observed],
        scope: &Scope,
    ) -> Result<(), PortError> {
        let Plan { imports, mut updates } =
            reconcile(&round.judged, observed, scope, (self.clock)());
        let archiving: Vec<String> =
            imports.iter().filter(|finding| finding.archived).map(Finding::id).collect();
        let imported = imports.len();
        let refused = self.import(place, imports).await?;
        let is_refused = |id: &String| refused.iter().any(|refused| refused.id == *id);
        updates.retain(|update| !is_refused(&update.id));
        round.written = (imported - refused.len(), updates.len());
        round.archived = archiving.iter().filter(|id| !is_refused(id)).count();
        round.refused = refused;
        if !updates.is_empty() {
            let refused = self.findings.update(place, &updates).await?;
            round.written.1 -= refused.len();
            round.refused.extend(refused);
        }
        Ok(())
    }

    /// Imports `findings`; those refused for a passing reason are tried again by themselves.
    async fn import(
        &self,
        place: &Place,
        mut findings: Vec<Finding>,
    ) -> Result<Vec<Refused>, PortError> {
        let mut refused = Vec::new();
        for _ in 0..TRIES {
            if findings.is_empty() {
                break;
            }
            let again = self.findings.import(place, &findings).await?;
            refused.retain(|old: &Refused| !is_passing(old));
            findings.retain(|finding| {
                again.iter().any(|refused| refused.id == finding.id() && is_passing(refused))
            });
            refused.extend(again);
        }
        Ok(refused)
    }
}

impl Round {
    /// Takes in what another look at the same place saw.
    pub(crate) fn add(&mut self, other: Self) {
        self.judged.extend(other.judged);
        self.gone.extend(other.gone);
        self.unread.extend(other.unread);
    }
}

/// Security Hub may take the same finding a moment later.
fn is_passing(refused: &Refused) -> bool {
    matches!(
        refused.code.as_str(),
        "InternalFailure"
            | "InternalException"
            | "ConcurrentUpdateError"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
    )
}
