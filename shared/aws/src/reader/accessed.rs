//! Service last accessed: when a role last tried to use which service, by IAM's own records.
//!
//! The second witness beside CloudTrail: it sees the data plane, which trails seldom record.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_iam::{
    Client,
    types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use scan::{Kind, PortError};

use crate::failure::{port_error, refuse};

const GENERATE: &str = "iam:GenerateServiceLastAccessedDetails";
const GET: &str = "iam:GetServiceLastAccessedDetails";

/// How often the report is asked for. IAM takes a second or two to make one.
const POLLS: u32 = 8;

/// By service prefix, the last day on which the role tried to use the service; `None`: it did not
/// in the 400 days or more that IAM looks back.
pub(crate) type Accessed = BTreeMap<String, Option<Date>>;

/// Has a report made on the role, and reads it. `pause` is waited before it is asked for again,
/// and doubles.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>
pub(crate) async fn services(
    iam: &Client,
    role: &str,
    mut pause: Duration,
) -> Result<Accessed, PortError> {
    let granularity = AccessAdvisorUsageGranularityType::ServiceLevel;
    let call = iam.generate_service_last_accessed_details().arn(role).granularity(granularity);
    let answer = call.send().await.map_err(|error| port_error(GENERATE, role, error))?;
    let job = answer.job_id.unwrap_or_default();
    let (mut found, mut marker, mut polls) = (Accessed::new(), None, 0);
    loop {
        let call = iam.get_service_last_accessed_details().job_id(&job).max_items(1000);
        let page = call.set_marker(marker.clone()).send().await;
        let page = page.map_err(|error| port_error(GET, role, error))?;
        match page.job_status {
            JobStatusType::Completed => {}
            JobStatusType::InProgress if polls < POLLS => {
                polls += 1;
                tokio::time::sleep(pause).await;
                pause *= 2;
                continue;
            }
            JobStatusType::InProgress => {
                return Err(refuse(GET, role, Kind::Failed, "the report is not ready in time"));
            }
            _ => return Err(refuse(GET, role, Kind::Failed, "IAM could not make the report")),
        }
        found.extend(page.services_last_accessed.into_iter().map(service));
        match page.marker.filter(|_| page.is_truncated) {
            // It names every service that the role may use: an emulator's empty one proves nothing.
            None if found.is_empty() => {
                return Err(refuse(GET, role, Kind::Failed, "the report names no service"));
            }
            None => return Ok(found),
            next if next == marker => {
                return Err(refuse(GET, role, Kind::Failed, "the same page was offered twice"));
            }
            next => marker = next,
        }
    }
}

fn service(answer: ServiceLastAccessed) -> (String, Option<Date>) {
    let time = answer.last_authenticated.and_then(|time| Timestamp::from_second(time.secs()).ok());
    (answer.service_namespace, time.map(|time| time.to_zoned(TimeZone::UTC).date()))
}
