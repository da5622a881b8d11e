use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use stand_ins::Clock;
use stand_ins::security_hub::{Options, Refusal, SecurityHub};

use crate::http::{Reply, scope, send};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";
const DAY: Duration = Duration::from_secs(86_400);

fn start(options: Options) -> (SecurityHub, Clock) {
    let clock = Clock::fixed("2026-11-23T12:00:00Z".parse().unwrap());
    (SecurityHub::start(Options { clock: clock.clone(), ..options }).unwrap(), clock)
}

fn quick() -> Options {
    Options { rate_limits: false, ..Options::default() }
}

pub(crate) fn finding(id: &str, updated: &str) -> Value {
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": id,
        "ProductArn": format!("arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"),
        "GeneratorId": "runtime-deprecated",
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-11-23T09:00:00Z",
        "UpdatedAt": updated,
        "Title": "title",
        "Description": "description",
        "FindingProviderFields": {"Severity": {"Label": "HIGH"}, "Types": ["TTPs"]},
        "Resources": [{"Type": "AwsLambdaFunction", "Id": "arn"}],
    })
}

pub(crate) fn call(url: &str, method: &str, path: &str, body: &Value) -> Reply {
    let headers = [scope(ACCOUNT, REGION, "securityhub")];
    send(url, method, path, &headers, &body.to_string()).unwrap()
}

