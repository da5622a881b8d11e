//! What an EventBridge event says has changed.

mod surroundings;

use jiff::Timestamp;
use model::{BadArn, FunctionArn};
use serde_json::Value;

use crate::{Place, Used};

/// One change of one thing that findings may depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `detail.eventID`; delivery is at least once.
    pub event: String,
    /// `detail.eventTime`, in whole seconds: the change was made within the second after it.
    pub time: Timestamp,
    /// `detail.eventName` as recorded, with its version suffix.
    pub name: String,
    /// Who did it: `userIdentity.arn`, else what CloudTrail names in its place.
    pub actor: Option<String>,
    /// The change was to tags, so that its actor is who set an exemption.
    pub is_of_tags: bool,
    /// What changed.
    pub subject: Subject,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A function, one of its qualifiers, its policy, URL, tags or event sources; or it is gone.
    Function(FunctionArn),
    /// A role, by name without path.
    Role {
        /// Partition, account and name.
        partition: String,
        /// Twelve digits.
        account: String,
        /// Without path.
        name: String,
    },
    /// A managed policy.
    Policy {
        /// Partition of its account.
        partition: String,
        /// The account whose event it is.
        account: String,
        /// ARN of the policy.
        arn: String,
    },
    /// What functions of one place may use: a key, a layer, a part of a network.
    Used {
        /// Where it is.
        place: Place,
        /// What it is.
        what: Used,
    },
    /// Nothing that a function's findings depend on, and why.
    Nothing(&'static str),
}

/// The event cannot be understood; it belongs in the dead-letter queue, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON.
    #[error("the message is not JSON: {0}")]
    NotJson(String),
    /// A field is missing or of the wrong kind.
    #[error(
        "the event has no usable `{0}`; a rule let something through that is no CloudTrail API call"
    )]
    Field(&'static str),
    /// The function cannot be named.
    #[error("the event names a function that cannot be: {0}")]
    Function(String),
}

/// Events of Lambda that no finding depends on.
const UNRELATED: &[&str] = &[
    "PublishLayerVersion",
    "DeleteLayerVersion",
    "CreateCodeSigningConfig",
    "UpdateCodeSigningConfig",
    "DeleteCodeSigningConfig",
];

impl Change {
    /// Reads an EventBridge event `AWS API Call via CloudTrail` of Lambda, IAM, KMS or EC2.
    ///
    /// Account and Region come from the envelope, never from names inside the call, which may be
    /// bare, qualified or ARNs. Failed calls and dry runs change [`Subject::Nothing`].
    ///
    /// # Errors
    /// The text is no such event.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let event: Value =
            serde_json::from_str(text).map_err(|error| Malformed::NotJson(error.to_string()))?;
        let detail = Detail { event: &event };
        let name = detail.need("/detail/eventName")?;
        let subject = if detail.text("/detail/errorCode").is_some() {
            Subject::Nothing("the call failed")
        } else if detail.is_true("/detail/requestParameters/dryRun") {
            Subject::Nothing("the call was a dry run")
        } else {
            match detail.need("/detail/eventSource")? {
                "lambda.amazonaws.com" => detail.lambda(name)?,
                "iam.amazonaws.com" => detail.iam()?,
                "kms.amazonaws.com" => detail.key()?,
                "ec2.amazonaws.com" => detail.network(name)?,
                _ => Subject::Nothing("no service that findings depend on made the change"),
            }
        };
        Ok(Self {
            event: detail.need("/detail/eventID")?.to_owned(),
            time: detail
                .need("/detail/eventTime")?
                .parse()
                .map_err(|_| Malformed::Field("detail/eventTime"))?,
            name: name.to_owned(),
            actor: detail.actor(),
            is_of_tags: name.starts_with("TagResource") || name.starts_with("UntagResource"),
            subject,
        })
    }
}

struct Detail<'a> {
    event: &'a Value,
}

impl<'a> Detail<'a> {
    fn text(&self, path: &str) -> Option<&'a str> {
        self.event.pointer(path)?.as_str().filter(|text| !text.is_empty())
    }

    fn need(&self, path: &'static str) -> Result<&'a str, Malformed> {
        self.text(path).ok_or_else(|| Malformed::Field(path.trim_start_matches('/')))
    }

    fn is_true(&self, path: &str) -> bool {
        self.event.pointer(path).is_some_and(|value| value == true || value == "true")
    }

    fn actor(&self) -> Option<String> {
        ["arn", "principalId", "invokedBy"]
            .into_iter()
            .find_map(|key| self.text(&format!("/detail/userIdentity/{key}")))
            .map(str::to_owned)
    }

    fn lambda(&self, name: &str) -> Result<Subject, Malformed> {
        if UNRELATED.iter().any(|unrelated| name.starts_with(unrelated)) {
            return Ok(Subject::Nothing(
                "no finding depends on new layers or signing configurations",
            ));
        }
        if name.contains("LayerVersionPermission") {
            return self.layer();
        }
        let named = [
            "/detail/responseElements/functionArn",
            "/detail/requestParameters/functionName",
            "/detail/requestParameters/functionArn",
            "/detail/requestParameters/resource",
            "/detail/requestParameters/resourceArn",
        ];
        let Some(named) = named.into_iter().find_map(|path| self.text(path)) else {
            return Ok(Subject::Nothing("the call names no function"));
        };
        if model::service_of(named) == Some("lambda") && !named.contains(":function:") {
            return Ok(Subject::Nothing("the call was about another kind of Lambda resource"));
        }
        self.function(named).map(Subject::Function)
    }

    /// A function named as AWS lets callers name it: name, `name:qualifier`, partial or whole ARN.
    fn function(&self, named: &str) -> Result<FunctionArn, Malformed> {
        let region = self.need("/region")?;
        let account = self.need("/account")?;
        let name = match named.split_once(":function:").or_else(|| named.split_once("function:")) {
            Some((_, rest)) => rest,
            None => named,
        };
        let name = name.split(':').next().unwrap_or_default();
        FunctionArn::new(self.partition(region), region, account, name)
            .map_err(|BadArn(_)| Malformed::Function(named.to_owned()))
    }

    fn iam(&self) -> Result<Subject, Malformed> {
        let region = self.need("/region")?;
        let account = self.need("/account")?.to_owned();
        let partition = self.partition(region).to_owned();
        if let Some(name) = self.text("/detail/requestParameters/roleName") {
            return Ok(Subject::Role { partition, account, name: name.to_owned() });
        }
        Ok(match self.text("/detail/requestParameters/policyArn") {
            Some(arn) => Subject::Policy { partition, account, arn: arn.to_owned() },
            None => Subject::Nothing("the call names neither role nor policy"),
        })
    }

    fn partition(&self, region: &str) -> &'a str {
        let arns = [
            "/detail/responseElements/functionArn",
            "/detail/requestParameters/functionName",
            "/detail/requestParameters/policyArn",
            "/detail/userIdentity/arn",
        ];
        let told = arns.into_iter().find_map(|path| model::partition_of(self.text(path)?));
        told.unwrap_or(match region {
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        })
    }
}
