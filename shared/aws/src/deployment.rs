//! What is asked about a deployment of our own, with the credentials of who asks.

mod query;

use std::sync::Arc;

use jiff::Timestamp;
use scan::{
    Kind, Place, PortError,
    doctor::{Deployment, EventRule, Execution, Stack, TrailHealth},
};
use serde::Deserialize;
use serde_json::{Map, json};

use crate::{
    Cloud,
    failure::refuse,
    json_api::{
        DESCRIBE_EVENT_BUS, DESCRIBE_RULE, DESCRIBE_TRAILS, GET_QUEUE_ATTRIBUTES, GET_TRAIL_STATUS,
        JsonApi, LIST_EXECUTIONS, LIST_RULE_NAMES_BY_TARGET,
    },
};
use query::{DESCRIBE_STACKS, GET_METRIC_STATISTICS, Stacks, Statistics};

/// A deployment as AWS tells of it.
#[derive(Clone, Debug)]
pub struct AwsDeployment {
    cloud: Arc<Cloud>,
}

impl AwsDeployment {
    /// The deployment as seen through `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }
}

impl Deployment for AwsDeployment {
    async fn stack(&self, home: &Place, name: &str) -> Result<Stack, PortError> {
        let fields = [("StackName", name)];
        let stacks: Stacks = DESCRIBE_STACKS.send(&self.cloud, home, name, &fields).await?;
        let missing = || refuse("cloudformation:DescribeStacks", name, Kind::Gone, "no such stack");
        stacks.first().ok_or_else(missing)
    }

    async fn waiting(&self, home: &Place, queue: &str) -> Result<u64, PortError> {
        const COUNT: &str = "ApproximateNumberOfMessages";
        let api = JsonApi::new(&self.cloud, home, &GET_QUEUE_ATTRIBUTES).await?;
        let asked = json!({"QueueUrl": queue, "AttributeNames": [COUNT]});
        let answer: Attributes = api.send(queue, &asked).await?;
        let count = answer.attributes.get(COUNT).and_then(|count| count.as_str()?.parse().ok());
        let action = GET_QUEUE_ATTRIBUTES.action;
        count.ok_or_else(|| refuse(action, queue, Kind::Failed, "the answer has no count"))
    }

    async fn last_message(
        &self,
        home: &Place,
        queue: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, PortError> {
        let (since, now) = (since.to_string(), now.to_string());
        let fields = [
            ("Namespace", "AWS/SQS"),
            ("MetricName", "NumberOfMessagesSent"),
            ("Dimensions.member.1.Name", "QueueName"),
            ("Dimensions.member.1.Value", queue),
            ("StartTime", &since),
            ("EndTime", &now),
            ("Period", "3600"),
            ("Statistics.member.1", "Sum"),
        ];
        let told: Statistics =
            GET_METRIC_STATISTICS.send(&self.cloud, home, queue, &fields).await?;
        Ok(told.counted().filter_map(|time| time.parse().ok()).max())
    }

    async fn schedule(&self, home: &Place, name: &str) -> Result<bool, PortError> {
        query::schedule(&self.cloud, home, name).await
    }

    async fn last_execution(
        &self,
        home: &Place,
        machine: &str,
    ) -> Result<Option<Execution>, PortError> {
        let api = JsonApi::new(&self.cloud, home, &LIST_EXECUTIONS).await?;
        // The latest come first.
        let asked = json!({"stateMachineArn": machine, "maxResults": 1});
        let answer: Executions = api.send(machine, &asked).await?;
        answer.executions.into_iter().next().map(|one| one.read(machine)).transpose()
    }

    async fn bus_policy(&self, home: &Place, bus: &str) -> Result<Option<String>, PortError> {
        let api = JsonApi::new(&self.cloud, home, &DESCRIBE_EVENT_BUS).await?;
        let answer: Bus = api.send(bus, &json!({"Name": bus})).await?;
        Ok(answer.policy.filter(|policy| !policy.is_empty()))
    }

    async fn rules_to(
        &self,
        place: &Place,
        bus: &str,
        target: &str,
    ) -> Result<Vec<EventRule>, PortError> {
        let list = JsonApi::new(&self.cloud, place, &LIST_RULE_NAMES_BY_TARGET).await?;
        let mut names = Vec::new();
        let asked = [("TargetArn", target), ("EventBusName", bus)];
        let asked: Map<_, _> =
            asked.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect();
        let add = |page: RuleNames| {
            names.extend(page.rule_names);
            page.next_token
        };
        list.pages(target, asked, "NextToken", add).await?;
        let describe = JsonApi::new(&self.cloud, place, &DESCRIBE_RULE).await?;
        let mut rules = Vec::new();
        for name in names {
            let asked = json!({"Name": name, "EventBusName": bus});
            let rule: Rule = describe.send(&name, &asked).await?;
            rules.push(EventRule { name, enabled: rule.state.starts_with("ENABLED") });
        }
        Ok(rules)
    }

    async fn trails(&self, home: &Place) -> Result<Vec<TrailHealth>, PortError> {
        let describe = JsonApi::new(&self.cloud, home, &DESCRIBE_TRAILS).await?;
        let asked = json!({"includeShadowTrails": true});
        let described: Trails = describe.send("the trails", &asked).await?;
        let mut trails = Vec::new();
        for found in described.trail_list {
            // The trail's own Region answers for it.
            let place = Place { region: found.home_region, ..home.clone() };
            let status = JsonApi::new(&self.cloud, &place, &GET_TRAIL_STATUS).await?;
            let asked = json!({"Name": found.trail_arn});
            let status: TrailStatus = status.send(&found.trail_arn, &asked).await?;
            trails.push(TrailHealth {
                arn: found.trail_arn,
                bucket: found.s3_bucket_name.unwrap_or_default(),
                logging: status.is_logging,
                error: status.latest_delivery_error.filter(|error| !error.is_empty()),
            });
        }
        Ok(trails)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attributes: Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Executions {
    executions: Vec<ListedExecution>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedExecution {
    status: String,
    /// Seconds since 1970.
    start_date: f64,
}

impl ListedExecution {
    fn read(self, machine: &str) -> Result<Execution, PortError> {
        let action = LIST_EXECUTIONS.action;
        let wrong = |error: jiff::Error| refuse(action, machine, Kind::Failed, error.to_string());
        let since = jiff::SignedDuration::try_from_secs_f64(self.start_date).map_err(wrong)?;
        let started = Timestamp::from_duration(since).map_err(wrong)?;
        Ok(Execution { status: self.status, started })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bus {
    policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleNames {
    rule_names: Vec<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    state: String,
}

#[derive(Deserialize)]
struct Trails {
    #[serde(rename = "trailList", default)]
    trail_list: Vec<Trail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    s3_bucket_name: Option<String>,
    home_region: String,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrailStatus {
    is_logging: bool,
    latest_delivery_error: Option<String>,
}
