//! One account and Region, every night: read, judged, brought in line with the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{FunctionArn, Snapshot};

use crate::{
    Before, Files, Finding, Findings, Inventory, Judged, Judgement, Observed, Parts, Place,
    PortError, Refused, Round, Scope, Status, Sweep, Turn, Warden, judge,
    night::{keep_part, write_json},
    reconcile::stays_failed,
    repair,
    summary::Swept,
};

/// Functions judged and published together. Of a large place little more than this is held at
/// once beside the facts.
const AT_A_TIME: usize = 200;

/// Findings after which a part of the report is written and forgotten; some two megabytes.
const FINDINGS_A_PART: usize = 5_000;

/// What came of one run.
#[derive(Debug, Default)]
pub struct Run {
    /// All was read, judged and published. Else the same sweep is to be run again, and goes on
    /// with what is remembered.
    pub done: bool,
    /// What is to be told of the place.
    pub told: Swept,
    /// Findings imported and updates made.
    pub written: usize,
    /// The imports of them that archive.
    pub archived: usize,
    /// Findings the store would not take.
    pub refused: Vec<Refused>,
    /// Repairs that are due by themselves.
    pub due: Vec<repair::Order>,
}

impl<I: Inventory, F: Findings> Warden<I, F> {
    /// Sweeps a place, as far as time suffices, and keeps what a report tells of it in parts among
    /// `files`. They count once the run names them in [`Run::keep`]: those of a run that was killed
    /// are nobody's.
    ///
    /// * `by`: when we shall be stopped. In the last quarter of the time nothing more is read, in
    ///   the last tenth nothing more is published.
    ///
    /// A run that is out of time while it reads publishes nothing: who shares a role, and what is
    /// gone, is known of a whole place only. Runs may be killed, repeated and doubled. Findings
    /// are cleared only by a run that saw the whole list and came to its end.
    ///
    /// # Errors
    /// The place cannot be read at all; the store cannot be read, or refused a whole batch; a part
    /// cannot be written.
    pub async fn sweep(
        &self,
        sweep: &Sweep,
        by: Timestamp,
        files: &impl Files,
    ) -> Result<Run, PortError> {
        let place = sweep.place();
        let begun = (self.clock)();
        let left = by.duration_since(begun);
        let turn = Turn { night: sweep.night, since: sweep.since, by: by - left / 4 };
        let estate = self.inventory.functions(&place, turn).await?;
        let mut run = Run::default();
        run.told.since = Some(sweep.since);
        run.told.cut_short.clone_from(&estate.cut_short);
        if let Some(progress) = estate.out_of_time {
            run.told.functions = progress.read as u64;
            return Ok(run);
        }

        let mut held = self.held(&place).await?;
        let (cx, last_start) = (self.context(), by - left / 10);
        let mut parts = Parts::new(&self.baseline);
        let mut functions = estate.functions.into_iter();
        loop {
            let some = functions.by_ref().take(AT_A_TIME);
            let judged: Vec<Judged> = some.map(|function| judge(function, &cx)).collect();
            let is_last = judged.is_empty();
            if parts.findings() >= FINDINGS_A_PART || is_last {
                run.told.parts.push(keep_part(files, sweep, &parts.take()).await?);
            }
            if is_last {
                break;
            }
            if (self.clock)() >= last_start {
                return Ok(run);
            }
            let of_them = judged.iter().filter_map(|one| held.remove(&one.function.arn));
            let of_them: Vec<Observed> = of_them.flatten().collect();
            run.told.count(&judged, &of_them, &mut parts);
            let mode = |rule: &str| self.baseline.repair_mode(rule);
            run.due.extend(judged.iter().flat_map(|one| repair::due(one, mode)));
            let mut round = Round { judged, ..Round::default() };
            let only = Scope::Only { gone: Default::default() };
            self.apply(&place, &mut round, &of_them, &only).await?;
            run.add(round);
        }
        if estate.cut_short.is_none() {
            let of_the_gone: Vec<Observed> = held.into_values().flatten().collect();
            let mut round = Round::default();
            self.apply(&place, &mut round, &of_the_gone, &Scope::Whole { asked: begun }).await?;
            run.add(round);
        }
        run.done = true;
        run.told.written = run.written as u64;
        run.told.refused = run.refused.len() as u64;
        let took = (self.clock)().duration_since(begun).as_secs();
        run.told.seconds = u64::try_from(took).unwrap_or_default();
        Ok(run)
    }

    /// What the store holds of the functions of `place`.
    async fn held(&self, place: &Place) -> Result<BTreeMap<FunctionArn, Vec<Observed>>, PortError> {
        let mut held: BTreeMap<FunctionArn, Vec<Observed>> = BTreeMap::new();
        for one in self.findings.observed(place, None).await? {
            if let Some(arn) = one.finding.about.function() {
                held.entry(arn.clone()).or_default().push(one);
            }
        }
        Ok(held)
    }
}

impl Run {
    fn add(&mut self, round: Round) {
        self.written += round.written.0 + round.written.1;
        self.archived += round.archived;
        self.refused.extend(round.refused);
    }

    /// Keeps what is told of the place among the night's files.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn keep(&self, files: &impl Files, sweep: &Sweep) -> Result<(), PortError> {
        let name = format!("{}.{}.json", sweep.account, sweep.region);
        write_json(files, sweep.night, &name, &self.told).await
    }
}

impl Swept {
    /// Counts functions in, with what was held of them before, and tells `parts` of them.
    fn count(&mut self, judged: &[Judged], held: &[Observed], parts: &mut Parts<'_>) {
        let held = held.iter().filter_map(|Observed { finding, .. }| {
            Some(((finding.about.function()?, finding.rule.as_str()), finding))
        });
        let held: BTreeMap<(&FunctionArn, &str), &Finding> = held.collect();
        for one in judged {
            let Snapshot { arn, read_at, .. } = &one.function;
            // What is not held yet is published as seen now, and the store keeps milliseconds.
            let now = Timestamp::from_millisecond(read_at.as_millisecond()).unwrap_or(*read_at);
            let before = |judgement: &Judgement| {
                let held = held.get(&(arn, judgement.rule.id));
                let born = held.map_or(now, |held| held.first_observed_at);
                let stays = held.is_some_and(|held| stays_failed(held, judgement, &one.function));
                Before { first_seen: Some(born), stays_failed: stays }
            };
            self.functions += 1;
            for judgement in &one.judgements {
                let Before { first_seen, stays_failed } = before(judgement);
                match judgement.status() {
                    Some(Status::NotAvailable) if !stays_failed => self.gaps += 1,
                    Some(Status::Failed | Status::NotAvailable)
                        if judgement.exemption.is_none() =>
                    {
                        let severity = judgement.severity.label().to_owned();
                        *self.findings.entry(severity).or_default() += 1;
                        *self.rules.entry(judgement.rule.id.to_owned()).or_default() += 1;
                        self.oldest = self.oldest.into_iter().chain(first_seen).min();
                    }
                    Some(Status::Passed) => self.passed += 1,
                    _ => {}
                }
            }
            parts.add(one, before);
        }
    }
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
