//! What the Lambda `remediate` is told: tasks of its state machine, clicks in Security Hub, denied
//! calls, and the time of day.

use lambda_runtime::{Diagnostic, tracing};
use model::Baseline;
use scan::{
    Batch,
    repair::{Denial, Executions, Order, due, start_all},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{Config, ConfigError};

/// Where repairs are kept and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairConfig {
    /// `WARDEN_BUCKET`: `s3://bucket`, where plans, before-images and guards are.
    pub bucket: String,
    /// `WARDEN_REPAIR_ROLE`: name of the role in member accounts that repairs.
    pub role: String,
    /// `WARDEN_REPAIRS`: ARN of the state machine.
    pub machine: String,
    /// `WARDEN_OURS`: what the names of our own functions and roles begin with.
    pub ours: String,
}

impl RepairConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing.
    pub fn from_env(config: &Config) -> Result<Self, ConfigError> {
        Self::read(config, |name| std::env::var(name).ok())
    }

    /// Reads `variable`. An empty value counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing.
    pub fn read(
        config: &Config,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let need = |name| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.ok_or(ConfigError { name, why: "is not set".to_owned() })
        };
        Ok(Self {
            bucket: config.bucket()?,
            role: need("WARDEN_REPAIR_ROLE")?,
            machine: match &config.repairs {
                Some(machine) => machine.clone(),
                None => need("WARDEN_REPAIRS")?,
            },
            ours: need("WARDEN_OURS")?,
        })
    }
}

/// Orders the repairs that are due by themselves of what a batch judged.
pub async fn order_repairs(machine: &impl Executions, batch: &Batch, baseline: &Baseline) {
    let mode = |rule: &str| baseline.repair_mode(rule);
    let judged = batch.rounds.iter().flat_map(|(_, round)| &round.judged);
    start_repairs(machine, judged.flat_map(|one| due(one, mode)).collect()).await;
}

/// Starts what is ordered. What cannot be started is told, and ordered again the next night.
pub async fn start_repairs(machine: &impl Executions, orders: Vec<Order>) {
    let (_, failed) = start_all(machine, orders).await;
    for (_, error) in failed {
        tracing::error!(error = error.advice(), "a repair was not started");
    }
}

/// What an invocation asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// A task of the state machine.
    Task(RepairTask, Order),
    /// Somebody clicked an action in Security Hub.
    Clicked(Click),
    /// A call with some role was denied.
    Denied(Box<Denial>),
    /// Look after what is watched.
    Patrol,
    /// Nothing is to be done, and why.
    Nothing(&'static str),
}

/// A task of infra/remediate.asl.json.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of the use cases")]
pub enum RepairTask {
    Plan,
    Apply,
    Verify,
    Watch,
    RollBack,
}

/// A custom action on findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// Which.
    pub action: ClickAction,
    /// Ids of the findings.
    pub findings: Vec<String>,
    /// By whom, as far as Security Hub tells.
    pub by: String,
    /// Id of the event: the same click is one request.
    pub request: String,
}

/// The custom actions of template.yaml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClickAction {
    /// Repair now.
    Repair,
    /// Put back what was there before.
    RollBack,
    /// Exempt for so many days.
    Allow(u16),
}

/// The ids of custom actions, the last part of their ARNs.
const ACTIONS: [(&str, ClickAction); 3] = [
    ("WardenRepair", ClickAction::Repair),
    ("WardenRollBack", ClickAction::RollBack),
    ("WardenAllow30", ClickAction::Allow(30)),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    task: RepairTask,
    order: Order,
}

impl Errand {
    /// Reads an event.
    ///
    /// # Errors
    /// It is none of ours.
    pub fn read(event: &Value) -> Result<Self, Diagnostic> {
        match event.get("detail-type").and_then(Value::as_str) {
            Some("Security Hub Findings - Custom Action") => clicked(event),
            Some("AWS API Call via CloudTrail") => Ok(match Denial::read(event) {
                Some(denial) => Self::Denied(Box::new(denial)),
                None => Self::Nothing("no denied call of a role"),
            }),
            Some(other) => Err(bad(format!("events of the type `{other}` are none of ours"))),
            None if event.get("task").and_then(Value::as_str) == Some("patrol") => Ok(Self::Patrol),
            None => {
                let task = serde_json::from_value::<Task>(event.clone());
                let Task { task, order } = task.map_err(|error| {
                    bad(format!(
                        "{error}; expected `task` and `order`, as infra/remediate.asl.json has them"
                    ))
                })?;
                Ok(Self::Task(task, order))
            }
        }
    }
}

