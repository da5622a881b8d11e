//! Statements of resource policies, and the calls that would make them again.

use serde_json::{Map, Value, json};

/// What `AddPermission` is told.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) action: String,
    pub(super) principal: String,
    pub(super) source_arn: Option<String>,
    pub(super) source_account: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) token: Option<String>,
    pub(super) url_auth: Option<String>,
    pub(super) via_url: Option<bool>,
}

/// The statement of a policy that has this `Sid`.
///
/// # Errors
/// The text is no policy.
pub(super) fn find(policy: &str, sid: &str) -> Result<Option<Value>, String> {
    let policy: Value = serde_json::from_str(policy).map_err(|bad| bad.to_string())?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => return Err("the policy has no statements".to_owned()),
    };
    let is_it = |one: &Value| one.get("Sid").and_then(Value::as_str) == Some(sid);
    Ok(statements.into_iter().find(is_it))
}

impl Permission {
    /// What makes `statement`, to the letter.
    ///
    /// # Errors
    /// Nothing does: what in it no call can express.
    pub(super) fn read(statement: &Value) -> Result<Self, String> {
        let text = |name: &str| statement.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut permission = Self {
            action: text("Action").ok_or("it names several actions, or none")?,
            principal: principal(statement)?,
            ..Self::default()
        };
        let none = Map::new();
        let conditions = match statement.get("Condition") {
            Some(Value::Object(all)) => all,
            _ => &none,
        };
        for (operator, keys) in conditions {
            let keys = keys.as_object().ok_or("its conditions cannot be read")?;
            for (key, value) in keys {
                permission.take(operator, key, value)?;
            }
        }
        // What is left out above shows here.
        match permission.makes(statement) == *statement {
            true => Ok(permission),
            false => Err("`AddPermission` would write it otherwise".to_owned()),
        }
    }

    fn take(&mut self, operator: &str, key: &str, value: &Value) -> Result<(), String> {
        let text = value.as_str().map(str::to_owned);
        let slot = match (operator, key.to_ascii_lowercase().as_str()) {
            ("ArnLike", "aws:sourcearn") => &mut self.source_arn,
            ("StringEquals", "aws:sourceaccount") => &mut self.source_account,
            ("StringEquals", "aws:principalorgid") => &mut self.organization,
            ("StringEquals", "lambda:eventsourcetoken") => &mut self.token,
            ("StringEquals", "lambda:functionurlauthtype") => &mut self.url_auth,
            ("Bool", "lambda:invokedviafunctionurl") => {
                self.via_url = text.and_then(|text| text.parse().ok());
                return Ok(());
            }
            _ => return Err(format!("no call makes its condition `{operator}` on `{key}`")),
        };
        *slot = text;
        Ok(())
    }

    /// The statement that Lambda makes of it, with the `Sid` and the `Resource` of `like`.
    fn makes(&self, like: &Value) -> Value {
        let mut conditions: Map<String, Value> = Map::new();
        let mut add = |operator: &str, key: &str, value: Option<Value>| {
            if let Some(value) = value {
                let keys = conditions.entry(operator).or_insert_with(|| json!({}));
                if let Value::Object(keys) = keys {
                    keys.insert(key.to_owned(), value);
                }
            }
        };
        let text = |text: &Option<String>| text.clone().map(Value::String);
        add("ArnLike", "AWS:SourceArn", text(&self.source_arn));
        add("StringEquals", "AWS:SourceAccount", text(&self.source_account));
        add("StringEquals", "aws:PrincipalOrgID", text(&self.organization));
        add("StringEquals", "lambda:EventSourceToken", text(&self.token));
        add("StringEquals", "lambda:FunctionUrlAuthType", text(&self.url_auth));
        add("Bool", "lambda:InvokedViaFunctionUrl", self.via_url.map(|via| json!(via.to_string())));
        let principal = match self.principal.as_str() {
            "*" => json!("*"),
            account if model::is_account(account) => {
                let partition = like.get("Resource").and_then(Value::as_str);
                let partition = partition.and_then(model::partition_of).unwrap_or("aws");
                json!({ "AWS": format!("arn:{partition}:iam::{account}:root") })
            }
            arn if arn.starts_with("arn:") => json!({ "AWS": arn }),
            service => json!({ "Service": service }),
        };
        let mut made = Map::new();
        let member = |name: &str| like.get(name).cloned().unwrap_or_default();
        made.insert("Sid".into(), member("Sid"));
        made.insert("Effect".into(), json!("Allow"));
        made.insert("Principal".into(), principal);
        made.insert("Action".into(), json!(self.action));
        made.insert("Resource".into(), member("Resource"));
        if !conditions.is_empty() {
            made.insert("Condition".into(), Value::Object(conditions));
        }
        Value::Object(made)
    }
}

