use std::collections::BTreeSet;

use iam::{Actions, Policy, Resources, Statement, Version};

use super::compress::compress;
use super::draft::Draft;
use super::wants::Why;
use crate::proposal::{Place, ProposedPolicy, Warning};
use crate::size::{ATTACHED, INLINE, MANAGED, size};

/// The documents of a proposal.
pub(super) struct Fitted {
    pub(super) policies: Vec<ProposedPolicy>,
    pub(super) warnings: BTreeSet<Warning>,
}

/// Puts a draft into documents that IAM accepts: one inline policy with every action written out,
/// or else with wildcards; or else several managed policies; or else, statement by statement, what
/// stands there today.
pub(super) fn fit(draft: &mut Draft<'_>, role: &str) -> Fitted {
    loop {
        let written = draft.statements();
        let statements: Vec<Statement> = written.iter().map(|w| w.statement.clone()).collect();
        if let Some(policy) = inline(draft, &statements) {
            return Fitted { policies: policy, warnings: warnings(draft, Vec::new()) };
        }
        let (mut short, mut patterns) = (Vec::new(), Vec::new());
        for own in &written {
            let mut statement = own.statement.clone();
            if own.why != Why::KeptWhole {
                let mut wide = own.set.clone();
                let like = written.iter().filter(|other| is_like(&other.statement, &statement));
                like.for_each(|other| wide |= &other.set);
                patterns.extend(compress(&mut statement, &own.set, &wide, draft.policies()));
            }
            short.push(statement);
        }
        if let Some(policy) = inline(draft, &short) {
            return Fitted { policies: policy, warnings: warnings(draft, patterns) };
        }
        let policies = managed(draft, short, role);
        let too_many = policies.len() > ATTACHED || policies.iter().any(|p| p.size > p.limit);
        let next = draft.shares.iter().filter(|(place, _)| !draft.whole.contains(*place));
        // By its text where two say as much: they may stand the other way round tomorrow.
        let largest = next.max_by_key(|(place, set)| (set.len(), draft.order(**place)));
        match largest.map(|(place, _)| *place) {
            Some(place) if too_many => {
                draft.whole.insert(place);
            }
            _ => {
                let mut warnings = warnings(draft, patterns);
                if too_many {
                    let size = policies.iter().map(|policy| policy.size).sum();
                    warnings.insert(Warning::TooLarge { size });
                }
                return Fitted { policies, warnings };
            }
        }
    }
}

/// Whether two statements grant on the same resources under the same conditions.
fn is_like(left: &Statement, right: &Statement) -> bool {
    left.resources == right.resources && left.conditions == right.conditions
}

fn warnings(draft: &Draft<'_>, patterns: Vec<String>) -> BTreeSet<Warning> {
    let growing = patterns.into_iter().map(|pattern| Warning::Growing { pattern });
    let whole = draft.whole.iter().filter_map(|(policy, statement)| {
        let policy = draft.policies().get(*policy)?.name.clone();
        Some(Warning::KeptWhole { policy, statement: *statement })
    });
    growing.chain(whole).collect()
}

/// Everything in one inline policy, if it fits; none at all if there is nothing to say.
fn inline(draft: &Draft<'_>, statements: &[Statement]) -> Option<Vec<ProposedPolicy>> {
    // Denials alone take from what nobody grants.
    if statements.is_empty() {
        return Some(Vec::new());
    }
    let all = statements.iter().chain(draft.denies()).cloned().collect();
    let document = document(all);
    let size = size(&document);
    let name = "least-privilege".to_owned();
    let policy = ProposedPolicy { name, place: Place::Inline, document, size, limit: INLINE };
    (size <= INLINE).then(|| vec![policy])
}

/// First come, first served; a statement that is too large for a policy is cut.
fn managed(draft: &Draft<'_>, statements: Vec<Statement>, role: &str) -> Vec<ProposedPolicy> {
    let mut documents: Vec<Vec<Statement>> = Vec::new();
    let mut todo: Vec<Statement> =
        statements.into_iter().chain(draft.denies().iter().cloned()).rev().collect();
    while let Some(statement) = todo.pop() {
        let fits = |statements: &[Statement]| size(&document(statements.to_vec())) <= MANAGED;
        if !fits(std::slice::from_ref(&statement))
            && let Some((first, second)) = cut(&statement)
        {
            todo.extend([second, first]);
            continue;
        }
        match documents.last_mut() {
            Some(open) if fits(&[open.as_slice(), std::slice::from_ref(&statement)].concat()) => {
                open.push(statement);
            }
            _ => documents.push(vec![statement]),
        }
    }
    let policy = |(number, statements): (usize, Vec<Statement>)| {
        let document = document(statements);
        let size = size(&document);
        let name = format!("{role}-least-privilege-{number}");
        ProposedPolicy { name, place: Place::Managed, document, size, limit: MANAGED }
    };
    (1..).zip(documents).map(policy).collect()
}

/// Two statements that say together what one does.
fn cut(statement: &Statement) -> Option<(Statement, Statement)> {
    let (mut first, mut second) = (statement.clone(), statement.clone());
    if let Actions::Only(all) = &statement.actions
        && let (left, right @ [_, ..]) = all.split_at(all.len() / 2)
        && !left.is_empty()
    {
        first.actions = Actions::Only(left.to_vec());
        second.actions = Actions::Only(right.to_vec());
    } else if let Some(Resources::Only(all)) = &statement.resources
        && let (left, right @ [_, ..]) = all.split_at(all.len() / 2)
        && !left.is_empty()
    {
        first.resources = Some(Resources::Only(left.to_vec()));
        second.resources = Some(Resources::Only(right.to_vec()));
    } else {
        return None;
    }
    Some((first, second))
}

/// A document in which no two statements have the same `Sid`.
fn document(mut statements: Vec<Statement>) -> Policy {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for statement in &mut statements {
        let Some(sid) = statement.sid.clone().filter(|sid| !sid.is_empty()) else { continue };
        let named = (2..).map(|number| format!("{sid}x{number}"));
        let free = std::iter::once(sid.clone()).chain(named).find(|sid| !taken.contains(sid));
        if let Some(sid) = free {
            taken.insert(sid.clone());
            statement.sid = Some(sid);
        }
    }
    Policy { version: Version::V2012, id: None, statements }
}
