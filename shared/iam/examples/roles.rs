//! Judges many roles, for `infra/local/bench/permissions.py` to time.
//!
//! `roles make <count> <seed>` prints roles, one JSON object a line. `roles judge` reads them, and
//! prints for each how many actions its policies speak of, how many of these they grant, and how
//! many of these are not among the used: a line `<spoken> <granted> <unused>`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot read its input stops")]

use std::io::{BufRead, stdin};

use iam::catalogue::{self, ActionSet};
use iam::{Grants, Policies, Policy};
use serde::Deserialize;
use serde_json::{Value, json};

/// Services that Lambda functions call.
const SERVICES: [&str; 24] = [
    "logs",
    "s3",
    "dynamodb",
    "sqs",
    "kms",
    "sns",
    "secretsmanager",
    "ssm",
    "ec2",
    "lambda",
    "events",
    "states",
    "kinesis",
    "xray",
    "cloudwatch",
    "iam",
    "sts",
    "firehose",
    "ecr",
    "athena",
    "glue",
    "rds",
    "es",
    "cognito-idp",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", count, seed] => make(count.parse().unwrap(), seed.parse().unwrap()),
        ["judge"] => stdin().lock().lines().for_each(|line| println!("{}", judge(&line.unwrap()))),
        _ => eprintln!("roles make <count> <seed> | roles judge < roles"),
    }
}

#[derive(Deserialize)]
struct Role {
    policies: Vec<Policy>,
    used: Vec<String>,
}

fn judge(line: &str) -> String {
    let role: Role = serde_json::from_str(line).unwrap();
    let identity: Vec<_> = role.policies.iter().map(|policy| ("policy", policy)).collect();
    let grants = Grants::of(&Policies { identity: &identity, ..Policies::default() });
    let mut granted = ActionSet::new();
    for group in grants.groups().iter().filter(|group| !group.ruling.grants.is_empty()) {
        granted |= &group.actions;
    }
    let used: ActionSet = role.used.iter().filter_map(|name| catalogue::action(name)).collect();
    let mut unused = granted.clone();
    unused -= &used;
    format!("{} {} {}", grants.actions().len(), granted.len(), unused.len())
}

fn make(count: usize, seed: u64) {
    let mut dice = Dice(seed);
    for _ in 0..count {
        let policies: Vec<Value> = (0..=dice.below(3)).map(|_| policy(&mut dice)).collect();
        let used: Vec<String> = (0..dice.below(8)).map(|_| name(&mut dice).to_string()).collect();
        println!("{}", json!({ "policies": policies, "used": used }));
    }
}

fn policy(dice: &mut Dice) -> Value {
    let mut statements: Vec<Value> = (0..=dice.below(3)).map(|_| statement(dice)).collect();
    // One role of a hundred may do everything.
    if dice.below(200) == 0 {
        statements.push(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statement(dice: &mut Dice) -> Value {
    let actions: Vec<String> = (0..=dice.below(5)).map(|_| pattern(dice)).collect();
    let service = actions.first().unwrap().split(':').next().unwrap();
    let resource = match dice.below(4) {
        0 => "*".to_owned(),
        1 => format!("arn:aws:{service}:*:111122223333:*"),
        2 => format!("arn:aws:{service}:eu-west-1:111122223333:table/orders-*"),
        _ => format!("arn:aws:{service}:::pay-{}/*", dice.below(100)),
    };
    let effect = if dice.below(20) == 0 { "Deny" } else { "Allow" };
    json!({ "Effect": effect, "Action": actions, "Resource": resource })
}

/// Of a hundred: 40 names, 30 verbs, 20 services, 5 ends of names, 5 with a `?`.
fn pattern(dice: &mut Dice) -> String {
    let action = name(dice);
    let (service, name) = (action.service(), action.name());
    let mut words = name.match_indices(|c: char| c.is_uppercase()).map(|(at, _)| at).skip(1);
    let verb = words.next().unwrap_or(name.len());
    match dice.below(20) {
        0..8 => action.to_string(),
        8..14 => format!("{service}:{}*", &name[..verb]),
        14..18 => format!("{service}:*"),
        18 => format!("{service}:*{}", &name[verb..]),
        _ => format!("{service}:{}?{}", &name[..1], &name[2..]),
    }
}

fn name(dice: &mut Dice) -> catalogue::Action {
    let service = SERVICES.get(dice.below(SERVICES.len())).unwrap();
    let all: Vec<_> = catalogue::expand(&format!("{service}:*")).collect();
    *all.get(dice.below(all.len())).unwrap()
}

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}
