//! Prints random requests with random policies and our answers, one JSON object a line, for
//! `infra/checks/test_iam_oracle.py` to ask somebody else.
//!
//! `cases <count> <seed>`; the same two numbers print the same bytes.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a generator that fails, fails its test"
)]

mod dice;
mod policies;

use iam::{Caller, Key, Policies, Policy, Request, decide};
use serde_json::{Map, Value, json};

use dice::Dice;
use policies::{Place, policy};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/pay";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/pay/pay-1";
const USER: &str = "arn:aws:iam::111122223333:user/ann";

/// Action, resource, account of the resource.
const REQUESTS: [(&str, &str, &str); 19] = [
    ("s3:GetObject", "arn:aws:s3:::bucket/red/key", ACCOUNT),
    ("s3:GetObject", "arn:aws:s3:::bucket/blue/KEY", ACCOUNT),
    ("s3:GetObject", "arn:aws:s3:::foreign/key", OTHER),
    ("s3:PutObject", "arn:aws:s3:::bucket/red/key", ACCOUNT),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::bucket/a:b", ACCOUNT),
    ("s3:ListBucket", "arn:aws:s3:::bucket", ACCOUNT),
    ("s3:ListAllMyBuckets", "*", ACCOUNT),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders", ACCOUNT),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:orders", OTHER),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", ACCOUNT),
    ("dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/orders/index/red", ACCOUNT),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:pay", ACCOUNT),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd", ACCOUNT),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/service-role/pay", ACCOUNT),
    ("ec2:DescribeInstances", "*", ACCOUNT),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:red-AbCdEf",
        ACCOUNT,
    ),
    (
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/pay:log-stream:a",
        ACCOUNT,
    ),
    ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:red", ACCOUNT),
    ("sts:GetCallerIdentity", "*", ACCOUNT),
];

/// What the operators of one kind compare: names of operators, keys with one value, keys with
/// many, values of requests, values of policies.
struct Kind {
    operators: &'static [&'static str],
    keys: &'static [&'static str],
    many: &'static [&'static str],
    given: &'static [&'static str],
    wanted: &'static [&'static str],
}

const KINDS: [Kind; 7] = [
    Kind {
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        keys: &["aws:PrincipalTag/team", "aws:PrincipalOrgID", "aws:UserAgent", "aws:SourceVpc"],
        many: &["aws:PrincipalOrgPaths", "aws:CalledVia"],
        given: &["red", "blue", "Red", "r*", "o-1/r-1/ou-2/"],
        wanted: &[
            "red",
            "Red",
            "blue",
            "r*",
            "?ed",
            "*",
            "o-1/*/ou-?/",
            "${aws:PrincipalTag/team}",
            "${aws:UserAgent}*",
            "${aws:SourceVpc, 'red'}",
            "r${*}",
            "${aws:username}",
        ],
    },
    Kind {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        keys: &["aws:MultiFactorAuthAge"],
        many: &[],
        given: &["5", "5.0", "300", "-1"],
        wanted: &["5", "5.00", "299.5", "300", "0"],
    },
    Kind {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        keys: &["aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime"],
        many: &[],
        given: &["2026-01-01T00:00:00Z", "2026-01-02T02:00:00+02:00", "1767225600", "2025-12-31"],
        wanted: &["2026-01-01T00:00:00Z", "2026-01-02", "2025-12-31T23:00:00-01:00", "1767225600"],
    },
    Kind {
        operators: &["Bool"],
        keys: &["aws:SecureTransport", "aws:ViaAWSService", "aws:MultiFactorAuthPresent"],
        many: &[],
        given: &["true", "false", "True"],
        wanted: &["true", "false", "False"],
    },
    Kind {
        operators: &["IpAddress", "NotIpAddress"],
        keys: &["aws:SourceIp", "aws:VpcSourceIp"],
        many: &[],
        given: &["10.1.2.3", "203.0.113.9", "2001:db8::1", "10.3.0.1"],
        wanted: &["10.0.0.0/8", "203.0.113.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0", "10.3.0.1"],
    },
    Kind {
        operators: &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        keys: &["aws:SourceArn", "aws:PrincipalArn", "lambda:SourceFunctionArn"],
        many: &[],
        given: &[
            "arn:aws:lambda:eu-west-1:111122223333:function:pay",
            "arn:aws:lambda:eu-west-1:111122223333:function:pay:live",
            ROLE,
            USER,
        ],
        wanted: &[
            "arn:aws:lambda:*:*:function:pay",
            "arn:aws:lambda:eu-west-1:111122223333:function:pay*",
            "arn:*:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:iam::1111????3333:*",
            ROLE,
        ],
    },
    Kind {
        operators: &["BinaryEquals"],
        keys: &["aws:UserAgent"],
        many: &[],
        given: &["QmFy", "cmVk"],
        wanted: &["QmFy", "qmfy"],
    },
];

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let count = numbers.next().unwrap();
    let mut dice = Dice(numbers.next().unwrap());
    let mut text = String::new();
    for _ in 0..count {
        text += &case(&mut dice).to_string();
        text.push('\n');
    }
    print!("{text}");
}

