use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::{
    repair::{RepairArgs, RollbackArgs},
    report::ReportArgs,
};

/// Finds what is wrong with AWS Lambda functions, and says what it could not see.
#[derive(Debug, Parser)]
#[command(name = "warden", version, about, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 violations at or above --fail-on, \
    2 could not see everything, 64 usage.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge every function of an account, or one
    Scan(Box<Scan>),
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Explain one rule: why, how to mend, how to opt out, examples
    Explain {
        /// Its id, e.g. `runtime-deprecated`
        rule: String,
    },
    /// Digest CloudTrail logs into a ledger of who called what
    Digest(Box<Digest>),
    /// Show what a ledger says of roles and functions
    Usage(Box<Usage>),
    /// Judge each permission of a role, and propose a policy of the least it needs
    Propose(Box<Propose>),
    /// Show what would repair a finding, or do it
    Repair(Box<RepairArgs>),
    /// Show what would take a repair back, or do it
    Rollback(Box<RollbackArgs>),
    /// Write what a night saw: a page, JSON, CSV, SARIF or OCSF
    Report(Box<ReportArgs>),
    /// Say whether an identity may do something, and by which statement of which policy
    Can(Box<Can>),
    /// Say what is wrong with a deployment, and how to mend it
    Doctor(Box<Doctor>),
    /// Say what a deployment costs: calls, and US dollars by AWS's list prices
    Cost(Cost),
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Region to scan; may be repeated [default: AWS_REGION or the profile's]
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Judge this function alone, by name or ARN; may be repeated
    #[arg(long = "function", value_name = "NAME|ARN")]
    pub(crate) functions: Vec<String>,
    /// Judge by this rule alone; may be repeated. Not to be published: the findings of all other
    /// rules would be archived
    #[arg(long = "rule", value_name = "ID", conflicts_with = "publish")]
    pub(crate) rules: Vec<String>,
    /// What the organisation asks for [default: the built-in baseline]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// What roles were used for, as `warden digest` wrote it; without it, that is unknown
    #[arg(long, value_name = "FOLDER|s3://…")]
    pub(crate) ledger: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t = Threshold::Low)]
    pub(crate) fail_on: Threshold,
    /// Also bring Security Hub in line with what was found
    #[arg(long)]
    pub(crate) publish: bool,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

#[derive(Debug, Args)]
pub(crate) struct Digest {
    /// CloudTrail's log files: a folder, or an `s3://` URL of the bucket, of `AWSLogs` or below
    #[arg(long, value_name = "FOLDER|S3-URL")]
    pub(crate) from: String,
    /// The ledger to write to: a folder or an `s3://` URL
    #[arg(long, value_name = "FOLDER|S3-URL")]
    pub(crate) to: String,
    /// Only this account; may be repeated [default: all there are]
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<String>,
    /// Only this Region; may be repeated [default: all there are]
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// First day, UTC [default: the first there is]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from_day: Option<Date>,
    /// Last day, UTC [default: yesterday]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to_day: Option<Date>,
    /// Digest days again that the ledger has
    #[arg(long)]
    pub(crate) again: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
}

#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// The ledger: a folder or an `s3://` URL
    #[arg(long, value_name = "FOLDER|S3-URL")]
    pub(crate) ledger: String,
    /// Only calls made with this role; may be repeated
    #[arg(long = "role", value_name = "ARN")]
    pub(crate) roles: Vec<String>,
    /// Only calls of this function; may be repeated
    #[arg(long = "function", value_name = "ARN")]
    pub(crate) functions: Vec<String>,
    /// Only digests of this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from_day: Option<Date>,
    /// Only digests of this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to_day: Option<Date>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
}

#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// The role
    #[arg(long, value_name = "ARN")]
    pub(crate) role: String,
    /// The ledger: a folder or an `s3://` URL
    #[arg(long, value_name = "FOLDER|S3-URL", env = "WARDEN_LEDGER")]
    pub(crate) ledger: String,
    /// Ask nothing of AWS: take the role from what `aws iam get-account-authorization-details` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) authorization_details: Option<PathBuf>,
    /// What `aws lambda list-functions` prints
    #[arg(long, value_name = "FILE", requires = "authorization_details")]
    pub(crate) functions: Option<PathBuf>,
    /// What `aws lambda list-event-source-mappings` prints
    #[arg(long, value_name = "FILE", requires = "functions")]
    pub(crate) event_sources: Option<PathBuf>,
    /// Propose as of this day, UTC: the window ends the day before [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: Option<Date>,
    /// Days of usage to look at
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) window: u16,
    /// Put the proposal in place of the role's policies, as a repair of the finding
    /// `role-permission-unused` of its first function
    #[arg(long, requires = "bucket", conflicts_with = "authorization_details")]
    pub(crate) apply: bool,
    /// Where the before-image is kept: the stack's bucket, or a folder
    #[arg(long, value_name = "FOLDER|S3-URL", env = "WARDEN_BUCKET")]
    pub(crate) bucket: Option<String>,
    /// What lets the role be repaired [default: the built-in baseline, which lets nothing be]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Region of the role's functions [default: AWS_REGION or the profile's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    /// Colours in the difference
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

