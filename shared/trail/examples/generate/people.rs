//! Who calls: functions, roles of other kinds, services and people of one account and Region.

use crate::dice::Dice;

/// One account in one Region.
pub(crate) struct Estate {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) functions: Vec<Function>,
    /// Roles of instances, containers and people.
    pub(crate) others: Vec<Other>,
    pub(crate) key: String,
    /// The role of AWS Config's recorder.
    pub(crate) recorder: Role,
}

/// A function and the credentials it has at the moment.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) agent: String,
    /// How `inScopeOf` tells of it: not, without a version, with one.
    pub(crate) scope: Option<String>,
    pub(crate) polled: bool,
}

pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) id: String,
    /// Keys that are in use at one time or another, and when they were made. A handful at a time:
    /// as many as there are execution environments.
    pub(crate) keys: Vec<(String, String)>,
}

/// A role that is no function's, with the names its sessions take.
pub(crate) struct Other {
    pub(crate) role: Role,
    pub(crate) sessions: Vec<String>,
    pub(crate) agent: String,
}

const AGENTS: [&str; 4] = [
    "Boto3/1.40.4 md/Botocore#1.40.4 ua/2.1 os/linux#5.10.240 md/arch#x86_64 lang/python#3.13.5 \
     md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 m/Z,b,n cfg/retry-mode#legacy Botocore/1.40.4",
    "aws-sdk-js/3.895.0 ua/2.1 os/linux#5.10.240 lang/js md/nodejs#22.18.0 exec-env/AWS_Lambda_nodejs22.x \
     api/dynamodb#3.895.0 m/E,N",
    "aws-sdk-java/2.33.0 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#21.0.8 \
     md/OpenJDK_64-Bit_Server_VM#21 exec-env/AWS_Lambda_java21",
    "aws-sdk-go-v2/1.38.1 ua/2.1 os/linux lang/go#1.25.0 md/GOARCH#arm64 md/GOOS#linux api/s3#1.87.1",
];

impl Estate {
    pub(crate) fn new(account: &str, region: &str, dice: &mut Dice) -> Self {
        let functions = (0..120).map(|number| Function::new(account, region, number, dice));
        let functions = functions.collect();
        let others = (0..12).map(|number| Other::new(account, number, dice)).collect();
        let key = format!("arn:aws:kms:{region}:{account}:key/{}", dice.uuid());
        let path = "aws-service-role/config.amazonaws.com/";
        let recorder = Role::new(account, path, "AWSServiceRoleForConfig".into(), dice);
        Self { account: account.into(), region: region.into(), functions, others, key, recorder }
    }
}

impl Role {
    pub(crate) fn new(account: &str, path: &str, name: String, dice: &mut Dice) -> Self {
        let arn = format!("arn:aws:iam::{account}:role/{path}{name}");
        let key = |number: usize, dice: &mut Dice| {
            let made = format!("{:02}:{:02}:19Z", number / 2 % 24, dice.below(60));
            (format!("ASIA{}", dice.capitals(16)), made)
        };
        let keys = (0..48).map(|number| key(number, dice)).collect();
        Self { arn, name, id: format!("AROA{}", dice.capitals(17)), keys }
    }
}

impl Function {
    fn new(account: &str, region: &str, number: usize, dice: &mut Dice) -> Self {
        let team = dice.pick(&["orders", "billing", "search", "ingest", "notify", "reports"]);
        let name =
            format!("{team}-{}-{number}", dice.pick(&["api", "worker", "stream", "nightly"]));
        // A third of them share a role, and then ids differ as IAM gives them: by role.
        let shared = dice.percent(30);
        let role_name = if shared { format!("{team}-shared") } else { format!("{name}-role") };
        let path = if dice.percent(30) { "service-role/" } else { "" };
        let mut role = Role::new(account, if shared { "" } else { path }, role_name, dice);
        if shared {
            role.id = format!("AROASHARED{account}{}", team.len());
        }
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
        let scope = format!(
            "\"inScopeOf\":{{\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"{arn}\""
        );
        let scope = match dice.below(10) {
            0..3 => None,
            3..7 => Some(scope + "}"),
            _ => Some(format!("{scope},\"credentialsIssuedToVersion\":\"{arn}:$LATEST\"}}")),
        };
        let agent = (*dice.pick(&AGENTS)).to_owned();
        Self { name, role, agent, scope, polled: dice.percent(15) }
    }
}

impl Other {
    fn new(account: &str, number: usize, dice: &mut Dice) -> Self {
        let (path, name, agent) = match number % 4 {
            0 => ("", format!("web-fleet-{number}"), "aws-sdk-java/2.33.0 lang/java#21.0.8"),
            1 => (
                "",
                format!("ecs-task-{number}"),
                "Boto3/1.40.4 md/Botocore#1.40.4 lang/python#3.12",
            ),
            2 => (
                "aws-reserved/sso.amazonaws.com/eu-west-1/",
                format!("AWSReservedSSO_PowerUser_{}", dice.uuid().replace('-', "")),
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36",
            ),
            _ => (
                "",
                format!("deploy-{number}"),
                "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 aws-sdk-go-v2/1.38.1",
            ),
        };
        let role = Role::new(account, path, name, dice);
        let sessions = (0..20).map(|_| match number % 4 {
            0 => format!("i-0{}", dice.uuid().replace('-', "").split_off(16)),
            1 => dice.uuid().replace('-', ""),
            2 => format!("{}@example.com", dice.letters(6).to_lowercase()),
            _ => format!("ci-{}", dice.below(1 << 30)),
        });
        Self { sessions: sessions.collect(), role, agent: agent.to_owned() }
    }
}
