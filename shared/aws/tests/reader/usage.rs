//! What a role was used for: out of a ledger in a folder, and by IAM's own record.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws::{Cloud, Digests, Reader};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use model::{Baseline, Fact, RoleUsage, Snapshot};
use scan::{Inventory, Item, Ledger, Turn};
use serde_json::json;
use trail::Digester;

use crate::{
    aws::{ROLE, arn, configuration, place},
    identity::{element, wrapped},
    stage::{ACCOUNT, Answer, Asked, REGION, Stage},
};

fn yesterday() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(1.day())
}

/// A ledger with one call of the role, made by `pay` yesterday: `source` and `event`.
struct Kept {
    folder: PathBuf,
}

impl Kept {
    async fn new(cloud: &Arc<Cloud>, source: &str, event: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("warden-ledger-{}-{number}", std::process::id());
        let kept = Self { folder: std::env::temp_dir().join(name) };
        std::fs::create_dir_all(&kept.folder).unwrap();
        let day = yesterday();
        let mut digester = Digester::new(ACCOUNT, REGION, day);
        digester.add("a", log(day, source, event).as_bytes());
        let item = Item { account: ACCOUNT.into(), region: REGION.into(), day };
        let bytes = digester.finish().to_bytes().unwrap();
        kept.ledger(cloud).write(&item, bytes).await.unwrap();
        kept
    }

    fn ledger(&self, cloud: &Arc<Cloud>) -> Digests {
        Digests::new(cloud.clone(), self.folder.to_str().unwrap())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn log(day: Date, source: &str, event: &str) -> String {
    json!({"Records": [{
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROA:pay",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/pay/pay"),
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROA", "arn": ROLE,
                "accountId": ACCOUNT, "userName": "pay",
            }},
        },
        "eventTime": format!("{day}T01:00:00Z"), "eventSource": source, "eventName": event,
        "awsRegion": REGION, "sourceIPAddress": "10.0.0.1",
        "userAgent": "Boto3 exec-env/AWS_Lambda_python3.13",
        "requestParameters": null, "responseElements": null, "eventID": "1", "readOnly": true,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }]})
    .to_string()
}

/// A report that is ready when it has been asked for three times, on two pages.
fn report(asked: &Asked, polls: &AtomicUsize) -> Option<Answer> {
    let service = |name: &str, last: &str| {
        let last = match last {
            "" => String::new(),
            last => element("LastAuthenticated", last),
        };
        let service = element("ServiceName", name) + &element("ServiceNamespace", name) + &last;
        element("ServicesLastAccessed", &element("member", &service))
    };
    let answer = |status: &str, more: &str| {
        let dates = element("JobCreationDate", "2026-05-20T00:00:00Z")
            + &element("JobCompletionDate", "2026-05-20T00:00:01Z");
        let body = element("JobStatus", status) + &dates + more;
        Answer::xml(wrapped("iam:GetServiceLastAccessedDetails", &body))
    };
    Some(match asked.call.as_str() {
        "iam:GenerateServiceLastAccessedDetails" => {
            assert_eq!(
                (asked.with["Arn"].as_str(), asked.with["Granularity"].as_str()),
                (ROLE, "SERVICE_LEVEL")
            );
            Answer::xml(wrapped(&asked.call, &element("JobId", "job-1")))
        }
        "iam:GetServiceLastAccessedDetails" => {
            assert_eq!(asked.with["JobId"], "job-1");
            match (polls.fetch_add(1, Ordering::SeqCst), asked.with.get("Marker")) {
                (0 | 1, _) => answer("IN_PROGRESS", &element("ServicesLastAccessed", "")),
                (_, None) => {
                    let more = element("IsTruncated", "true") + &element("Marker", "next");
                    answer("COMPLETED", &(service("sqs", "2026-05-19T10:00:00Z") + &more))
                }
                (_, Some(_)) => {
                    answer("COMPLETED", &(service("logs", "") + &element("IsTruncated", "false")))
                }
            }
        }
        _ => return None,
    })
}

fn staged() -> Stage {
    let polls = AtomicUsize::new(0);
    Stage::start(move |asked| report(asked, &polls))
}

fn usage(snapshot: &Snapshot) -> &RoleUsage {
    snapshot.usage.known().unwrap_or_else(|| panic!("{:?}", snapshot.usage))
}