fn clicked(event: &Value) -> Result<Errand, Diagnostic> {
    let arn = event.pointer("/resources/0").and_then(Value::as_str).unwrap_or_default();
    let id = arn.rsplit('/').next().unwrap_or_default();
    let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == id) else {
        return Err(bad(format!("the action `{arn}` is none of ours")));
    };
    let findings = event.pointer("/detail/findings").and_then(Value::as_array);
    let ids = findings.into_iter().flatten().filter_map(|one| one.get("Id")?.as_str());
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Errand::Clicked(Click {
        action: *action,
        findings: ids.map(str::to_owned).collect(),
        by: format!("an action in Security Hub of {}", text("account")),
        request: text("id").to_owned(),
    }))
}

fn bad(what: String) -> Diagnostic {
    Diagnostic { error_type: "BadEvent".to_owned(), error_message: what }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FINDING: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay/tracing-off";

    fn click(action: &str) -> Value {
        json!({
            "id": "7a1c", "detail-type": "Security Hub Findings - Custom Action",
            "account": "999988887777",
            "resources": [format!("arn:aws:securityhub:eu-west-1:999988887777:action/custom/{action}")],
            "detail": { "actionName": "Warden: repair", "findings": [{ "Id": FINDING }] },
        })
    }

    #[test]
    fn an_event_says_what_to_do() {
        let order = Order::on_request(FINDING, "ann", "1");
        let task = |task: &str| json!({ "task": task, "order": order });
        let asked = |action| {
            let by = "an action in Security Hub of 999988887777".to_owned();
            let (findings, request) = (vec![FINDING.to_owned()], "7a1c".to_owned());
            Errand::Clicked(Click { action, findings, by, request })
        };
        let api = |detail: Value| json!({ "detail-type": "AWS API Call via CloudTrail", "detail": detail });
        for (event, expected) in [
            (task("plan"), Some(Errand::Task(RepairTask::Plan, order.clone()))),
            (task("roll-back"), Some(Errand::Task(RepairTask::RollBack, order.clone()))),
            (task("plna"), None),
            (json!({ "task": "plan" }), None),
            (json!({ "task": "patrol" }), Some(Errand::Patrol)),
            (json!({}), None),
            (click("WardenRepair"), Some(asked(ClickAction::Repair))),
            (click("WardenRollBack"), Some(asked(ClickAction::RollBack))),
            (click("WardenAllow30"), Some(asked(ClickAction::Allow(30)))),
            (click("Other"), None),
            (api(json!({})), Some(Errand::Nothing("no denied call of a role"))),
            (json!({ "detail-type": "Scheduled Event" }), None),
        ] {
            match expected {
                Some(expected) => assert_eq!(Errand::read(&event).unwrap(), expected, "{event}"),
                None => {
                    assert_eq!(Errand::read(&event).unwrap_err().error_type, "BadEvent", "{event}")
                }
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let sound = [
            ("AWS_REGION", "eu-west-1"),
            ("WARDEN_READ_ROLE", "r"),
            ("WARDEN_PUBLISH_ROLE", "p"),
            ("WARDEN_BUCKET", "s3://b"),
            ("WARDEN_REPAIR_ROLE", "m"),
            ("WARDEN_REPAIRS", "arn"),
            ("WARDEN_OURS", "lambda-warden"),
        ];
        for missing in ["", "WARDEN_BUCKET", "WARDEN_REPAIR_ROLE", "WARDEN_REPAIRS", "WARDEN_OURS"]
        {
            let variable = |name: &str| {
                let found = sound.iter().find(|(key, _)| *key == name && name != missing);
                found.map(|(_, value)| (*value).to_owned())
            };
            let read = RepairConfig::read(&Config::read(variable).unwrap(), variable);
            match missing {
                "" => assert_eq!(read.unwrap().machine, "arn"),
                name => assert_eq!(read.unwrap_err().name, name),
            }
        }
    }
}
