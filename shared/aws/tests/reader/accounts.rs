//! Other accounts are entered through a role.

use jiff::Timestamp;
use std::sync::Arc;

use aws::{Changer, Cloud, Reader, Roles, Settings};
use model::{Baseline, FunctionArn};
use scan::{
    Inventory, Kind, Place, Turn,
    repair::{Changer as _, Slot},
};

use crate::{
    aws::place,
    stage::{Answer, Stage},
};

const THERE: &str = "999988887777";

fn there(region: &str) -> Place {
    Place { partition: "aws".into(), account: THERE.into(), region: region.into() }
}

pub(crate) fn with_roles(settings: Settings) -> Settings {
    let roles = Roles {
        read: "warden/read".into(),
        publish: "warden/publish".into(),
        repair: None,
        external_id: Some("ext-1".into()),
        session: "lambda-warden".into(),
    };
    Settings { roles: Some(roles), ..settings }
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_regions() {
    let stage = Stage::start(|_| None);
    let cloud = Arc::new(Cloud::new(with_roles(stage.settings())));
    let reader = Reader::new(cloud.clone(), &Baseline::default());
    for region in ["eu-west-1", "us-east-1"] {
        reader.functions(&there(region), Turn::now(Timestamp::now())).await.unwrap();
    }
    reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    let assumed = stage.asked("sts:AssumeRole");
    let [asked] = assumed.as_slice() else { panic!("{assumed:?}") };
    assert_eq!(asked.with["RoleArn"], "arn:aws:iam::999988887777:role/warden/read");
    assert_eq!(
        (asked.with["ExternalId"].as_str(), asked.with["RoleSessionName"].as_str()),
        ("ext-1", "lambda-warden")
    );
    assert_eq!((asked.access_key.as_str(), asked.region.as_str()), ("AKOWN", "eu-west-1"));
    for call in ["lambda:ListFunctions", "ec2:DescribeSubnets", "tag:GetResources"] {
        let asked = stage.asked(call);
        let signed: Vec<_> =
            asked.iter().map(|one| (one.access_key.as_str(), one.region.as_str())).collect();
        assert_eq!(
            signed,
            [("AKTHERE", "eu-west-1"), ("AKTHERE", "us-east-1"), ("AKOWN", "eu-west-1")],
            "{call}"
        );
    }
    assert_eq!(cloud.calls()["sts:AssumeRole"], 1);
    assert_eq!(cloud.calls().get("sts:GetCallerIdentity"), None, "the own account was configured");
}

#[tokio::test]
async fn the_own_account_is_asked_for_once_and_only_if_needed() {
    let stage = Stage::start(|_| None);
    let settings = Settings { own_account: None, ..with_roles(stage.settings()) };
    let cloud = Arc::new(Cloud::new(settings));
    assert!(cloud.calls().is_empty());
    let reader = Reader::new(cloud.clone(), &Baseline::default());
    for _ in 0..2 {
        reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    }
    assert_eq!(cloud.home().await.unwrap(), place());
    assert_eq!(cloud.calls().get("sts:AssumeRole"), None);
    assert_eq!(cloud.calls()["sts:GetCallerIdentity"], 2, "once to enter, once for `home`");
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_a_denial() {
    let stage = Stage::start(|asked| {
        (asked.call == "sts:AssumeRole").then(|| Answer::error(403, "AccessDenied"))
    });
    let reader =
        Reader::new(Arc::new(Cloud::new(with_roles(stage.settings()))), &Baseline::default());
    let arn = FunctionArn::new("aws", "eu-west-1", THERE, "pay").unwrap();
    let error = reader.function(&arn, Timestamp::MIN).await.unwrap_err();
    assert_eq!(
        (error.operation, error.kind),
        ("sts:AssumeRole", Kind::Denied),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn another_account_is_never_read_with_our_own_credentials() {
    let stage = Stage::start(|_| None);
    let cloud = Arc::new(Cloud::new(stage.settings()));
    let error = Reader::new(cloud.clone(), &Baseline::default())
        .functions(&there("eu-west-1"), Turn::now(Timestamp::now()))
        .await
        .unwrap_err();
    assert_eq!((error.operation, error.kind), ("sts:AssumeRole", Kind::NoCredentials));
    assert_eq!(
        error.chain(),
        "sts:AssumeRole on `999988887777`: no credentials: the credentials are of account \
         111122223333, and no role is configured"
    );
    assert!(cloud.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_repaired_with_the_role_that_reads() {
    let stage = Stage::start(|_| None);
    let cloud = Arc::new(Cloud::new(with_roles(stage.settings())));
    let function = FunctionArn::new("aws", "eu-west-1", THERE, "pay").unwrap();
    let slot = Slot::Tracing { function };
    let changer = Changer::new(cloud.clone());
    let error = changer.look(&there("eu-west-1"), &slot).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("sts:AssumeRole", Kind::NoCredentials));
    assert!(cloud.calls().is_empty());
}