fn principal(statement: &Value) -> Result<String, String> {
    let one = match statement.get("Principal") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(kinds)) => match (kinds.len(), kinds.get("AWS"), kinds.get("Service")) {
            (1, Some(Value::String(arn)), None) => {
                let is_root = arn.ends_with(":root");
                match model::account_of(arn).filter(|_| is_root) {
                    Some(account) => account.to_owned(),
                    None => arn.clone(),
                }
            }
            (1, None, Some(Value::String(service))) => service.clone(),
            _ => return Err("it names several principals".to_owned()),
        },
        _ => return Err("it names no principal".to_owned()),
    };
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(rest: Value) -> Value {
        let mut whole = json!({
            "Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:pay",
        });
        if let (Value::Object(whole), Value::Object(rest)) = (&mut whole, rest) {
            whole.extend(rest);
        }
        whole
    }

    #[test]
    fn what_a_call_makes_is_told_from_what_none_does() {
        let arn = "arn:aws:iam::111122223333:role/r";
        for (rest, expected) in [
            (json!({}), Ok("*")),
            (json!({ "Principal": { "Service": "s3.amazonaws.com" } }), Ok("s3.amazonaws.com")),
            (
                json!({ "Principal": { "AWS": "arn:aws:iam::444455556666:root" } }),
                Ok("444455556666"),
            ),
            (json!({ "Principal": { "AWS": arn } }), Ok(arn)),
            (
                json!({ "Condition": { "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::b" },
                    "StringEquals": { "AWS:SourceAccount": "111122223333" } } }),
                Ok("*"),
            ),
            (
                json!({ "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-abcdefghij" } } }),
                Ok("*"),
            ),
            (
                json!({ "Condition": { "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } } }),
                Ok("*"),
            ),
            (
                json!({ "Condition": { "Bool": { "lambda:InvokedViaFunctionUrl": "true" } } }),
                Ok("*"),
            ),
            (
                json!({ "Condition": { "StringEquals": { "lambda:EventSourceToken": "t" } } }),
                Ok("*"),
            ),
            (json!({ "Effect": "Deny" }), Err("otherwise")),
            (json!({ "Principal": { "AWS": "*" } }), Err("otherwise")),
            (json!({ "Principal": { "AWS": [arn, arn] } }), Err("several principals")),
            (json!({ "Action": ["lambda:InvokeFunction"] }), Err("several actions")),
            (
                json!({ "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } }),
                Err("`IpAddress` on `aws:SourceIp`"),
            ),
            (
                json!({ "Condition": { "StringEquals": { "AWS:SourceAccount": ["1", "2"] } } }),
                Err("otherwise"),
            ),
            (
                json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "1" } } }),
                Err("otherwise"),
            ),
        ] {
            let whole = statement(rest);
            match (Permission::read(&whole), expected) {
                (Ok(read), Ok(principal)) => {
                    assert_eq!(read.principal, principal, "{whole}");
                    assert_eq!(read.makes(&whole), whole);
                }
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{whole}: {why}"),
                (read, expected) => panic!("{whole}: {read:?} {expected:?}"),
            }
        }
    }

    #[test]
    fn a_statement_is_found_by_its_name() {
        let one = statement(json!({}));
        for (policy, expected) in [
            (json!({ "Statement": [one] }), Ok(Some(one.clone()))),
            (json!({ "Statement": one }), Ok(Some(one.clone()))),
            (json!({ "Statement": [] }), Ok(None)),
            (json!({}), Err("the policy has no statements".to_owned())),
        ] {
            assert_eq!(find(&policy.to_string(), "s"), expected);
        }
        assert!(find("{", "s").is_err());
    }
}
