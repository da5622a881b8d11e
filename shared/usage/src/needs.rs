//! What Lambda itself does with an execution role, from the configuration of its functions.

mod table;

use iam::catalogue::ActionSet;
use model::{EventSource, Fact, FunctionArn, Needs, RoleUser, service_of};
use serde::Serialize;

use crate::ActionId;
use table::{ROWS, Row};

/// One action that Lambda needs on one pattern of resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Need<'a> {
    /// For whom.
    pub function: &'a FunctionArn,
    /// E.g. `logs:PutLogEvents`.
    pub action: ActionId,
    /// ARN pattern; `*` where Lambda works on resources that have no name yet.
    pub on: String,
    /// The setting that makes Lambda act.
    pub cause: Cause,
    /// The page that says so.
    pub source: &'static str,
}

/// The setting of a function that makes Lambda act with its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It writes logs.
    LogGroup,
    /// It is replicated to the edge, where it writes logs in every Region.
    EdgeLogGroup,
    /// It is attached to a VPC.
    Vpc,
    /// Active tracing.
    Tracing,
    /// The Lambda Insights extension.
    Insights,
    /// The Application Signals layer.
    ApplicationSignals,
    /// The layer of AWS's distribution of OpenTelemetry.
    OpenTelemetry,
    /// The AppConfig extension.
    AppConfig,
    /// A dead-letter queue.
    DeadLetterQueue,
    /// A dead-letter topic.
    DeadLetterTopic,
    /// A queue that events or errors are sent to.
    DestinationQueue,
    /// A topic that events or errors are sent to.
    DestinationTopic,
    /// A bucket that events or errors are sent to.
    DestinationBucket,
    /// A function that events or errors are sent to.
    DestinationFunction,
    /// A bus that events or errors are sent to.
    DestinationBus,
    /// A Kafka topic that errors are sent to.
    DestinationKafka,
    /// A queue as event source.
    Queue,
    /// A Kinesis stream as event source.
    Kinesis,
    /// The stream of a DynamoDB table as event source.
    DynamoDb,
    /// An MSK cluster as event source.
    Msk,
    /// An Amazon MQ broker as event source.
    Mq,
    /// A DocumentDB cluster as event source.
    DocumentDb,
    /// An event source in a VPC.
    SourceVpc,
    /// A secret of an event source.
    SourceSecret,
    /// A Glue schema registry of an event source.
    SchemaRegistry,
    /// An EFS file system.
    Efs,
    /// An S3 file system.
    S3Files,
    /// Durable execution.
    Durable,
}

/// A part of the configuration that may be unknown by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Function,
    Destinations,
    Sources,
}

/// What Lambda needs for one function.
#[derive(Clone, Debug)]
pub struct Needed<'a> {
    /// For whom.
    pub function: &'a FunctionArn,
    /// In the order of the table.
    pub needs: Vec<Need<'a>>,
    /// What it may need besides: a part of the configuration is not known, or does not tell.
    pub unclear: ActionSet,
    /// Why a part of the configuration is not known.
    pub unknown: Vec<&'a str>,
}

/// What Lambda needs of the role for one of its functions. `at_edge`: the role can be assumed by
/// Lambda@Edge.
pub fn needed(user: &RoleUser, at_edge: bool) -> Needed<'_> {
    let mut needed = Needed::new(&user.arn);
    match &user.needs {
        Fact::Known(needs) => needed.configured(needs, at_edge),
        Fact::Unknown { unknown } => needed.may_be_anything(unknown),
    }
    needed
}

impl<'a> Needed<'a> {
    /// Nothing, so far.
    fn new(function: &'a FunctionArn) -> Self {
        Self { function, needs: Vec::new(), unclear: ActionSet::new(), unknown: Vec::new() }
    }

    /// What a function may need of which nothing is known, and why nothing is.
    pub(crate) fn unknown(function: &'a FunctionArn, why: &'a str) -> Self {
        let mut needed = Self::new(function);
        needed.may_be_anything(why);
        needed
    }

    fn may_be_anything(&mut self, why: &'a str) {
        self.unknown.push(why);
        for part in [Part::Function, Part::Destinations, Part::Sources] {
            self.may_be(part);
        }
    }

    fn configured(&mut self, needs: &'a Needs, at_edge: bool) {
        for group in &needs.log_groups {
            self.add(Cause::LogGroup, group);
        }
        let flags = [
            (Cause::EdgeLogGroup, at_edge),
            (Cause::Vpc, needs.vpc),
            (Cause::Tracing, needs.tracing),
            (Cause::Durable, needs.durable),
        ];
        for (cause, _) in flags.into_iter().filter(|(_, set)| *set) {
            self.add(cause, "");
        }
        needs.layers.iter().for_each(|layer| self.layer(layer));
        for system in &needs.file_systems {
            let is_s3 = service_of(system) == Some("s3files");
            self.add(if is_s3 { Cause::S3Files } else { Cause::Efs }, system);
        }
        for target in &needs.dead_letters {
            match service_of(target) {
                Some("sqs") => self.add(Cause::DeadLetterQueue, target),
                Some("sns") => self.add(Cause::DeadLetterTopic, target),
                _ => self.may_be(Part::Destinations),
            }
        }
        match &needs.destinations {
            Fact::Known(targets) => targets.iter().for_each(|target| self.destination(target)),
            Fact::Unknown { unknown } => self.part_unknown(Part::Destinations, unknown),
        }
        match &needs.sources {
            Fact::Known(sources) => sources.iter().for_each(|source| self.source(source)),
            Fact::Unknown { unknown } => self.part_unknown(Part::Sources, unknown),
        }
    }

