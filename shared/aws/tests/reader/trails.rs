//! What the trails that fill a bucket record.

use aws::LogFiles;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use scan::{Item, Logs};
use serde_json::{Value, json};
use trail::Management;

use crate::stage::{ACCOUNT, Answer, Asked, REGION, Stage};

const OTHER: &str = "444455556666";

/// A trail of the organisation, one of this account and Region, one that is off, and one that
/// fills another bucket.
fn cloudtrail(asked: &Asked) -> Option<Answer> {
    let trail = |name: &str, bucket: &str, organization: bool, everywhere: bool| {
        json!({
            "Name": name, "S3BucketName": bucket, "HomeRegion": REGION,
            "TrailARN": format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}"),
            "IsMultiRegionTrail": everywhere, "IsOrganizationTrail": organization,
        })
    };
    let name = ["Name", "TrailName"].into_iter().find_map(|key| asked.with.get(key));
    let name = name.and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    let management = |kind: &str| json!({"ReadWriteType": kind, "IncludeManagementEvents": true});
    Some(Answer::json(match (asked.call.as_str(), name) {
        ("cloudtrail:DescribeTrails", _) => json!({"trailList": [
            trail("org", "logs", true, true),
            trail("own", "logs", false, false),
            trail("off", "logs", true, true),
            trail("other", "elsewhere", true, true),
        ]}),
        ("cloudtrail:GetTrailStatus", "other") => panic!("not asked about"),
        ("cloudtrail:GetTrailStatus", name) => json!({"IsLogging": name != "off"}),
        ("cloudtrail:GetEventSelectors", "org") => {
            json!({"EventSelectors": [management("WriteOnly")]})
        }
        ("cloudtrail:GetEventSelectors", "own") => {
            json!({"EventSelectors": [management("ReadOnly")]})
        }
        _ => return None,
    }))
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

async fn told(stage: &Stage, account: &str, region: &str, day: Date) -> Value {
    let (_, cloud) = stage.reader();
    let logs = LogFiles::new(cloud, "s3://logs/prefix");
    let item = Item { account: account.into(), region: region.into(), day };
    match logs.trail(&item).await {
        None => Value::Null,
        Some(settings) => {
            json!([settings.management, settings.multi_region, settings.organization])
        }
    }
}

#[tokio::test]
async fn a_day_is_covered_by_the_trails_that_log_it() {
    let stage = Stage::start(cloudtrail);
    let yesterday = today().saturating_sub(1.day());
    for (account, region, day, expected) in [
        (ACCOUNT, REGION, yesterday, json!([Management::All, true, true])),
        (ACCOUNT, REGION, today(), json!([Management::All, true, true])),
        (OTHER, REGION, yesterday, json!([Management::WriteOnly, true, true])),
        (ACCOUNT, "us-east-1", yesterday, json!([Management::WriteOnly, true, true])),
        // How a trail is set now says nothing about what it was.
        (ACCOUNT, REGION, today().saturating_sub(3.days()), Value::Null),
    ] {
        assert_eq!(told(&stage, account, region, day).await, expected, "{account} {region} {day}");
    }
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_unknown() {
    for denied in ["DescribeTrails", "GetTrailStatus", "GetEventSelectors"] {
        let stage = Stage::start(move |asked| match asked.call.ends_with(denied) {
            true => Some(Answer::error(400, "AccessDeniedException")),
            false => cloudtrail(asked),
        });
        assert_eq!(told(&stage, ACCOUNT, REGION, today()).await, Value::Null, "{denied}");
    }
}
