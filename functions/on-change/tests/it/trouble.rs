//! Bad days of AWS: what is then still judged, what comes back, and what is never claimed.

use std::time::Duration;

use serde_json::json;
use stand_ins::fault_proxy::{Fault, Rule, Target};

use crate::stage::{BAD, FUNCTION, HUBLESS, Stage, deploy_bad, expected, iam_event, touched};

/// What breaks, and what is then seen; a message that comes back is logged with `reason`.
struct Case {
    name: &'static str,
    breaks: fn() -> Vec<Rule>,
    reason: Option<&'static str>,
    shows: &'static [(&'static str, &'static str)],
}

/// The bad function where its policies could not be read.
const NO_POLICIES: &[(&str, &str)] = &[
    ("env-key-not-customer-managed", "FAILED NEW"),
    ("env-secret-in-plaintext", "FAILED NEW"),
    ("failure-path-missing", "NOT_AVAILABLE NEW"),
    ("policy-confused-deputy", "NOT_AVAILABLE NEW"),
    ("policy-foreign-account", "NOT_AVAILABLE NEW"),
    ("policy-public", "NOT_AVAILABLE NEW"),
    ("runtime-deprecated", "FAILED NEW"),
];

/// The bad function without the first of its findings.
const REST: &[(&str, &str)] = &[
    ("env-secret-in-plaintext", "FAILED NEW"),
    ("policy-public", "FAILED NEW"),
    ("runtime-deprecated", "FAILED NEW"),
];

const CASES: &[Case] = &[
    Case {
        name: "a call is denied",
        breaks: || vec![Target::call("lambda", "GetPolicy").always(Fault::Deny)],
        reason: None,
        shows: NO_POLICIES,
    },
    Case {
        name: "a call is throttled for ever",
        breaks: || vec![Target::call("lambda", "GetPolicy").always(Fault::Throttle)],
        reason: None,
        shows: NO_POLICIES,
    },
    Case {
        name: "every call is throttled at first",
        breaks: || {
            ["GetFunctionConfiguration", "GetPolicy", "ListAliases", "ListFunctions"]
                .map(|name| Target::call("lambda", name).first(2, Fault::Throttle))
                .into()
        },
        reason: None,
        shows: BAD,
    },
    Case {
        name: "services fail once each",
        breaks: || {
            vec![
                Target::call("lambda", "GetFunctionConfiguration").nth(1, Fault::Status(500)),
                Target::service("iam").nth(1, Fault::Status(503)),
                Target::call("securityhub", "GetFindings").nth(1, Fault::Status(500)),
                Target::call("securityhub", "BatchImportFindings").nth(1, Fault::Status(503)),
            ]
        },
        reason: None,
        shows: BAD,
    },
    Case {
        name: "connections break once each",
        breaks: || {
            vec![
                Target::call("lambda", "GetPolicy").nth(1, Fault::CutConnection),
                Target::call("securityhub", "GetFindings").nth(1, Fault::CutConnection),
                Target::call("securityhub", "BatchImportFindings").nth(1, Fault::CutConnection),
            ]
        },
        reason: None,
        shows: BAD,
    },
    Case {
        name: "the function itself may not be read",
        breaks: || vec![Target::call("lambda", "GetFunctionConfiguration").always(Fault::Deny)],
        reason: Some("grant the action to the role that runs this"),
        shows: &[],
    },
    Case {
        name: "the function itself cannot be read",
        breaks: || {
            vec![Target::call("lambda", "GetFunctionConfiguration").always(Fault::Status(500))]
        },
        reason: Some("lambda:GetFunctionConfiguration on"),
        shows: &[],
    },
    Case {
        name: "the list of findings is cut, and is not taken for an empty one",
        breaks: || vec![Target::call("securityhub", "GetFindings").always(Fault::TruncatePage)],
        reason: Some("securityhub:GetFindings on"),
        shows: &[],
    },
    Case {
        name: "one finding of several is refused for a moment",
        breaks: || {
            let import = Target::call("securityhub", "BatchImportFindings");
            vec![import.nth(1, Fault::FailOneFinding(1))]
        },
        reason: None,
        shows: BAD,
    },
    Case {
        name: "one finding of several is refused for ever",
        breaks: || {
            let import = Target::call("securityhub", "BatchImportFindings");
            vec![import.always(Fault::FailOneFinding(0))]
        },
        reason: Some("InternalFailure: the finding failed on purpose"),
        shows: REST,
    },
    Case {
        name: "Security Hub may not be written",
        breaks: || vec![Target::call("securityhub", "BatchImportFindings").always(Fault::Deny)],
        reason: Some("grant the action to the role that runs this"),
        shows: &[],
    },
];