    fn part_unknown(&mut self, part: Part, why: &'a str) {
        self.unknown.push(why);
        self.may_be(part);
        // What an event source could not deliver goes to a destination.
        if part == Part::Sources {
            self.may_be(Part::Destinations);
        }
    }

    /// Extensions of AWS's own that call with the role; by the layer's name, for the account that
    /// publishes them differs by Region.
    fn layer(&mut self, layer: &str) {
        let name = layer.split(':').nth(6).unwrap_or_default();
        for (start, cause) in [
            ("LambdaInsightsExtension", Cause::Insights),
            ("AWSOpenTelemetryDistro", Cause::ApplicationSignals),
            ("aws-otel-", Cause::OpenTelemetry),
            ("AWS-AppConfig-Extension", Cause::AppConfig),
        ] {
            if name.starts_with(start) {
                self.add(cause, "");
            }
        }
    }

    fn destination(&mut self, target: &str) {
        match service_of(target) {
            Some("sqs") => self.add(Cause::DestinationQueue, target),
            Some("sns") => self.add(Cause::DestinationTopic, target),
            Some("s3") => self.add(Cause::DestinationBucket, target),
            Some("lambda") => self.add(Cause::DestinationFunction, target),
            Some("events") => self.add(Cause::DestinationBus, target),
            None if target.starts_with("kafka:") => self.add(Cause::DestinationKafka, target),
            _ => self.may_be(Part::Destinations),
        }
    }

    fn source(&mut self, source: &EventSource) {
        let arn = source.arn.as_deref().unwrap_or_default();
        match source.arn.as_deref().map(service_of) {
            None => {} // Self-managed Kafka: what it needs stands in the other fields.
            Some(Some("sqs")) => self.add(Cause::Queue, arn),
            Some(Some("kinesis")) => {
                // With enhanced fan-out the source is a consumer of the stream.
                let stream = arn.split_once("/consumer/").map_or(arn, |(stream, _)| stream);
                self.add(Cause::Kinesis, stream);
            }
            Some(Some("dynamodb")) => self.add(Cause::DynamoDb, arn),
            Some(Some("kafka")) => self.add(Cause::Msk, arn),
            Some(Some("mq")) => self.add(Cause::Mq, arn),
            Some(Some("rds")) => self.add(Cause::DocumentDb, arn),
            Some(_) => self.may_be(Part::Sources),
        }
        if source.vpc {
            self.add(Cause::SourceVpc, "");
        }
        for secret in &source.secrets {
            self.add(Cause::SourceSecret, secret);
        }
        if let Some(registry) = &source.schema_registry
            && service_of(registry) == Some("glue")
        {
            self.add(Cause::SchemaRegistry, registry);
        }
        if let Some(target) = &source.on_failure {
            self.destination(target);
        }
    }

    /// Applies the rows of a cause.
    fn add(&mut self, cause: Cause, target: &str) {
        for row in ROWS.iter().filter(|row| row.cause == cause) {
            if row.certain {
                for (action, template) in row.pairs() {
                    let on = filled(template, self.function, target);
                    let Self { function, .. } = *self;
                    self.needs.push(Need { function, action, on, cause, source: row.source });
                }
            } else {
                for action in row.actions {
                    self.unclear.add_pattern(action);
                }
            }
        }
    }

    fn may_be(&mut self, part: Part) {
        for row in ROWS.iter().filter(|row| row.part == part) {
            for action in row.actions {
                self.unclear.add_pattern(action);
            }
        }
    }
}

impl Row {
    fn pairs(&self) -> impl Iterator<Item = (ActionId, &'static str)> + '_ {
        let known = self.actions.iter().filter_map(|action| ActionId::find(action));
        known.flat_map(|action| self.on.iter().map(move |template| (action, *template)))
    }
}

/// Fills `{target}` and the parts of the function's ARN in.
fn filled(template: &str, function: &FunctionArn, target: &str) -> String {
    let mut text = String::with_capacity(template.len() + target.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{')
        && let Some((name, after)) = after.split_once('}')
    {
        text.push_str(before);
        text.push_str(match name {
            "target" => target,
            "partition" => function.partition(),
            "region" => function.region(),
            "account" => function.account(),
            "name" => function.name(),
            _ => function.as_str(),
        });
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests;
