use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use model::{Baseline, Calendar, Context, FunctionArn};

use crate::{
    Findings, Inventory, Kind, Observed, Place, PortError, Refused, Scope, Turn,
    judge::{Judged, judge, judge_alone},
    publish::publish,
    reconcile::reconcile,
};

/// Functions read at the same time. The adapters keep within AWS's rates; this bounds memory.
const CONCURRENT_READS: usize = 8;

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
    /// When the list of functions was asked for, where it was.
    pub asked: Timestamp,
    /// Functions that do not exist (any more), and when they were asked for.
    pub gone: BTreeMap<FunctionArn, Timestamp>,
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
            asked: turn.since,
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
                let asked = (self.clock)();
                let read = self.inventory.function(&arn, as_of).await;
                (arn, asked, read)
            })
            .buffer_unordered(CONCURRENT_READS);
        let mut round = Round::default();
        for (arn, asked, read) in reads.collect::<Vec<_>>().await {
            match read {
                Ok(function) => round.judged.push(judge_alone(function, &cx)),
                Err(error) if error.kind == Kind::Gone => drop(round.gone.insert(arn, asked)),
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
        let asked: Vec<FunctionArn> = round
            .judged
            .iter()
            .map(|one| &one.function.arn)
            .chain(round.gone.keys())
            .cloned()
            .collect();
        if asked.is_empty() {
            return Ok(round);
        }
        let scope = Scope::Only { gone: round.gone.clone() };
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
            None => Scope::Whole { asked: round.asked },
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
        let plan = reconcile(&round.judged, observed, scope, (self.clock)());
        let published = publish(&self.findings, place, plan).await?;
        round.written = (published.imports, published.updates);
        round.archived = published.archived;
        round.refused = published.refused;
        Ok(())
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
