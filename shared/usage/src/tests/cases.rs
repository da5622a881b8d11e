//! One verdict after the other.

use serde_json::json;

use super::{PAY, REFUND, SQS, World, policy, told, trust, user};
use crate::Runs;

/// Everything that is said of `action` in a world.
fn check(number: u32, name: &str, world: &World, expected: &[(&str, &str)]) {
    world.judged(|_, judgement| {
        for (action, verdict) in expected {
            assert_eq!(told(judgement, action), *verdict, "{number}: {name}: {action}");
        }
    });
}

fn allow(actions: &str, resources: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}"#)
}

const BUCKET: &str = r#""arn:aws:s3:::b/*""#;
const GET: &str = "code ok s3:GetObject eu-west-1 arn:aws:s3:::b/in/* pay";

#[test]
fn what_is_granted() {
    let gets = World::new(&allow(r#""s3:Get*""#, r#""*""#)).calls(&[GET]);
    check(
        1,
        "wildcards are expanded",
        &gets,
        &[
            ("s3:GetObject", "over-broad 1"),
            ("s3:GetObjectAcl", "unused high"),
            ("s3:PutObject", "not granted"),
        ],
    );
    let odd = World::new(&allow(r#"["S3:GET?BJECT"]"#, r#""*""#)).calls(&[GET]);
    check(2, "whatever the case", &odd, &[("s3:GetObject", "over-broad 1")]);
    let upper = World::new(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::b/IN/*""#)).calls(&[GET]);
    check(3, "resources in their case", &upper, &[("s3:GetObject", "unused high")]);
    upper.judged(|_, judgement| assert_eq!(judgement.elsewhere.len(), 1, "3"));
    let not = World::new(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#).calls(&[GET]);
    check(
        4,
        "NotAction grants the others",
        &not,
        &[
            ("s3:GetObject", "over-broad 1"),
            ("iam:GetRole", "not granted"),
            ("sqs:DeleteQueue", "unused high"),
        ],
    );
    let secret = World::new(
        r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/*"}"#,
    )
    .calls(&[GET]);
    check(5, "NotResource keeps its own out", &secret, &[("s3:GetObject", "unused high")]);
    let deny = format!(
        r#"{},{{"Effect":"Deny","Action":"s3:Get*","Resource":{BUCKET}}}"#,
        allow(r#""s3:*""#, r#""*""#)
    );
    check(
        6,
        "what is left of a denial stays granted",
        &World::new(&deny),
        &[("s3:GetObject", "unused high"), ("s3:PutObject", "unused high")],
    );
    let only = format!(
        r#"{},{{"Effect":"Deny","NotAction":"sqs:*","Resource":"*"}}"#,
        allow(r#"["s3:*","sqs:SendMessage"]"#, r#""*""#)
    );
    check(
        7,
        "Deny NotAction leaves the others",
        &World::new(&only),
        &[("s3:GetObject", "ineffective denied"), ("sqs:SendMessage", "unused high")],
    );
    let tls = format!(
        r#"{},{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#,
        allow(r#""s3:*""#, r#""*""#)
    );
    check(
        8,
        "a conditional denial takes nothing for good",
        &World::new(&tls).calls(&[GET]),
        &[("s3:GetObject", "over-broad 1"), ("s3:PutObject", "unused high")],
    );
}

#[test]
fn what_is_of_effect() {
    let all = allow(r#"["s3:GetObject","sqs:SendMessage"]"#, r#""*""#);
    let bounded = World::new(&all).boundary(&allow(r#""sqs:*""#, r#""*""#)).calls(&[GET]);
    check(
        9,
        "a boundary masks",
        &bounded,
        &[("s3:GetObject", "ineffective boundary"), ("sqs:SendMessage", "unused high")],
    );
    let alone = World::new("").boundary(&allow(r#""*""#, r#""*""#));
    check(10, "a boundary grants nothing", &alone, &[("s3:GetObject", "not granted")]);
    let scp = iam::Policy::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        allow(r#""sqs:*""#, r#""*""#)
    ));
    let scps: &'static [_] = vec![vec![("scp", &*Box::leak(Box::new(scp.unwrap())))]].leak();
    let mut limited = World::new(&all);
    limited.settings.scps = scps;
    check(
        11,
        "so does a service control policy",
        &limited,
        &[("s3:GetObject", "ineffective organization-policy"), ("sqs:SendMessage", "unused high")],
    );
    let list = allow(r#""s3:ListAllMyBuckets""#, r#""arn:aws:s3:::b""#);
    check(
        15,
        "an action without resources on an ARN",
        &World::new(&list),
        &[("s3:ListAllMyBuckets", "ineffective resource-type")],
    );
    let bucket = allow(r#""s3:GetObject""#, r#""arn:aws:sqs:*:*:b""#);
    check(
        16,
        "an action on a resource of another kind",
        &World::new(&bucket),
        &[("s3:GetObject", "ineffective resource-type")],
    );
}

#[test]
fn what_counts_as_a_use_of_a_grant() {
    let here = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#;
    check(
        12,
        "in the Region",
        &World::new(here).calls(&[GET]),
        &[("s3:GetObject", "over-broad 1")],
    );
    let there = World::new(here).calls(&["code ok s3:GetObject us-east-1 arn:aws:s3:::b/in/* pay"]);
    check(12, "in another Region", &there, &[("s3:GetObject", "unused high")]);
    there.judged(|_, judgement| assert_eq!(judgement.elsewhere.len(), 1, "12"));
    let tagged = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"pay"}}}"#;
    check(
        13,
        "under a condition nobody can check",
        &World::new(tagged).calls(&[GET]),
        &[("s3:GetObject", "over-broad 1")],
    );
    let variable = allow(r#""s3:GetObject""#, r#""arn:aws:s3:::${aws:PrincipalTag/team}/*""#);
    check(
        14,
        "under a variable nobody knows",
        &World::new(&variable).calls(&[GET]),
        &[("s3:GetObject", "over-broad 1")],
    );
    let mut old = World::new("");
    old.role["policies"] = json!([{ "name": "old", "origin": "inline", "document": format!(r#"{{"Statement":[{variable}]}}"#) }]);
    check(14, "that is text before 2012", &old.calls(&[GET]), &[("s3:GetObject", "unused high")]);
    let elsewhere =
        World::new(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::own/*""#)).calls(&[GET]);
    check(17, "granted by the bucket's own policy", &elsewhere, &[("s3:GetObject", "unused high")]);
    elsewhere.judged(|_, j| {
        assert_eq!(j.elsewhere.iter().map(|e| e.action).collect::<Vec<_>>(), ["s3:GetObject"], "17")
    });
    let china = World::new(&allow(r#""s3:GetObject""#, r#""arn:aws-cn:s3:::b/*""#));
    check(18, "partitions must match", &china, &[("s3:GetObject", "unused high")]);
    let china = china.calls(&["code ok s3:GetObject cn-north-1 arn:aws-cn:s3:::b/in/* pay"]);
    check(18, "and do", &china, &[("s3:GetObject", "over-broad 1")]);
}

#[test]
fn who_used_it() {
    let all = allow(
        r#"["s3:GetObject","s3:PutObject","sqs:SendMessage","logs:CreateLogStream"]"#,
        r#""*""#,
    );
    let shared = || World::new(&all).users(json!([user(PAY), user(REFUND)]));
    let two = shared().calls(&[GET, "code ok s3:PutObject eu-west-1 arn:aws:s3:::b/out/* refund"]);
    check(
        22,
        "a shared role keeps what either uses",
        &two,
        &[
            ("s3:GetObject", "over-broad 1"),
            ("s3:PutObject", "over-broad 1"),
            ("sqs:SendMessage", "unused high"),
        ],
    );
    let names =
        |set: &iam::catalogue::ActionSet| set.iter().map(|a| a.to_string()).collect::<Vec<_>>();
    two.judged(|_, judgement| {
        let used: Vec<_> =
            judgement.functions.iter().map(|f| (f.function.name(), names(&f.used))).collect();
        let expected =
            [("pay", vec!["s3:GetObject".to_owned()]), ("refund", vec!["s3:PutObject".to_owned()])];
        assert_eq!(used, expected, "22");
    });
    let nobody = shared().calls(&["code ok s3:GetObject eu-west-1 arn:aws:s3:::b/in/* -"]);
    nobody.judged(|_, judgement| {
        for own in &judgement.functions {
            assert_eq!(
                (own.used.len(), names(&own.unattributed)),
                (0, vec!["s3:GetObject".to_owned()]),
                "23"
            );
        }
        let judged = judgement.actions.iter().find(|j| j.action.to_string() == "s3:GetObject");
        assert_eq!(judged.unwrap().confidence, Some(crate::Confidence::Medium), "23");
    });
    let poller = World::new(&allow(r#""sqs:ReceiveMessage""#, SQS))
        .calls(&[&format!("poller ok sqs:ReceiveMessage eu-west-1 {} -", SQS.trim_matches('"'))]);
    check(25, "pollers are Lambda's", &poller, &[("sqs:ReceiveMessage", "needed-by-lambda")]);
    let stream = shared().calls(&["platform ok logs:CreateLogStream eu-west-1 ? pay"]);
    check(26, "so are log streams", &stream, &[("logs:CreateLogStream", "needed-by-lambda")]);
    let denied = shared().calls(&["code denied s3:GetObject eu-west-1 arn:aws:s3:::b/in/* pay"]);
    check(27, "a denied call is no use", &denied, &[("s3:GetObject", "attempted-denied")]);
    let unclear = shared().calls(&["code unclear s3:GetObject eu-west-1 arn:aws:s3:::b/in/* pay"]);
    check(28, "one that failed otherwise may be", &unclear, &[("s3:GetObject", "over-broad 1")]);
    let key = allow(r#"["kms:GenerateDataKey","kms:Decrypt"]"#, r#""*""#);
    let forwarded = World::new(&key).calls(&["forwarded ok kms:GenerateDataKey eu-west-1 ? pay"]);
    check(30, "a service on behalf of the code", &forwarded, &[("kms:GenerateDataKey", "used")]);
    let grant = World::new(&key).calls(&["granted ok kms:Decrypt eu-west-1 ? pay"]);
    check(31, "Lambda by a grant", &grant, &[("kms:Decrypt", "unused high")]);
    let thief =
        World::new(&all).calls(&["foreign ok s3:GetObject eu-west-1 arn:aws:s3:::b/in/* pay"]);
    check(58, "a thief's use keeps the permission", &thief, &[("s3:GetObject", "over-broad 1")]);
    thief.judged(|_, judgement| {
        assert!(
            judgement
                .functions
                .iter()
                .all(|own| own.used.is_empty() && own.unattributed.is_empty()),
            "58"
        );
        assert!(judgement.foreign.contains("s3:GetObject"), "58");
    });
    let both =
        World::new(&all).role("trust", trust(&["ec2.amazonaws.com", "lambda.amazonaws.com"]));
    both.judged(|_, judgement| assert!(judgement.trusts_others, "55"));
    World::new(&all).judged(|_, judgement| assert!(!judgement.trusts_others, "55"));
}

#[test]
fn what_could_not_be_seen() {
    let pass = World::new(&allow(r#""iam:PassRole""#, r#""*""#));
    check(
        40,
        "PassRole is recorded nowhere",
        &pass,
        &[("iam:PassRole", "unverifiable never-logged")],
    );
    let quiet = pass.usage("last_accessed", json!({ "iam": null }));
    check(
        40,
        "nor does last access tell",
        &quiet,
        &[("iam:PassRole", "unverifiable never-logged")],
    );
    let inferred = quiet
        .calls(&["inferred ok iam:PassRole eu-west-1 arn:aws:iam::111122223333:role/task pay"]);
    check(40, "it follows from others", &inferred, &[("iam:PassRole", "used")]);
    let logs = World::new(&allow(r#""logs:PutLogEvents""#, r#""*""#));
    check(
        41,
        "PutLogEvents is recorded nowhere",
        &logs,
        &[("logs:PutLogEvents", "unverifiable never-logged")],
    );

    let put = || {
        World::new(&allow(r#"["dynamodb:PutItem","dynamodb:DeleteTable"]"#, r#""*""#))
            .usage("coverage.eu-west-1.data", json!([]))
    };
    let told = [
        ("dynamodb:PutItem", "unverifiable data-events-off"),
        ("dynamodb:DeleteTable", "unused high"),
    ];
    check(42, "data events are off", &put(), &told);
    check(
        42,
        "and the service was accessed",
        &put().usage("last_accessed", json!({ "dynamodb": "2026-11-01" })),
        &[told[0], ("dynamodb:DeleteTable", "unused medium")],
    );
    check(
        43,
        "nor was the service in 400 days",
        &put().usage("last_accessed", json!({ "dynamodb": null })),
        &[("dynamodb:PutItem", "unused high"), ("dynamodb:DeleteTable", "unused high")],
    );
    check(
        43,
        "nor in the window",
        &put().usage("last_accessed", json!({ "dynamodb": "2026-01-01" })),
        &[("dynamodb:PutItem", "unused high")],
    );
    check(
        43,
        "a service that is not named was not asked about",
        &put().usage("last_accessed", json!({ "s3": null })),
        &told,
    );
    check(
        43,
        "the trail knows better",
        &put()
            .usage("last_accessed", json!({ "dynamodb": null }))
            .calls(&["code ok dynamodb:Query eu-west-1 ? pay"]),
        &told,
    );

    let key = || {
        World::new(&allow(r#"["kms:Decrypt","s3:ListAllMyBuckets","s3:CreateBucket"]"#, r#""*""#))
    };
    check(
        44,
        "the trail leaves KMS out",
        &key().usage(
            "coverage.eu-west-1",
            json!({"days":90,"reads":"yes","writes":"yes","excluded":["kms.amazonaws.com"]}),
        ),
        &[("kms:Decrypt", "unverifiable source-excluded"), ("s3:CreateBucket", "unused high")],
    );
    for reads in ["no", "unclear"] {
        check(
            44,
            "and reads",
            &key().usage("coverage.eu-west-1.reads", json!(reads)),
            &[
                ("s3:ListAllMyBuckets", "unverifiable reads-excluded"),
                ("s3:CreateBucket", "unused high"),
            ],
        );
        check(
            44,
            "or writes",
            &key().usage("coverage.eu-west-1.writes", json!(reads)),
            &[
                ("s3:ListAllMyBuckets", "unused high"),
                ("s3:CreateBucket", "unverifiable writes-excluded"),
            ],
        );
    }
    // Of settings that nobody knows, one Region says little: enough for a proposal asked for, too
    // little for a finding.
    for (all, expected) in [(json!(false), "unverifiable region"), (json!(null), "unused low")] {
        check(
            44,
            "or other Regions",
            &key().usage("all_regions", all.clone()),
            &[("s3:CreateBucket", expected)],
        );
        let bound =
            World::new(&allow(r#""sqs:DeleteQueue""#, SQS)).usage("all_regions", all.clone());
        check(44, "unless bound to those seen", &bound, &[("sqs:DeleteQueue", "unused high")]);
        let bound = r#"{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1"]}}}"#;
        check(
            44,
            "by a condition",
            &World::new(bound).usage("all_regions", all),
            &[("s3:CreateBucket", "unused high")],
        );
    }
    let elsewhere = json!({ "eu-west-2": { "days": 90, "reads": "yes", "writes": "yes" } });
    let by_either = r#"
        {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}},
        {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/team":"b*"}}}"#;
    check(
        44,
        "a boundary that lets it through in one Region, or else for a tag",
        &key().usage("all_regions", json!(false)).boundary(by_either),
        &[("s3:CreateBucket", "unverifiable region")],
    );
    check(
        44,
        "nor where its functions live",
        &key().usage("all_regions", json!(null)).usage("coverage", elsewhere),
        &[("s3:CreateBucket", "unverifiable region")],
    );
    check(
        46,
        "nor of a role whose functions nobody knows",
        &key().users(json!([])),
        &[("s3:CreateBucket", "unverifiable configuration-unknown")],
    );
    let several = key().usage("all_regions", json!(null)).usage("coverage", json!({ "eu-west-1": { "days": 90, "reads": "yes", "writes": "yes" }, "eu-west-2": { "days": 3, "reads": "yes", "writes": "yes" } }));
    check(
        44,
        "several Regions speak for a trail of all",
        &several,
        &[("s3:CreateBucket", "unused low")],
    );
}

#[test]
fn what_is_too_early_to_tell() {
    let drop = || World::new(&allow(r#""s3:DeleteBucket""#, r#""*""#));
    check(
        45,
        "a young role",
        &drop().role("created", json!("2026-11-01T00:00:00Z")),
        &[("s3:DeleteBucket", "unverifiable young-role")],
    );
    check(
        45,
        "of unknown age",
        &drop().role("created", json!(null)),
        &[("s3:DeleteBucket", "unused medium")],
    );
    let mut new = drop();
    new.role["policies"][0]["changed"] = json!("2026-11-15T00:00:00Z");
    check(45, "a new policy", &new, &[("s3:DeleteBucket", "unverifiable new-grant")]);
    let mut of_aws = new.clone();
    of_aws.role["policies"][0]["origin"] = json!({"managed": "arn:aws:iam::aws:policy/Own"});
    check(45, "a new version of AWS's own", &of_aws, &[("s3:DeleteBucket", "unused high")]);
    new.role["policies"] =
        json!([new.role["policies"][0], policy("old", &allow(r#""s3:*""#, r#""*""#))]);
    check(
        45,
        "beside an old one that grants the same",
        &new,
        &[("s3:DeleteBucket", "unused high")],
    );
    check(
        45,
        "too short a window",
        &drop().usage("from", json!("2026-10-25")),
        &[("s3:DeleteBucket", "unverifiable window")],
    );
    check(
        45,
        "with holes",
        &drop().usage("coverage.eu-west-1.days", json!(80)),
        &[("s3:DeleteBucket", "unverifiable window")],
    );
    check(
        45,
        "with a small one",
        &drop().usage("coverage.eu-west-1.days", json!(89)),
        &[("s3:DeleteBucket", "unused low")],
    );
    check(
        45,
        "of which nothing was seen",
        &drop().usage("coverage", json!({})),
        &[("s3:DeleteBucket", "unverifiable writes-excluded")],
    );
    let mut rare = drop();
    rare.settings.runs.insert(PAY.parse().unwrap(), Runs { last: None, period_days: Some(92) });
    check(45, "a quarterly job", &rare, &[("s3:DeleteBucket", "unverifiable rare-schedule")]);
}

#[test]
fn what_lambda_needs() {
    let statements = allow(r#"["ec2:CreateNetworkInterface","ec2:RunInstances"]"#, r#""*""#);
    let vpc = |needs: serde_json::Value| {
        World::new(&statements).users(json!([{ "arn": PAY, "needs": needs }]))
    };
    let needs = json!({ "log_groups": [], "vpc": true, "destinations": [], "sources": [] });
    check(
        46,
        "network interfaces",
        &vpc(needs),
        &[("ec2:CreateNetworkInterface", "needed-by-lambda"), ("ec2:RunInstances", "unused high")],
    );
    check(
        46,
        "or perhaps",
        &vpc(json!({ "unknown": "denied" })),
        &[
            ("ec2:CreateNetworkInterface", "unverifiable configuration-unknown"),
            ("ec2:RunInstances", "unused high"),
        ],
    );
    let logs = |group: &str| {
        let resource = format!(r#""arn:aws:logs:eu-west-1:111122223333:log-group:{group}:*""#);
        let needs = json!({ "log_groups": ["/aws/lambda/pay"], "destinations": [], "sources": [] });
        World::new(&allow(r#""logs:CreateLogStream""#, &resource))
            .users(json!([{ "arn": PAY, "needs": needs }]))
    };
    check(
        46,
        "its own log group",
        &logs("/aws/lambda/pay"),
        &[("logs:CreateLogStream", "needed-by-lambda")],
    );
    check(
        46,
        "not another's",
        &logs("/aws/lambda/other"),
        &[("logs:CreateLogStream", "unused high")],
    );
    let missing = |world: &World| {
        world
            .judged(|_, j| j.missing.iter().map(|need| need.action.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(
        missing(&logs("/aws/lambda/other")),
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    );
    assert_eq!(missing(&logs("/aws/lambda/pay")), ["logs:CreateLogGroup", "logs:PutLogEvents"]);
    let stranger = World::new(&statements).calls(&["code ok s3:GetObject eu-west-1 ? refund"]);
    check(
        46,
        "for a function that is not listed",
        &stranger,
        &[("ec2:CreateNetworkInterface", "unverifiable configuration-unknown")],
    );
}

#[test]
fn what_does_not_exist() {
    let all = allow(r#"["s3:*","s3:NewThing","sqs:DeleteQueue"]"#, r#""*""#);
    let unmapped = World::new(&all).calls(&["code ok s3.amazonaws.com:NewThing eu-west-1 ? pay"]);
    check(
        47,
        "an unmapped event keeps its service",
        &unmapped,
        &[
            ("s3:DeleteBucket", "unverifiable unmapped"),
            ("s3:NewThing", "unverifiable unmapped"),
            ("sqs:DeleteQueue", "unused high"),
        ],
    );
    unmapped.judged(|_, judgement| assert_eq!(judgement.unmapped.len(), 1, "47"));
    let unknown = World::new(&all).calls(&["code ok newservice.amazonaws.com:Do eu-west-1 ? pay"]);
    check(
        47,
        "one of no known service doubts everything",
        &unknown,
        &[("s3:DeleteBucket", "unused low")],
    );
    let hidden =
        World::new(&all).calls(&["code ok s3:GetObject eu-west-1 arn:aws:s3:::b/in/*,? pay"]);
    check(48, "what is hidden narrows nothing", &hidden, &[("s3:GetObject", "used")]);
    let invalid = World::new(&allow(r#"["bedrock:Converse","s3:Nothing*"]"#, r#""*""#));
    check(
        52,
        "no such action",
        &invalid,
        &[("bedrock:Converse", "invalid"), ("s3:Nothing*", "invalid")],
    );
    unmapped.judged(|_, judgement| {
        let growing: Vec<_> = judgement.growing.iter().map(|g| g.pattern).collect();
        assert_eq!(growing, ["s3:*"], "53");
    });
}
