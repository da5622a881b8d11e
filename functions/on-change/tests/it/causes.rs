//! Changes of what functions use.

use serde_json::{Value, json};
use stand_ins::emulator::Account;

use crate::stage::{REGION, Stage, event};

const STATE: &str = "env-key-unusable";

/// Two functions under a key, and one without.
fn encrypted(account: &Account) -> String {
    let key = account.kms("CreateKey", &json!({"Description": "variables"})).unwrap();
    let arn = key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    account.role("shop", &[]).unwrap();
    for (name, key) in [("cart", &*arn), ("pay", &*arn), ("plain", "")] {
        let role = format!("arn:aws:iam::{}:role/shop", account.id());
        let variables = json!({"Variables": {"STAGE": "prod"}});
        let with = json!({"Role": role, "KMSKeyArn": key, "Environment": variables});
        account.function(name, &with).unwrap();
    }
    arn
}

fn kms(account: &Account, operation: &str, key: &str) -> String {
    account.kms(operation, &json!({"KeyId": key})).unwrap();
    let id = key.rsplit('/').next().unwrap();
    let mut event = event(account, "kms", operation, REGION, json!({"keyId": id}));
    event["detail"]["resources"] = json!([{"type": "AWS::KMS::Key", "ARN": key}]);
    event.to_string()
}

fn state_of(account: &Account, rule: &str) -> Vec<(String, String)> {
    let of_rule = |(name, _): &(String, String)| name.ends_with(&format!(" {rule}"));
    account.states().unwrap().into_iter().filter(of_rule).collect()
}

/// `cart` and `pay` in the given state.
fn both(state: &str) -> Vec<(String, String)> {
    ["cart", "pay"].map(|name| (format!("{name} {STATE}"), state.to_owned())).into()
}

#[test]
fn a_key_that_is_disabled_or_doomed_has_its_users_judged_and_no_others() {
    let mut stage = Stage::new(Vec::new());
    let key = encrypted(&stage.account);
    for (operation, state) in [
        ("DisableKey", "FAILED NEW"),
        ("EnableKey", "PASSED RESOLVED"),
        ("ScheduleKeyDeletion", "FAILED NEW"),
    ] {
        let before = stage.calls("lambda", "ListTags");
        let message = kms(&stage.account, operation, &key);
        let failed = stage.deliver(&[message]);
        assert!(failed.is_empty(), "{operation}: {}", stage.end());
        assert_eq!(state_of(&stage.account, STATE), both(state), "{operation}");
        let read = stage.calls("lambda", "ListTags") - before;
        assert_eq!(read, 2, "{operation}: as many functions were read");
    }
    let other = json!({"keyId": "11111111-2222-3333-4444-555555555555"});
    let other: Value = event(&stage.account, "kms", "DisableKey", REGION, other);
    let before = stage.calls("lambda", "ListTags");
    assert!(stage.deliver(&[other.to_string()]).is_empty());
    assert_eq!(stage.calls("lambda", "ListTags"), before, "nobody uses it");
    stage.end();
}
