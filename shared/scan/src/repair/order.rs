//! What is asked for: the input of the state machine.

use jiff::{Timestamp, tz::TimeZone};
use model::{FunctionArn, RepairMode, RoleState, Snapshot};
use serde::{Deserialize, Serialize};

use crate::{About, Judged, Status, finding::fingerprint};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Order {
    /// What to do.
    pub action: Action,
    /// Id of the repair.
    pub repair: String,
    /// Id of the finding.
    pub finding: String,
    /// By itself or on request.
    pub mode: RepairMode,
    /// Who asked.
    pub by: String,
    /// Why a repair is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What makes it one order, if that is not the reason: asked for twice, it is carried out once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Plan, apply, verify, watch.
    Repair,
    /// Put back what was there before.
    RollBack,
}

impl Order {
    /// The name of the execution: the same order starts one.
    pub fn name(&self) -> String {
        let action = match self.action {
            Action::Repair => "repair",
            Action::RollBack => "roll-back",
        };
        let why = self.request.as_deref().or(self.reason.as_deref());
        let why = why.map(|why| fingerprint(&[why, &self.by]));
        match why {
            Some(why) => format!("{action}-{}-{why}", self.repair),
            None => format!("{action}-{}", self.repair),
        }
    }

    /// A repair somebody asks for. Asked for again, by another `request`, it is another repair.
    pub fn on_request(finding: &str, by: &str, request: &str) -> Self {
        Self {
            action: Action::Repair,
            repair: fingerprint(&[finding, request]),
            finding: finding.to_owned(),
            mode: RepairMode::OnRequest,
            by: by.to_owned(),
            reason: None,
            request: None,
        }
    }
}

impl Order {
    /// To take a repair back, because somebody asks for it by a `request`.
    pub fn back(repair: &str, finding: &str, by: &str, request: &str) -> Self {
        Self {
            action: Action::RollBack,
            repair: repair.to_owned(),
            finding: finding.to_owned(),
            mode: RepairMode::OnRequest,
            by: by.to_owned(),
            reason: Some("it was asked for".to_owned()),
            request: Some(request.to_owned()),
        }
    }
}

/// The repairs that are due by themselves: for each state of what is to be repaired one, which is
/// ordered once a week, for what stood in its way may have passed.
pub fn due(judged: &Judged, mode: impl Fn(&str) -> RepairMode) -> Vec<Order> {
    let function = &judged.function;
    // Who cannot be seen to object is not repaired.
    if function.tags.known().is_none() {
        return Vec::new();
    }
    let failing = judged.judgements.iter().filter(|judgement| {
        judgement.status() == Some(Status::Failed)
            && judgement.exemption.is_none()
            && mode(judgement.rule.id) == RepairMode::Auto
    });
    let order = |judgement: &crate::Judgement| {
        let finding = crate::finding_id(&function.arn, judgement.rule.id);
        let revision = revision(function, judgement.rule.id);
        Order {
            action: Action::Repair,
            repair: fingerprint(&[&finding, &revision]),
            finding,
            mode: RepairMode::Auto,
            by: crate::AUTHOR.to_owned(),
            reason: None,
            request: Some(week(function.read_at)),
        }
    };
    failing.map(order).collect()
}

/// `2026-W48`
fn week(time: Timestamp) -> String {
    let week = time.to_zoned(TimeZone::UTC).date().iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

/// What tells one state of what is repaired from another. A repair that was rolled back is not made
/// again until it changes.
fn revision(function: &Snapshot, rule: &str) -> String {
    let own = || function.settings.revision_id.clone().unwrap_or_default();
    if !rule.starts_with("role-") {
        let open = |exposure: &model::Exposure| format!("{exposure:?}");
        return format!("{} {}", own(), open(&function.exposure));
    }
    match function.role.known() {
        Some(RoleState::Present(role)) => {
            let policies = role.policies.known().map(|all| serde_json::json!(all).to_string());
            format!("{} {}", role.arn, policies.unwrap_or_default())
        }
        _ => own(),
    }
}

/// The function and the rule of a finding's id.
pub fn subject(finding: &str) -> Option<(FunctionArn, String)> {
    let (arn, _) = finding.split_once('/')?;
    let arn: FunctionArn = arn.parse().ok()?;
    let (about, rule) = About::of_finding(finding, &crate::Place::of(&arn))?;
    Some((about.function()?.clone(), rule))
}
