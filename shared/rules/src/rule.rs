use model::{Context, Parameter, Severity, Snapshot, Verdict};

use crate::Control;

/// A rule: its words, its examples and its judgement.
#[derive(Debug)]
pub struct Rule {
    /// Names the defect, so that the opt-out tag reads "allow `<id>`". Never reused.
    pub id: &'static str,
    /// The group it is printed under.
    pub family: Family,
    /// One sentence, no final full stop.
    pub title: &'static str,
    /// Unless the baseline sets another.
    pub severity: Severity,
    /// What an attacker or an outage gains from the defect.
    pub why: &'static str,
    /// What to change, in the imperative. At most 512 characters: Security Hub's limit.
    pub fix: &'static str,
    /// Pages the rule rests on.
    pub sources: &'static [&'static str],
    /// The control of Security Hub, or the words of a framework, that speak of the same defect.
    pub control: Option<&'static Control>,
    /// What the baseline can tune.
    pub parameters: &'static [&'static Parameter],
    /// First version that has the rule.
    pub since: &'static str,
    /// `examples/<id>.toml`: printed in the docs, run by the tests.
    pub examples: &'static str,
    /// Pure judgement.
    pub check: fn(&Snapshot, &Context) -> Verdict,
}

impl Rule {
    /// Requirements of frameworks, as Security Hub spells them: `NIST.800-53.r5 AC-6`.
    pub fn requirements(&self) -> &'static [&'static str] {
        self.control.map_or(&[], |control| control.requirements)
    }
}

/// The group a rule is printed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// What executes the code.
    Runtime,
    /// Variables and the key they rest under.
    Environment,
    /// Where the function is attached.
    Network,
    /// What the function may do.
    Role,
    /// Who may call the function, and where its data goes.
    Exposure,
    /// What becomes of what fails.
    Resilience,
    /// What is seen of it.
    Observability,
    /// Size, age and price.
    Hygiene,
    /// Opt-outs and the scanner itself.
    Ourselves,
}