#[test]
fn bad_days() {
    let threads: Vec<_> = CASES.iter().map(|case| std::thread::spawn(|| check(case))).collect();
    let failed = threads.into_iter().filter_map(|thread| thread.join().err()).count();
    assert_eq!(failed, 0, "cases failed; their messages are above");
}

fn check(case: &Case) {
    let Case { name, breaks, reason, shows } = case;
    let mut stage = Stage::new(breaks());
    deploy_bad(&stage.account);
    let failed = stage.deliver(&[touched(&stage.account, "CreateFunction20150331")]);
    assert_eq!(failed.len(), usize::from(reason.is_some()), "{name}: {failed:?}");
    assert_eq!(stage.account.states().unwrap(), expected(shows), "{name}");
    for finding in stage.account.findings().unwrap() {
        let said = finding["Description"].as_str().unwrap();
        let why = ["lambda:GetPolicy denied", "lambda:GetPolicy throttled"];
        let is_explained = why.iter().any(|why| said.contains(why));
        assert_eq!(finding["Compliance"]["Status"] == "NOT_AVAILABLE", is_explained, "{said}");
    }
    assert!(stage.proxy.seen().iter().any(|call| call.fault.is_some()), "{name}: nothing broke");
    let log = stage.end();
    if let Some(reason) = reason {
        let told = log.lines().any(|line| line.contains("message failed") && line.contains(reason));
        assert!(told, "{name}: `{reason}` is not in\n{log}");
    }
}

/// A function that stays in mid-update: what the update may change is a gap, and known failures
/// stay failures; the rest is judged.
#[test]
fn an_update_without_end() {
    let unsettled = Target::call("lambda", "GetFunctionConfiguration").always(Fault::Unsettle);
    for known in [false, true] {
        let mut stage = Stage::new(Vec::new()).hurried(Duration::from_secs(2));
        deploy_bad(&stage.account);
        let body = [touched(&stage.account, "CreateFunction20150331")];
        if known {
            stage.deliver(&body);
            assert_eq!(stage.account.states().unwrap(), expected(BAD));
        }
        stage.proxy.restart(vec![unsettled.clone()]);
        assert!(stage.deliver(&body).is_empty(), "known: {known}");
        let now = stage.account.states().unwrap();
        let is = |rule: &str| now.get(&format!("{FUNCTION} {rule}")).map(String::as_str);
        let blind = if known { "FAILED NEW" } else { "NOT_AVAILABLE NEW" };
        for (rule, state) in [
            ("env-secret-in-plaintext", blind),
            ("runtime-deprecated", blind),
            ("role-admin", "NOT_AVAILABLE NEW"),
            ("layer-foreign", "NOT_AVAILABLE NEW"),
            ("policy-public", "FAILED NEW"),
        ] {
            assert_eq!(is(rule), Some(state), "{rule}, known: {known}");
        }
        assert!(stage.calls("lambda", "GetFunctionConfiguration") > 1, "it was waited for");
        stage.end();
    }
}