fn check(usage: &RoleUsage) {
    assert_eq!(usage.to, yesterday());
    assert_eq!(usage.from, yesterday().saturating_sub(89.days()));
    assert_eq!(usage.coverage[REGION].days, 1);
    let [call] = usage.calls.as_slice() else { panic!("{:?}", usage.calls) };
    assert_eq!(call.function.as_ref(), Some(&arn("pay")));
    assert_eq!(call.action.as_deref(), Some("sqs:ListQueues"));
}

#[tokio::test]
async fn one_function_and_all_see_the_same_use() {
    let stage = staged();
    let (reader, cloud) = stage.reader();
    let kept = Kept::new(&cloud, "sqs.amazonaws.com", "ListQueues").await;
    let reader = reader.ledger(kept.ledger(&cloud), 90);
    let one = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    for snapshot in [&one, &estate.functions[0]] {
        check(usage(snapshot));
        let last = usage(snapshot).last_accessed.known().unwrap();
        assert_eq!(last["sqs"].map(|day| day.to_string()).as_deref(), Some("2026-05-19"));
        assert_eq!((last["logs"], last.len()), (None, 2));
    }
}

/// The role may use sqs alone: whether its last use is of interest hangs on what the trail saw.
#[tokio::test]
async fn a_report_is_asked_for_only_where_it_can_say_more() {
    for (source, event, asks) in
        [("sqs.amazonaws.com", "ListQueues", 0), ("sns.amazonaws.com", "ListTopics", 1)]
    {
        let polls = AtomicUsize::new(2);
        let stage = Stage::start(move |asked| match asked.call.as_str() {
            "iam:ListAttachedRolePolicies" => {
                let none = element("AttachedPolicies", "") + &element("IsTruncated", "false");
                Some(Answer::xml(wrapped(&asked.call, &none)))
            }
            _ => report(asked, &polls),
        });
        let (reader, cloud) = stage.reader();
        let kept = Kept::new(&cloud, source, event).await;
        let reader = reader.ledger(kept.ledger(&cloud), 90);
        let one = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
        assert_eq!(usage(&one).last_accessed.known().is_some(), asks > 0, "{event}");
        assert_eq!(stage.asked("iam:GenerateServiceLastAccessedDetails").len(), asks, "{event}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_unknown_and_says_the_way_out() {
    let (none, denied, broken) = (
        "no ledger of CloudTrail usage is given: make one with `warden digest`, or set TrailBucket",
        "iam:GenerateServiceLastAccessedDetails denied",
        "open gone",
    );
    let stage = Stage::start(|asked| {
        let is_report = asked.call == "iam:GenerateServiceLastAccessedDetails";
        is_report.then(|| Answer::error(403, "AccessDenied"))
    });
    let (reader, cloud) = stage.reader();
    let one = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(one.usage, Fact::unknown(none));

    let kept = Kept::new(&cloud, "sqs.amazonaws.com", "ListQueues").await;
    let reader = Reader::new(cloud.clone(), &Baseline::default()).ledger(kept.ledger(&cloud), 90);
    let one = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    check(usage(&one));
    assert_eq!(usage(&one).last_accessed, Fact::unknown(denied));

    let nowhere = Digests::new(cloud.clone(), "/no/such/folder");
    let reader = Reader::new(cloud, &Baseline::default()).ledger(nowhere, 90);
    let one = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(one.usage, Fact::unknown(broken));
}

#[tokio::test]
async fn with_a_ledger_every_destination_that_can_be_used_is_read() {
    let own = "arn:aws:sqs:eu-west-1:111122223333:own";
    let stage = Stage::start(move |asked| match asked.call.as_str() {
        "iam:GetRolePolicy" => {
            let document = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": own,
            }]});
            let body = element("RoleName", "pay")
                + &element("PolicyName", "own")
                + &element("PolicyDocument", &document.to_string());
            Some(Answer::xml(wrapped(&asked.call, &body)))
        }
        "lambda:GetFunctionConfiguration" => Some(Answer::json(configuration("pay"))),
        call if call.contains("LastAccessed") => Some(Answer::error(403, "AccessDenied")),
        _ => None,
    });
    let (reader, cloud) = stage.reader();
    let kept = Kept::new(&cloud, "sqs.amazonaws.com", "ListQueues").await;
    let without = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let reader = reader.ledger(kept.ledger(&cloud), 90);
    let with = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(without.destinations, Fact::unknown("not read"));
    assert!(with.destinations.known().is_some(), "{:?}", with.destinations);
}
