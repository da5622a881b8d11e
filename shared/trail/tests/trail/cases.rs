//! The cases of the specification, by number.

use model::{Attribution, CallKind, CallOutcome};
use serde_json::{Value, json};

use crate::records::{digest_of, gzip, log, rows, shape, with};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:async-monitor";

/// Shape, changes, then who, how found, what kind, what came of it.
type Case = (
    &'static str,
    usize,
    Vec<(&'static str, Value)>,
    Option<&'static str>,
    Attribution,
    CallKind,
    CallOutcome,
);

fn cases() -> Vec<Case> {
    use Attribution::{InScopeOf, Nothing, Session, UserAgent};
    use CallKind::{Code, Foreign, Forwarded, Granted, Platform, Poller};
    use CallOutcome::{Denied, Ok, Unclear};
    let stop = Some("arn:aws:lambda:us-east-1:111122223333:function:auto-stop");
    let poc = Some("arn:aws:lambda:us-east-1:111122223333:function:poc-fn");
    let level1 = Some("arn:aws:lambda:us-east-1:111122223333:function:level1");
    let writer = Some("arn:aws:lambda:us-east-1:111122223333:function:writer-fn");
    let monitor = Some(FUNCTION);
    let session = |name: &str| json!(format!("arn:aws:sts::111122223333:assumed-role/r/{name}"));
    let go = ("userAgent", json!("aws-sdk-go-v2/1.36.3 lang/go#1.26.4"));
    let error = |code: &str| vec![("errorCode", json!(code))];
    let own = json!({ "encryptionContext": { "aws:lambda:FunctionArn": FUNCTION } });
    vec![
        ("22", 1, vec![], stop, InScopeOf, Code, Ok),
        ("23", 3, vec![], monitor, UserAgent, Code, Ok),
        ("23, no SDK mark", 3, vec![go.clone()], monitor, Session, Code, Ok),
        (
            "23, e-mail",
            3,
            vec![go.clone(), ("userIdentity/arn", session("a@b.c"))],
            None,
            Nothing,
            Foreign,
            Ok,
        ),
        (
            "23, EC2",
            3,
            vec![go.clone(), ("userIdentity/arn", session("i-0123456789abcdef0"))],
            None,
            Nothing,
            Foreign,
            Ok,
        ),
        (
            "23, made up",
            3,
            vec![go.clone(), ("userIdentity/arn", session("botocore-session-1759000000"))],
            None,
            Nothing,
            Foreign,
            Ok,
        ),
        ("24", 2, vec![], poc, InScopeOf, Code, Ok),
        ("25", 10, vec![], None, Nothing, Poller, Ok),
        (
            "25, not quite",
            10,
            vec![("userIdentity/arn", session("awslambda_292_2019")), go.clone()],
            Some("arn:aws:lambda:us-east-1:111122223333:function:awslambda_292_2019"),
            Session,
            Code,
            Ok,
        ),
        ("26, denied", 4, vec![], level1, Session, Platform, Denied),
        ("26", 5, vec![], monitor, InScopeOf, Platform, Ok),
        (
            "26, network interface",
            6,
            vec![
                ("eventSource", json!("ec2.amazonaws.com")),
                ("eventName", json!("CreateNetworkInterface")),
            ],
            monitor,
            Session,
            Platform,
            Ok,
        ),
        ("27", 1, error("AccessDenied"), stop, InScopeOf, Code, Denied),
        ("27, EC2", 1, error("Client.UnauthorizedOperation"), stop, InScopeOf, Code, Denied),
        ("27, exception", 1, error("KMSAccessDeniedException"), stop, InScopeOf, Code, Denied),
        ("28", 1, error("ThrottlingException"), stop, InScopeOf, Code, Unclear),
        ("28, not found", 1, error("ResourceNotFoundException"), stop, InScopeOf, Code, Ok),
        (
            "29",
            12,
            vec![],
            Some("arn:aws:lambda:us-east-1:111122223333:function:dev"),
            Session,
            Forwarded,
            Ok,
        ),
        ("29, EC2", 1, error("Client.DryRunOperation"), stop, InScopeOf, Code, Ok),
        ("30", 7, vec![], writer, Session, Forwarded, Ok),
        ("31, another's", 6, vec![], monitor, Session, Forwarded, Ok),
        ("31", 6, vec![("requestParameters", own.clone())], monitor, Session, Granted, Ok),
        (
            "31, in scope",
            5,
            vec![
                ("eventSource", json!("kms.amazonaws.com")),
                ("eventName", json!("Decrypt")),
                ("requestParameters", own),
            ],
            monitor,
            InScopeOf,
            Granted,
            Ok,
        ),
        ("48", 2, vec![("requestParameters", Value::Null)], poc, InScopeOf, Code, Ok),
        (
            "55",
            3,
            vec![go, ("userIdentity/arn", session("i-0123456789abcdef0"))],
            None,
            Nothing,
            Foreign,
            Ok,
        ),
        (
            "57",
            1,
            vec![
                ("eventSource", json!("iam.amazonaws.com")),
                ("eventName", json!("DescribePolicy")),
            ],
            stop,
            InScopeOf,
            Code,
            Ok,
        ),
        ("58", 13, vec![], None, Nothing, Foreign, Ok),
        (
            "58, console",
            3,
            vec![("userAgent", json!("[S3Console/0.4, aws-internal/3]"))],
            None,
            Nothing,
            Foreign,
            Ok,
        ),
        (
            "58, the CLI in a function",
            3,
            vec![("userAgent", json!("aws-cli/2.1 exec-env/AWS_Lambda_provided.al2023"))],
            monitor,
            UserAgent,
            Code,
            Ok,
        ),
    ]
}

#[test]
fn calls_find_their_callers() {
    for (case, number, changes, function, attribution, kind, outcome) in cases() {
        let rows = rows(with(shape(number), &changes));
        assert_eq!(rows.len(), 1, "case {case}: {rows:?}");
        let row = &rows[0];
        let found = row.function.as_ref().map(model::FunctionArn::as_str);
        assert_eq!(
            (found, row.attribution, row.kind, row.outcome),
            (function, attribution, kind, outcome),
            "case {case}"
        );
    }
}

/// Case 19: the issuer's ARN has the path, the session's has not.
#[test]
fn roles_keep_their_paths() {
    let arn = "arn:aws:iam::111122223333:role/service-role/deep/cost-role";
    let issuer = "userIdentity/sessionContext/sessionIssuer";
    let changes = [("userIdentity/sessionContext/sessionIssuer/arn", json!(arn))];
    assert_eq!(rows(with(shape(1), &changes))[0].role, arn);
    // Without an issuer the path is not known, and the id still is.
    for issuer_is in [json!({}), Value::Null] {
        let row = &rows(with(shape(1), &[(issuer, issuer_is)]))[0];
        assert_eq!(row.role, "arn:aws:iam::111122223333:role/cost-role");
        assert_eq!(row.role_id.as_deref(), Some("AROAEXAMPLEROLEID0001"));
    }
}

/// Case 54, and what belongs to Identity Center.
#[test]
fn roles_that_nobody_can_edit_are_left_out() {
    for path in ["aws-service-role/x.amazonaws.com", "aws-reserved/sso.amazonaws.com"] {
        let arn = json!(format!("arn:aws:iam::111122223333:role/{path}/r"));
        let changes = [("userIdentity/sessionContext/sessionIssuer/arn", arn)];
        assert_eq!(rows(with(shape(1), &changes)), []);
    }
}

/// Case 49: whether the same file or a copy with another id.
#[test]
fn events_count_once() {
    let one = with(shape(1), &[("eventID", json!("00000000-0000-4000-8000-000000000001"))]);
    let other = with(shape(1), &[("eventID", json!("00000000-0000-4000-8000-000000000002"))]);
    let shared = json!("00000000-0000-4000-8000-00000000000a");
    let copies =
        [&one, &other].map(|record| with(record.clone(), &[("sharedEventID", shared.clone())]));
    let cases = [
        (vec![vec![one.clone(), other.clone()]], 2, 0),
        (vec![vec![one.clone()], vec![one.clone(), other]], 2, 1),
        (vec![vec![one.clone()], vec![one]], 1, 1),
        (vec![copies.to_vec()], 1, 1),
    ];
    for (files, count, duplicates) in cases {
        let digest =
            digest_of(&files.iter().map(|records| gzip(&log(records))).collect::<Vec<_>>());
        assert_eq!(digest.rows().len(), 1);
        assert_eq!(digest.rows()[0].count, count);
        assert_eq!(digest.coverage().duplicates, duplicates);
    }
}

/// A cut `principalId` must not make one function of two.
#[test]
fn sessions_are_read_where_they_are_whole() {
    let long = |end: &str| format!("{}{end}", "n".repeat(60));
    for end in ["-1", "-2"] {
        let arn = format!("arn:aws:sts::111122223333:assumed-role/r/{}", long(end));
        let changes = [
            ("userIdentity/arn", json!(arn)),
            (
                "userIdentity/principalId",
                json!(format!("AROAEXAMPLEROLEID0001:{}", "n".repeat(50))),
            ),
        ];
        let function = rows(with(shape(3), &changes))[0].function.clone().unwrap();
        assert_eq!(function.name(), long(end));
    }
}

/// A denial that names another action than the event's was one of that action.
#[test]
fn a_denial_is_of_the_action_it_names() {
    let message = "User: arn:aws:sts::111122223333:assumed-role/cost-role/auto-stop is not \
                   authorized to perform: kms:CreateGrant on resource: x";
    let changes = [("errorCode", json!("AccessDenied")), ("errorMessage", json!(message))];
    let rows = rows(with(shape(1), &changes));
    let found: Vec<_> =
        rows.iter().map(|row| (row.action.as_deref().unwrap(), row.outcome)).collect();
    assert_eq!(
        found,
        [("ec2:StopInstances", CallOutcome::Unclear), ("kms:CreateGrant", CallOutcome::Denied)]
    );
}

/// A refused call comes to nothing that it implies.
#[test]
fn a_denial_implies_nothing() {
    let function = json!({"role": "arn:aws:iam::111122223333:role/r"});
    let creates = [
        ("eventSource", json!("lambda.amazonaws.com")),
        ("eventName", json!("CreateFunction20150331")),
        ("requestParameters", function),
    ];
    let actions = |changes: &[(&'static str, Value)]| -> Vec<String> {
        let rows = rows(with(shape(1), changes));
        rows.into_iter().filter_map(|row| row.action).collect()
    };
    assert_eq!(actions(&creates), ["iam:PassRole", "lambda:CreateFunction"]);
    let mut denied = creates.to_vec();
    denied.push(("errorCode", json!("AccessDenied")));
    assert_eq!(actions(&denied), ["lambda:CreateFunction"]);
    let message = "User is not authorized to perform: iam:PassRole on resource: x";
    denied.push(("errorMessage", json!(message)));
    assert_eq!(actions(&denied), ["iam:PassRole", "lambda:CreateFunction"]);
}

/// A missing object tells of another permission than one that is there, however often both come.
#[test]
fn calls_that_differ_in_their_error_alone_are_told_apart() {
    let object = json!({"bucketName": "b", "key": "k"});
    let reads = [
        ("eventSource", json!("s3.amazonaws.com")),
        ("eventName", json!("GetObject")),
        ("requestParameters", object),
    ];
    let mut misses = reads.to_vec();
    misses.push(("errorCode", json!("NoSuchKey")));
    let records = |times: usize| {
        let of = |changes: &[(&'static str, Value)], id: usize| {
            let mut changes = changes.to_vec();
            changes.push(("eventID", json!(id.to_string())));
            with(shape(1), &changes)
        };
        let hits = (0..3).map(|id| of(&reads, id));
        hits.chain((0..times).map(|id| of(&misses, 10 + id))).collect::<Vec<_>>()
    };
    let listed = |times: usize| {
        let digest = digest_of(&[log(&records(times))]);
        let lists =
            digest.rows().iter().filter(|row| row.action.as_deref() == Some("s3:ListBucket"));
        lists.map(|row| row.count).collect::<Vec<_>>()
    };
    assert!(listed(0).is_empty());
    assert_eq!(listed(1), [1]);
    assert_eq!(listed(3), [3]);
}

/// What is escaped for no reason reads the same.
#[test]
fn escapes_make_no_difference() {
    let record = with(shape(1), &[("eventID", json!("e"))]);
    let plain = digest_of(&[log(std::slice::from_ref(&record))]);
    let text = String::from_utf8(log(&[record])).unwrap();
    let escaped = text.replace("role/cost", "role\\/cost").replace("ec2.am", "ec2\\u002eam");
    assert_ne!(escaped, text);
    let escaped = digest_of(&[escaped.into_bytes()]);
    assert_eq!(plain.rows(), escaped.rows());
}