pub(crate) fn import(url: &str, findings: &[Value]) -> Value {
    let reply = call(url, "POST", "/findings/import", &json!({"Findings": findings}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

#[test]
fn findings_expire_after_their_last_sign_of_life() {
    let early = "2026-11-23T11:00:00Z";
    let late = "2026-11-25T12:00:00Z"; // Two days after it is processed.
    for (state, updated, days, kept) in [
        ("ACTIVE", early, 90, true),
        ("ACTIVE", early, 91, false),
        ("ACTIVE", late, 92, true),
        ("ACTIVE", late, 93, false),
        ("ARCHIVED", early, 30, true),
        ("ARCHIVED", early, 31, false),
        ("ARCHIVED", late, 32, true),
        ("ARCHIVED", late, 33, false),
    ] {
        let (hub, clock) = start(quick());
        let mut one = finding("f", updated);
        one["RecordState"] = json!(state);
        import(&hub.url(), &[one]);
        clock.advance(DAY * days);
        let found = call(&hub.url(), "POST", "/findings", &json!({})).json();
        let count = found["Findings"].as_array().unwrap().len();
        assert_eq!(count, usize::from(kept), "{state} {updated} after {days} days");
        assert_eq!(hub.findings(ACCOUNT, REGION).len(), count);
    }
}

#[test]
fn a_heartbeat_keeps_a_finding_and_its_dates() {
    let (hub, clock) = start(quick());
    import(&hub.url(), &[finding("f", "2026-11-23T11:00:00Z")]);
    clock.advance(DAY * 60);
    import(&hub.url(), &[finding("f", "2027-01-22T12:00:00Z")]);
    clock.advance(DAY * 60);
    let [found] = hub.findings(ACCOUNT, REGION).try_into().unwrap();
    assert_eq!(found["CreatedAt"], "2026-11-23T09:00:00Z");
    assert_eq!(found["ProcessedAt"], "2027-01-22T12:00:00.000Z");
}

#[test]
fn calls_above_the_rate_are_refused() {
    for (method, path, body, operation, burst, per_second) in [
        ("POST", "/findings", json!({}), "GetFindings", 6, 3),
        ("POST", "/findings/import", json!({"Findings": []}), "BatchImportFindings", 30, 10),
        ("PATCH", "/findings/batchupdate", json!({}), "BatchUpdateFindings", 30, 10),
        ("GET", "/accounts", json!({}), "DescribeHub", 30, 10),
    ] {
        let (hub, clock) = start(Options::default());
        let url = hub.url();
        let served = |tries: usize| {
            (0..tries).filter(|_| call(&url, method, path, &body).status != 429).count()
        };
        assert_eq!(served(burst + 1), burst, "{operation}");
        let reply = call(&url, method, path, &body);
        assert_eq!(reply.header("x-amzn-errortype"), "TooManyRequestsException");
        clock.advance(Duration::from_secs(1));
        assert_eq!(served(per_second + 1), per_second, "{operation} after a second");
        clock.advance(Duration::from_secs(60));
        assert_eq!(served(burst + 1), burst, "{operation} after a minute");
        let last = hub.calls().pop().unwrap();
        assert_eq!((last.operation, last.status), (operation, 429));
        assert_eq!(last.error, Some("TooManyRequestsException"));
        // Another Region has a rate of its own.
        let elsewhere = [scope(ACCOUNT, "us-east-1", "securityhub")];
        let reply = send(&url, method, path, &elsewhere, &body.to_string()).unwrap();
        assert_ne!(reply.status, 429);
    }
}

#[test]
fn a_hub_that_is_off_refuses_in_either_way() {
    for (refusal, status) in [(Refusal::WholeCall, 401), (Refusal::EachFinding, 200)] {
        let hubs_off = vec![(ACCOUNT.to_owned(), REGION.to_owned())];
        let (hub, _) = start(Options { hubs_off, refusal, ..quick() });
        let body = json!({"Findings": [finding("f", "2026-11-23T11:00:00Z")]});
        let reply = call(&hub.url(), "POST", "/findings/import", &body);
        assert_eq!(reply.status, status, "{refusal:?}");
        if status == 200 {
            let answer = reply.json();
            assert_eq!(answer["FailedCount"], 1);
            assert_eq!(answer["FailedFindings"][0]["ErrorCode"], "InvalidAccess");
        } else {
            assert_eq!(reply.header("x-amzn-errortype"), "InvalidAccessException");
        }
        assert!(hub.findings(ACCOUNT, REGION).is_empty());
        assert!(hub.events().is_empty());
    }
}

#[test]
fn events_reach_the_callback_in_the_shape_of_eventbridge() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let on_event = Arc::new(move |event: &Value| {
        sender.lock().unwrap().send(event.clone()).unwrap();
    });
    let (hub, _) = start(Options { on_event: Some(on_event), ..quick() });
    import(
        &hub.url(),
        &[finding("a", "2026-11-23T11:00:00Z"), finding("b", "2026-11-23T11:00:00Z")],
    );
    let product = finding("a", "")["ProductArn"].as_str().unwrap().to_owned();
    let update = json!({
        "FindingIdentifiers": [{"Id": "a", "ProductArn": product}],
        "Workflow": {"Status": "RESOLVED"},
    });
    assert_eq!(call(&hub.url(), "PATCH", "/findings/batchupdate", &update).status, 200);
    let events: Vec<Value> = receiver.try_iter().collect();
    assert_eq!(events, hub.events());
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let finding = &event["detail"]["findings"][0];
            (finding["Id"].as_str().unwrap(), finding["Workflow"]["Status"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [("a", "NEW"), ("b", "NEW"), ("a", "RESOLVED")]);
    let mut first = events[0].clone();
    first["detail"] = Value::Null;
    assert_eq!(
        first,
        json!({
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000000",
            "detail-type": "Security Hub Findings - Imported",
            "source": "aws.securityhub",
            "account": ACCOUNT,
            "time": "2026-11-23T12:00:00.000Z",
            "region": REGION,
            "resources": [format!("{product}/a")],
            "detail": null,
        })
    );
}

#[test]
fn malformed_requests_are_refused_and_the_server_lives() {
    let (hub, _) = start(quick());
    for (method, path, body, status) in [
        ("POST", "/findings/import", "{", 400),
        ("POST", "/findings/import", "[]", 400),
        ("POST", "/findings", "{\"Filters\": []}", 400),
        ("POST", "/findings", "{\"SortCriteria\": {}}", 400),
        ("POST", "/findings", "\u{fffd}", 400),
        ("PATCH", "/findings/batchupdate", "{}", 400),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/findings", "", 405),
        ("GET", "/accounts", "", 200),
    ] {
        let headers = [scope(ACCOUNT, REGION, "securityhub")];
        let reply = send(&hub.url(), method, path, &headers, body).unwrap();
        assert_eq!(reply.status, status, "{method} {path} {body}");
    }
}

#[test]
fn a_custom_action_is_one_event_for_each_finding() {
    let (hub, _) = start(quick());
    let url = hub.url();
    import(&url, &[finding("a", "2026-11-23T11:00:00Z"), finding("b", "2026-11-23T11:00:00Z")]);
    let action = json!({"Name": "Warden: repair", "Description": "Repairs", "Id": "WardenRepair"});
    let made = call(&url, "POST", "/actionTargets", &action).json();
    let target = made["ActionTargetArn"].as_str().unwrap();
    let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
    for (target, ids, status, events) in [
        (target, json!(["a", "b"]), 200, 2),
        (target, json!(["b"]), 200, 1),
        (target, json!(["a", "none"]), 404, 0),
        (target, json!([]), 400, 0),
        (target, json!(many), 400, 0),
        ("arn:aws:securityhub:eu-west-1:111122223333:action/custom/None", json!(["a"]), 404, 0),
    ] {
        let known = hub.events().len();
        let body = json!({"ActionTargetArn": target, "FindingIds": ids});
        assert_eq!(call(&url, "POST", "/console/act", &body).status, status, "{body}");
        let told = hub.events().split_off(known);
        assert_eq!(told.len(), events, "{body}");
        for (event, id) in told.iter().zip(ids.as_array().unwrap()) {
            assert_eq!(event["detail-type"], "Security Hub Findings - Custom Action");
            assert_eq!(
                (&event["resources"], &event["detail"]["findings"][0]["Id"]),
                (&json!([target]), id)
            );
        }
    }
}
