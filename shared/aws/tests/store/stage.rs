//! A bucket of its own for each test, and the same files in a folder.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws::{Cloud, Digests, LogFiles, Quota, Settings};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use scan::{Digesting, Item, Wanted};
use stand_ins::{
    emulator::{Account, Emulator},
    fault_proxy::{FaultProxy, Rule},
    security_hub::Options,
};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

static EMULATOR: LazyLock<Emulator> =
    LazyLock::new(|| Emulator::start(Options::default()).unwrap_or_else(|error| panic!("{error}")));

pub(crate) struct Stage {
    pub(crate) proxy: FaultProxy,
    pub(crate) bucket: String,
    pub(crate) folder: PathBuf,
    pub(crate) cloud: Arc<Cloud>,
    account: Account,
}

impl Stage {
    pub(crate) fn new(faults: Vec<Rule>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let bucket = format!("trail-{number}");
        let account = EMULATOR.account(ACCOUNT, REGION);
        let here = format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        account.s3("PUT", &format!("/{bucket}"), &here).unwrap();
        let folder = std::env::temp_dir().join(format!("warden-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let proxy = FaultProxy::start(EMULATOR.url(), faults).unwrap();
        let cloud = cloud(&proxy.url());
        Self { proxy, bucket, folder, cloud, account }
    }

    /// Puts the same file in the bucket and in the folder.
    pub(crate) fn put(&self, key: &str, text: &str) {
        self.account.s3("PUT", &format!("/{}/{key}", self.bucket), text).unwrap();
        let path = self.folder.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Below the bucket's root.
    pub(crate) fn s3(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}", self.bucket)
    }

    /// Below the folder.
    pub(crate) fn local(&self, prefix: &str) -> String {
        self.folder.join(prefix).to_str().unwrap().to_owned()
    }

    pub(crate) fn logs(&self, named: &str) -> LogFiles {
        LogFiles::new(self.cloud.clone(), named)
    }

    pub(crate) fn digests(&self) -> Digests {
        Digests::new(self.cloud.clone(), self.s3("ledger"))
    }

    /// From the log files at `named` into the bucket's own ledger.
    pub(crate) fn digesting(&self, named: &str) -> Digesting<LogFiles, Digests> {
        Digesting { logs: self.logs(named), ledger: self.digests(), cores: 2 }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.folder));
    }
}

pub(crate) fn cloud(url: &str) -> Arc<Cloud> {
    let credentials = Credentials::new(ACCOUNT, "secret", None, None, "test");
    Arc::new(Cloud::new(Settings {
        endpoint_url: Some(url.to_owned()),
        credentials: Some(SharedCredentialsProvider::new(credentials)),
        region: Some(REGION.to_owned()),
        own_account: Some(ACCOUNT.to_owned()),
        quota: Quota::Unlimited,
        attempts: 3,
        backoff: Duration::from_millis(1),
        ..Settings::default()
    }))
}

pub(crate) fn item(account: &str, region: &str, day: &str) -> Item {
    Item { account: account.into(), region: region.into(), day: day.parse().unwrap() }
}

pub(crate) fn may() -> Wanted {
    Wanted {
        accounts: [].into(),
        regions: [].into(),
        from: "2026-05-01".parse().unwrap(),
        to: "2026-05-31".parse().unwrap(),
    }
}

/// `AWSLogs/…` as CloudTrail names a file.
pub(crate) fn key(organization: &str, account: &str, region: &str, day: &str, n: usize) -> String {
    let (folder, compact) = (day.replace('-', "/"), day.replace('-', ""));
    let name = format!("{account}_CloudTrail_{region}_{compact}T0105Z_{n:016}.json.gz");
    format!("AWSLogs/{organization}{account}/CloudTrail/{region}/{folder}/{name}")
}

/// A log file with one call by the function `pay`. Plain: a digester reads both.
pub(crate) fn log(id: &str) -> String {
    serde_json::json!({"Records": [{
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLEEX:pay",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/pay/pay"),
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLEEXAMPLEEX",
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/pay"),
                "accountId": ACCOUNT, "userName": "pay",
            }},
        },
        "eventTime": "2026-05-20T01:00:00Z", "eventSource": "sqs.amazonaws.com",
        "eventName": "ListQueues", "awsRegion": REGION, "sourceIPAddress": "10.0.0.1",
        "userAgent": "Boto3", "requestParameters": null, "responseElements": null, "eventID": id,
        "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true,
        "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    }]})
    .to_string()
}