/// A request in the oracle's own form, and our answer.
fn case(dice: &mut Dice) -> Value {
    let asked = *dice.pick(&REQUESTS);
    let (action, resource, owner) = asked;
    let is_user = dice.one_in(3);
    let context = context(dice, is_user);
    let named = |name: &str, policy: Value| json!({ "name": name, "policy": policy });
    let identity: Vec<Value> = (0..=dice.below(2))
        .map(|at| named(&format!("identity-{at}"), policy(dice, asked, Place::Identity)))
        .collect();
    let boundary = dice.one_in(3).then(|| named("boundary", policy(dice, asked, Place::Identity)));
    let session = (!is_user && dice.one_in(6)).then(|| policy(dice, asked, Place::Identity));
    let levels = if dice.one_in(3) { 1 + dice.below(3) } else { 0 };
    let scps: Vec<Value> = (0..levels)
        .map(|at| {
            let name = format!("scp-{at}");
            let policies = [named(&name, policy(dice, asked, Place::Organization))];
            json!({ "orgIdentifier": format!("ou-{at}"), "policies": policies })
        })
        .collect();
    let has_policy = session.is_none() && action != "sts:GetCallerIdentity";
    let resource_policy =
        (has_policy && dice.one_in(3)).then(|| policy(dice, asked, Place::Resource));
    let mut simulation = json!({
        "request": {
            "principal": if is_user { USER } else { SESSION },
            "action": action,
            "resource": { "resource": resource, "accountId": owner },
            "contextVariables": context,
        },
        "identityPolicies": identity,
        "serviceControlPolicies": scps,
        "resourceControlPolicies": [],
    });
    let members = simulation.as_object_mut().unwrap();
    members.extend(session.map(|policy| ("sessionPolicy".to_owned(), policy)));
    members.extend(resource_policy.map(|policy| ("resourcePolicy".to_owned(), policy)));
    members.extend(boundary.map(|named| ("permissionBoundaryPolicies".to_owned(), json!([named]))));
    let ours = answer(&simulation, is_user);
    json!({ "simulation": simulation, "ours": ours })
}

/// What we say of a request, read from the text that the oracle reads.
fn answer(simulation: &Value, is_user: bool) -> &'static str {
    let read = |json: &Value| Policy::parse(&json.to_string()).unwrap();
    let list = |json: &Value| -> Vec<(String, Policy)> {
        let items = json.as_array().into_iter().flatten();
        items.map(|i| (i["name"].as_str().unwrap().to_owned(), read(&i["policy"]))).collect()
    };
    fn named(list: &[(String, Policy)]) -> Vec<(&str, &Policy)> {
        list.iter().map(|(name, policy)| (name.as_str(), policy)).collect()
    }
    let identity = list(&simulation["identityPolicies"]);
    let boundary = list(&simulation["permissionBoundaryPolicies"]);
    let levels = simulation["serviceControlPolicies"].as_array().unwrap();
    let levels: Vec<_> = levels.iter().map(|level| list(&level["policies"])).collect();
    let session = simulation.get("sessionPolicy").map(read);
    // A resource of which nothing is said has no policy.
    let none = json!({ "Statement": [] });
    let resource = read(simulation.get("resourcePolicy").unwrap_or(&none));
    let (identity, boundary) = (named(&identity), named(&boundary));
    let session = session.as_ref().map(|policy| [("session", policy)]);
    let scps: Vec<_> = levels.iter().map(|level| named(level)).collect();
    let policies = Policies {
        identity: &identity,
        boundary: boundary.first().copied(),
        session: session.as_ref().map(<[_; 1]>::as_slice),
        scps: &scps,
        resource: Some(("resource", &resource)),
    };
    let request = &simulation["request"];
    let text = |json: &'_ Value| json.as_str().unwrap().to_owned();
    let values = request["contextVariables"].as_object().unwrap();
    let known = |key: &str| {
        let value = values.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        match value.map(|(_, value)| value) {
            None => Key::Absent,
            Some(Value::Array(list)) => Key::Values(list.iter().map(text).collect()),
            Some(value) => Key::value(text(value)),
        }
    };
    let caller = match is_user {
        true => Caller::new(USER),
        false => Caller { session: Some("pay-1"), ..Caller::new(ROLE) },
    };
    let (action, resource) = (text(&request["action"]), text(&request["resource"]["resource"]));
    let owner = text(&request["resource"]["accountId"]);
    let request = Request {
        caller,
        action: &action,
        resource: &resource,
        resource_account: Some(&owner),
        context: &known,
    };
    decide(&request, &policies).name()
}

/// Each key is there or not; those with many values have one to three.
fn context(dice: &mut Dice, is_user: bool) -> Map<String, Value> {
    let mut context = Map::new();
    for kind in &KINDS {
        for key in kind.keys {
            if dice.one_in(2) {
                context.insert((*key).to_owned(), json!(dice.pick(kind.given)));
            }
        }
        for key in kind.many {
            if dice.one_in(2) {
                let values: Vec<_> = (0..=dice.below(3)).map(|_| *dice.pick(kind.given)).collect();
                context.insert((*key).to_owned(), json!(values));
            }
        }
    }
    context.insert("aws:PrincipalArn".to_owned(), json!(if is_user { USER } else { ROLE }));
    if is_user {
        context.insert("aws:username".to_owned(), json!("ann"));
    }
    context
}