#[derive(Debug, Args)]
pub(crate) struct Can {
    /// What `aws iam get-account-authorization-details` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) authorization_details: PathBuf,
    /// Who asks: a role, a session of one, or a user
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: String,
    /// For what, e.g. `s3:GetObject`
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: String,
    /// On what: an ARN, or `*` for actions that work on no resource
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: String,
    /// A condition key of the request; repeat it for several keys, or several values of one. Keys
    /// that are not given are absent, but for those that follow from the rest
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) context: Vec<(String, String)>,
    /// A service control policy; those of one `--scp` level are separated by commas, levels from
    /// the root down by repetition
    #[arg(long = "scp", value_name = "FILE[,FILE]")]
    pub(crate) scps: Vec<String>,
    /// The policy of the resource, in the same account
    #[arg(long, value_name = "FILE")]
    pub(crate) resource_policy: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Name of the stack
    #[arg(long, value_name = "NAME", default_value = "lambda-warden")]
    pub(crate) stack: String,
    /// Where the stack is; of a member, where to look [default: AWS_REGION or the profile's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Look at a member, with its own credentials: whether it forwards to this bus, the stack's
    /// output BusArn
    #[arg(long, value_name = "ARN", conflicts_with = "stack")]
    pub(crate) bus: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("of").required(true).args(["night", "scan", "functions"])))]
pub(crate) struct Cost {
    /// A night as measured: its `summary.json`, from the stack's bucket
    #[arg(long, value_name = "FILE")]
    pub(crate) night: Option<PathBuf>,
    /// A scan as measured: what `warden scan --format json` printed
    #[arg(long, value_name = "FILE")]
    pub(crate) scan: Option<PathBuf>,
    /// An ordinary night of so many functions, as it was measured elsewhere
    #[arg(long, value_name = "N")]
    pub(crate) functions: Option<u64>,
    /// Accounts they are in
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["night", "scan"])]
    pub(crate) accounts: u64,
    /// Regions of each
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["night", "scan"])]
    pub(crate) regions: u64,
    /// Changes heard a day [default: one of twenty functions]
    #[arg(long, value_name = "N")]
    pub(crate) changes: Option<u64>,
    /// Findings imported a day [default: as measured, and one a change]
    #[arg(long, value_name = "N")]
    pub(crate) imports: Option<u64>,
    /// CloudTrail's events a day, which digest reads [default: unknown]
    #[arg(long, value_name = "N")]
    pub(crate) events: Option<u64>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = parts.ok_or("expected KEY=VALUE, e.g. `aws:SecureTransport=true`")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

/// Where object storage and AWS are reached.
#[derive(Debug, Args)]
pub(crate) struct Endpoint {
    /// Send every call to this endpoint, e.g. of an emulator
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Named profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// How AWS is reached.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// Scan this account, entered through the member roles
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Role that reads in another account
    #[arg(long, value_name = "NAME", default_value = "lambda-warden-read")]
    pub(crate) read_role: String,
    /// Role that publishes in another account
    #[arg(long, value_name = "NAME", default_value = "lambda-warden-publish")]
    pub(crate) publish_role: String,
    /// External id that those roles ask for
    #[arg(long, value_name = "TEXT")]
    pub(crate) external_id: Option<String>,
    /// Send every call to this endpoint, e.g. of an emulator
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Named profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Share of AWS's request quotas to use; `unlimited` is for endpoints that are not AWS's
    #[arg(long, value_enum, default_value_t = Rate::Polite)]
    pub(crate) rate: Rate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rate {
    /// Two thirds: deployments go on meanwhile
    Polite,
    /// All of it
    Full,
    /// No limit of our own
    Unlimited,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// AWS Security Finding Format, as it would be imported
    Asff,
    /// One page to open in a browser; it loads nothing
    Html,
    /// For spreadsheets
    Csv,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// OCSF 1.3.0 Compliance Findings, for data lakes
    Ocsf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Threshold {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Threshold {
    pub(crate) fn severity(self) -> model::Severity {
        match self {
            Self::Informational => model::Severity::Informational,
            Self::Low => model::Severity::Low,
            Self::Medium => model::Severity::Medium,
            Self::High => model::Severity::High,
            Self::Critical => model::Severity::Critical,
        }
    }
}
