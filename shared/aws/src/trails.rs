//! What the trails that fill a bucket record, for the coverage of a digest.

mod selectors;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use scan::{Item, PortError};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;
use trail::TrailSettings;

use crate::{
    Cloud,
    json_api::{DESCRIBE_TRAILS, GET_EVENT_SELECTORS, GET_TRAIL_STATUS, JsonApi},
};
use selectors::{Selectors, records};

/// The trails of our own account, and of the organisation that it is in.
#[derive(Debug)]
pub(crate) struct Trails {
    cloud: Arc<Cloud>,
    /// `None`: the log files are in a folder, and which trail wrote them is not known.
    bucket: Option<String>,
    known: OnceCell<Vec<Trail>>,
}

/// A trail that is logging now.
#[derive(Debug)]
struct Trail {
    account: String,
    region: String,
    settings: TrailSettings,
}

impl Trails {
    pub(crate) fn new(cloud: Arc<Cloud>, bucket: Option<String>) -> Self {
        Self { cloud, bucket, known: OnceCell::new() }
    }

    /// What is recorded of `item`; `None` where it cannot be told, and for the past: settings are
    /// told as they are now, and prove nothing about what they were.
    pub(crate) async fn settings(&self, item: &Item) -> Option<TrailSettings> {
        let bucket = self.bucket.as_deref()?;
        let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
        if item.day < yesterday.to_zoned(TimeZone::UTC).date() {
            return None;
        }
        let known = self.known.get_or_init(|| async {
            self.read(bucket).await.unwrap_or_else(|error| {
                tracing::warn!(error = error.chain(), "the trail's settings are not known");
                Vec::new()
            })
        });
        let of_item = known.await.iter().filter(|trail| {
            let settings = &trail.settings;
            (settings.organization || trail.account == item.account)
                && (settings.multi_region || trail.region == item.region)
        });
        of_item.map(|trail| trail.settings.clone()).reduce(selectors::both)
    }

    async fn read(&self, bucket: &str) -> Result<Vec<Trail>, PortError> {
        let home = self.cloud.home().await?;
        let describe = JsonApi::new(&self.cloud, &home, &DESCRIBE_TRAILS).await?;
        let described: Described =
            describe.send(bucket, &json!({"includeShadowTrails": true})).await?;
        let mut trails = Vec::new();
        for found in described.trail_list {
            if found.s3_bucket_name.as_deref() != Some(bucket) {
                continue;
            }
            trails.extend(self.trail(&found).await?);
        }
        Ok(trails)
    }

    /// `None`: the trail is switched off.
    async fn trail(&self, found: &Description) -> Result<Option<Trail>, PortError> {
        let arn = found.trail_arn.as_str();
        // The trail's own Region answers for it.
        let mut place = self.cloud.home().await?;
        place.region.clone_from(&found.home_region);
        let status = JsonApi::new(&self.cloud, &place, &GET_TRAIL_STATUS).await?;
        let status: Status = status.send(arn, &json!({"Name": arn})).await?;
        if !status.is_logging {
            return Ok(None);
        }
        let selectors = JsonApi::new(&self.cloud, &place, &GET_EVENT_SELECTORS).await?;
        let selectors: Selectors = selectors.send(arn, &json!({"TrailName": arn})).await?;
        let (management, excluded, data) = records(&selectors);
        Ok(Some(Trail {
            account: model::account_of(arn).unwrap_or_default().to_owned(),
            region: found.home_region.clone(),
            settings: TrailSettings {
                multi_region: found.is_multi_region_trail,
                organization: found.is_organization_trail,
                management,
                excluded,
                data,
            },
        }))
    }
}

/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
#[derive(Deserialize)]
struct Described {
    #[serde(rename = "trailList", default)]
    trail_list: Vec<Description>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    s3_bucket_name: Option<String>,
    #[serde(default)]
    is_multi_region_trail: bool,
    #[serde(default)]
    is_organization_trail: bool,
    home_region: String,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    is_logging: bool,
}