/// After the bad day the same message, delivered again, does what it should have done.
#[test]
fn what_came_back_is_done_the_next_time() {
    let truncated = Target::call("securityhub", "GetFindings").always(Fault::TruncatePage);
    let mut stage = Stage::new(vec![truncated]);
    deploy_bad(&stage.account);
    let body = [touched(&stage.account, "CreateFunction20150331")];
    assert_eq!(stage.deliver(&body).len(), 1);
    assert!(stage.account.states().unwrap().is_empty());
    stage.proxy.restart(Vec::new());
    assert!(stage.deliver(&body).is_empty());
    assert_eq!(stage.account.states().unwrap(), expected(BAD));
    stage.end();
}

/// What was known stays known: a function that cannot be seen has neither passed nor gone.
#[test]
fn a_known_failure_outlives_a_bad_day() {
    let mut stage = Stage::new(Vec::new());
    deploy_bad(&stage.account);
    let body = [touched(&stage.account, "CreateFunction20150331")];
    assert!(stage.deliver(&body).is_empty());
    stage.proxy.restart(vec![
        Target::call("lambda", "GetPolicy").always(Fault::Deny),
        Target::service("iam").always(Fault::Deny),
    ]);
    assert!(stage.deliver(&body).is_empty());
    let now = stage.account.states().unwrap();
    for (finding, state) in expected(BAD) {
        assert_eq!(now.get(&finding), Some(&state), "{finding}");
    }
    stage.end();
}

/// A role's functions are found in a list; half of it is not taken for the whole.
#[test]
fn a_cut_list_of_functions_comes_back() {
    let list = Target::call("lambda", "ListFunctions");
    for fault in [Fault::TruncatePage, Fault::Deny, Fault::Status(500)] {
        let mut stage = Stage::new(vec![list.clone().always(fault)]);
        deploy_bad(&stage.account);
        let body = iam_event(&stage.account, "PutRolePolicy", json!({"roleName": FUNCTION}));
        assert_eq!(stage.deliver(&[body]).len(), 1, "{fault:?}");
        assert!(stage.account.states().unwrap().is_empty(), "{fault:?}");
        let log = stage.end();
        assert!(log.contains("lambda:ListFunctions on"), "{fault:?}: {log}");
    }
}

#[test]
fn security_hub_is_off() {
    let mut stage = Stage::of(HUBLESS, Vec::new(), &[]);
    deploy_bad(&stage.account);
    let body = touched(&stage.account, "CreateFunction20150331");
    assert_eq!(stage.deliver(&[body]).len(), 1);
    let log = stage.end();
    let way_out = "enable Security Hub CSPM in that account and Region";
    assert!(log.contains(way_out), "`{way_out}` is not in\n{log}");
}

/// A member that does not let us in is told apart from one whose Security Hub is off.
#[test]
fn a_role_that_may_not_be_assumed() {
    let assume = Target::call("sts", "AssumeRole").always(Fault::Deny);
    let mut stage = Stage::of("300000000002", vec![assume], &[]);
    let member = Stage::neighbour("300000000003");
    deploy_bad(&member);
    assert_eq!(stage.deliver(&[touched(&member, "CreateFunction20150331")]).len(), 1);
    let log = stage.end();
    assert!(log.contains("sts:AssumeRole"), "{log}");
}

/// The findings stand whether or not their repair begins; and the log says which did not.
#[test]
fn a_repair_that_cannot_be_started_is_told_in_the_log() {
    const ACCOUNT: &str = "188888888888";
    let refused = Target::call("states", "StartExecution").always(Fault::Deny);
    let machine = format!("arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:lambda-warden-repair");
    let env = [
        ("WARDEN_REPAIRS", machine.as_str()),
        ("WARDEN_BASELINE", "[rules.policy-public]\nrepair = 'auto'"),
    ];
    let mut stage = Stage::of(ACCOUNT, vec![refused], &env);
    deploy_bad(&stage.account);
    let failed = stage.deliver(&[touched(&stage.account, "CreateFunction20150331")]);
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(stage.account.states().unwrap(), expected(BAD));
    assert_eq!(stage.calls("states", "StartExecution"), 1);
    let log = stage.end();
    let told = log.lines().any(|line| {
        line.contains("a repair was not started") && line.contains("states:StartExecution")
    });
    assert!(told, "{log}");
}
