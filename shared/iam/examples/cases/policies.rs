//! Random policies that have something to do with what is asked.

use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::{ACCOUNT, KINDS, OTHER, ROLE, SESSION, USER};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Identity,
    Organization,
    Resource,
}

pub(crate) type Asked = (&'static str, &'static str, &'static str);

pub(crate) fn policy(dice: &mut Dice, asked: Asked, place: Place) -> Value {
    let mut statements: Vec<Value> =
        (0..=dice.below(3)).map(|_| statement(dice, asked, place)).collect();
    if place == Place::Organization && dice.below(4) > 0 {
        statements.push(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    }
    let mut policy = json!({ "Statement": statements });
    match dice.below(10) {
        0 => {}
        1 => policy["Version"] = json!("2008-10-17"),
        _ => policy["Version"] = json!("2012-10-17"),
    }
    policy
}

fn statement(dice: &mut Dice, asked: Asked, place: Place) -> Value {
    let mut statement = json!({ "Effect": if dice.one_in(4) { "Deny" } else { "Allow" } });
    if place == Place::Resource {
        statement["Principal"] = principal(dice);
    }
    let actions = some(dice, |dice| action(dice, asked.0));
    statement[if dice.one_in(6) { "NotAction" } else { "Action" }] = actions;
    let resources = some(dice, |dice| resource(dice, asked.1, place));
    statement[if dice.one_in(6) { "NotResource" } else { "Resource" }] = resources;
    let mut conditions = Map::new();
    for _ in 0..[0, 0, 1, 1, 2][dice.below(5)] {
        let (operator, key, values) = condition(dice);
        conditions.insert(operator, json!({ key: values }));
    }
    if !conditions.is_empty() {
        statement["Condition"] = Value::Object(conditions);
    }
    statement
}

/// One, or a list of one or two.
fn some(dice: &mut Dice, mut make: impl FnMut(&mut Dice) -> String) -> Value {
    if dice.one_in(2) {
        return json!(make(dice));
    }
    json!((0..=dice.below(2)).map(|_| make(dice)).collect::<Vec<_>>())
}

fn principal(dice: &mut Dice) -> Value {
    let named = [ROLE, SESSION, USER, ACCOUNT, "arn:aws:iam::111122223333:root"];
    match dice.below(8) {
        0 => json!("*"),
        1 => json!({ "AWS": "*" }),
        2 => json!({ "Service": "events.amazonaws.com" }),
        3 => json!({ "AWS": [OTHER, *dice.pick(&named)] }),
        _ => json!({ "AWS": dice.pick(&named) }),
    }
}

/// Patterns that match the action asked for, more often than not.
fn action(dice: &mut Dice, asked: &str) -> String {
    let (service, name) = asked.split_once(':').unwrap();
    let middle = name.len() / 2;
    match dice.below(9) {
        0 => "*".to_owned(),
        1 => format!("{service}:*"),
        2 => format!("{service}:{}*", &name[..middle]),
        3 => format!("{service}:*{}", &name[middle..]),
        4 => format!("{service}:{}?{}", &name[..middle], &name[middle + 1..]),
        5 => asked.to_ascii_lowercase(),
        6 => dice.pick(&["sqs:Send*", "s3:Get*", "iam:*", "lambda:InvokeFunction"]).to_string(),
        _ => asked.to_owned(),
    }
}

fn resource(dice: &mut Dice, asked: &str, place: Place) -> String {
    let fields: Vec<&str> = asked.splitn(6, ':').collect();
    let [_, _, service, region, account, name] = fields[..] else {
        return dice.pick(&["*", "*", "arn:aws:s3:::bucket"]).to_string();
    };
    let named = |name: &str| format!("arn:aws:{service}:{region}:{account}:{name}");
    let (kind, rest) = name.split_at(name.find(['/', ':']).map_or(0, |at| at + 1));
    let half = rest.len() / 2;
    match dice.below(11) {
        0 => "*".to_owned(),
        1 => format!("arn:aws:{service}:*:*:*"),
        2 => named(&format!("{kind}*")),
        3 => named(&format!("{kind}{}*", &rest[..half])),
        4 => named(&format!("{kind}*{}", &rest[half..])),
        5 => named(&name.replace("red", "${aws:PrincipalTag/team}")),
        6 => named(&name.replace("red", "${aws:PrincipalTag/team, 'red'}")),
        7 => named(&name.replace("pay", "p?y").replace("orders", "${aws:username}")),
        // An ARN of fewer than six fields is one of identity policies.
        8 if place == Place::Identity => format!("arn:aws:{service}"),
        9 => named(&format!("{kind}other")),
        _ => asked.to_owned(),
    }
}

fn condition(dice: &mut Dice) -> (String, &'static str, Value) {
    let kind = dice.pick(&KINDS);
    let many = !kind.many.is_empty() && dice.one_in(3);
    let key = *dice.pick(if many { kind.many } else { kind.keys });
    if dice.one_in(8) {
        return ("Null".to_owned(), key, json!(dice.pick(&["true", "false"])));
    }
    let operator = *dice.pick(kind.operators);
    // Single-valued operators on keys with many values, too, but seldom.
    let set = match (many, dice.below(20)) {
        (true, 0) => "",
        (true, 1..10) | (false, 0) => "ForAllValues:",
        (true, _) | (false, 1) => "ForAnyValue:",
        (false, _) => "",
    };
    let suffix = if dice.one_in(5) { "IfExists" } else { "" };
    let values = some(dice, |dice| dice.pick(kind.wanted).to_string());
    (format!("{set}{operator}{suffix}"), key, values)
}
