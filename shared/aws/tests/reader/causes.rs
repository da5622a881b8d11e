//! Whom a change of a key, a layer or a network touches.

use jiff::Timestamp;
use scan::{Inventory, Used};
use serde_json::{Value, json};

use crate::{
    aws::{KEY, arn, configuration, place},
    stage::{Answer, Asked, Stage},
};

/// Four functions: `pay` as it is, `far` in another VPC, `plain` with nothing, `alias` whose key is
/// named by an alias.
fn four(asked: &Asked) -> Option<Answer> {
    let with = |name: &str, changes: Value| {
        let mut found = configuration(name);
        found.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        found
    };
    let nothing = json!({"KMSKeyArn": null, "Layers": null, "VpcConfig": null});
    let far = json!({
        "KMSKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/far",
        "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:4"}],
        "VpcConfig": {"VpcId": "vpc-2", "SubnetIds": ["subnet-z"], "SecurityGroupIds": ["sg-9"]},
    });
    let mut alias = nothing.clone();
    alias["KMSKeyArn"] = "arn:aws:kms:eu-west-1:111122223333:alias/any".into();
    (asked.call == "lambda:ListFunctions").then(|| {
        let all =
            [with("alias", alias), with("far", far), configuration("pay"), with("plain", nothing)];
        Answer::json(json!({"Functions": all}))
    })
}

#[tokio::test]
async fn each_change_touches_those_who_use_what_was_changed() {
    let network = |ids: &[&str]| Used::Network(ids.iter().map(|id| (*id).to_owned()).collect());
    let layer = |n| Used::Layer(format!("arn:aws:lambda:eu-west-1:111122223333:layer:tools:{n}"));
    for (used, expected) in [
        // Behind the alias may be any key.
        (Used::Key(KEY.into()), &["alias", "pay"][..]),
        (Used::Key(format!("{KEY}-other")), &["alias"]),
        (layer(3), &["pay"]),
        (layer(4), &["far"]),
        (layer(5), &[]),
        (network(&["sg-1"]), &["pay"]),
        (network(&["sg-9", "sg-1"]), &["far", "pay"]),
        (network(&["sg-2"]), &[]),
        (network(&["subnet-b"]), &["pay"]),
        (network(&["vpc-2"]), &["far"]),
        // The table of its subnet, and the main table for the subnet that is associated with none.
        (network(&["rtb-a"]), &["pay"]),
        (network(&["rtb-main"]), &["pay"]),
        (network(&["rtb-public"]), &[]),
        (network(&["nat-1"]), &["pay"]),
        (network(&["nat-2"]), &[]),
        // Where the subnet went, not where it was.
        (network(&["rtbassoc-1"]), &["pay"]),
        (network(&["vpce-1"]), &["pay"]),
        // What is gone may have been anybody's inside a VPC.
        (network(&["vpce-gone"]), &["far", "pay"]),
        (network(&["fl-1"]), &["far", "pay"]),
    ] {
        let stage = Stage::start(move |asked| match asked.call.as_str() {
            "ec2:DescribeVpcEndpoints" if asked.with["Filter.1.Value.1"] == "vpce-gone" => {
                let none = "<vpcEndpointSet/>";
                Some(Answer::xml(crate::aws::described(&asked.call, none, None)))
            }
            _ => four(asked),
        });
        let (reader, _) = stage.reader();
        let found = reader.users(&place(), &used, Timestamp::MIN).await.unwrap();
        let names: Vec<_> = found.iter().map(|arn| arn.name()).collect();
        assert_eq!(names, expected, "{used:?}");
    }
}

#[tokio::test]
async fn a_network_that_cannot_be_looked_at_is_an_error() {
    for id in ["rtb-1", "vpce-1"] {
        let stage = Stage::start(|asked| {
            (asked.call.starts_with("ec2:")).then(|| Answer::error(403, "UnauthorizedOperation"))
        });
        let (reader, _) = stage.reader();
        let what = Used::Network([id.to_owned()].into());
        let error = reader.users(&place(), &what, Timestamp::MIN).await.unwrap_err();
        assert!(error.operation.starts_with("ec2:Describe"), "{}", error.chain());
    }
}

/// A change of one security group may touch a thousand functions that are attached alike.
#[tokio::test]
async fn functions_attached_alike_share_what_was_read_after_the_change() {
    let stage = Stage::start(|_| None);
    let (reader, cloud) = stage.reader();
    let changed = Timestamp::now();
    let read = || cloud.calls()["ec2:DescribeSubnets"];
    for _ in 0..3 {
        reader.function(&arn("pay"), changed).await.unwrap();
    }
    assert_eq!(read(), 1);
    reader.function(&arn("pay"), Timestamp::now()).await.unwrap();
    assert_eq!(read(), 2, "it was changed again since");
}

#[tokio::test]
async fn what_could_not_be_read_whole_is_asked_for_again() {
    let stage = Stage::start(|asked| {
        (asked.call == "ec2:DescribeFlowLogs").then(|| Answer::error(403, "UnauthorizedOperation"))
    });
    let (reader, cloud) = stage.reader();
    for reads in 1..3 {
        reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
        assert_eq!(cloud.calls()["ec2:DescribeSubnets"], reads);
    }
}
