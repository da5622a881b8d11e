//! What each layer says, and what is told of it. The numbers are those of the project's list of
//! correctness cases.

use super::*;

const GET: &str = "s3:GetObject";
const NOT_SQS: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;
const SQS: &str = r#""Effect":"Allow","Action":"sqs:*","Resource":"*""#;
const DENY: &str = r#""Sid":"No","Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#;
const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/pay";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/pay/one";
const USER: &str = "arn:aws:iam::111122223333:user/ann";

/// A request for the object [`KEY`] of the caller's own account, and what is said of it.
#[derive(Default)]
struct Row<'a> {
    identity: &'a [&'a str],
    boundary: Option<&'a [&'a str]>,
    session: Option<&'a [&'a str]>,
    scps: &'a [&'a [&'a str]],
    /// `effect principal`, principals as in a policy.
    resource: Option<(&'a str, &'a str)>,
    user: bool,
    session_name: Option<&'a str>,
    elsewhere: bool,
}

/// The decision and what it rests on, as text.
fn decided(row: &Row<'_>) -> String {
    let policy = |statements: &[&str]| super::policy("2012-10-17", statements);
    let identity = policy(row.identity);
    let (boundary, session) = (row.boundary.map(policy), row.session.map(policy));
    let scps: Vec<Policy> = row.scps.iter().map(|statements| policy(statements)).collect();
    let levels: Vec<Vec<_>> = scps.iter().map(|scp| vec![("scp", scp)]).collect();
    let resource = row.resource.map(|(effect, principal)| {
        let statement =
            format!(r#""Effect":"{effect}","Action":"s3:*","Resource":"*",{principal}"#);
        policy(&[&statement])
    });
    let session = session.as_ref().map(|policy| [("session", policy)]);
    let identity = [("identity", &identity)];
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref().map(|policy| ("boundary", policy)),
        session: session.as_ref().map(<[_; 1]>::as_slice),
        scps: &levels,
        resource: resource.as_ref().map(|policy| ("bucket", policy)),
    };
    let caller = Caller {
        arn: if row.user { USER } else { ROLE },
        session: row.session_name,
        id: Some(if row.user { "AIDAANN" } else { "AROAPAY" }),
    };
    let owner = if row.elsewhere { "444455556666" } else { "111122223333" };
    let request = Request { caller, resource_account: Some(owner), ..asks(GET, KEY) };
    let sources =
        |by: &[Source<'_>]| by.iter().map(|source| format!(" {source};")).collect::<String>();
    match decide(&request, &policies) {
        Decision::Allowed { by } => format!("Allowed:{}", sources(&by)),
        Decision::ExplicitlyDenied { by } => format!("ExplicitlyDenied:{}", sources(&by)),
        Decision::ImplicitlyDenied { missing } => {
            let missing: String = missing.iter().map(|layer| format!(" {layer};")).collect();
            format!("ImplicitlyDenied:{missing}")
        }
        Decision::Unknown { why, unheard } => {
            let why = why.iter().map(|doubt| format!(" {} {:?};", doubt.source, doubt.keys));
            let unheard = unheard.iter().map(|layer| format!(" {layer} not heard;"));
            format!("Unknown:{}", why.chain(unheard).collect::<String>())
        }
    }
}

fn names(principal: &str) -> String {
    format!(r#""Principal":{{"AWS":"{principal}"}}"#)
}

#[test]
fn every_layer_has_its_say_and_is_named() {
    let all: &[&str] = &[NOT_SQS];
    let everything: &[&str] = &[r#""Effect":"Allow","Action":"*","Resource":"*""#];
    let cases = [
        (
            "allowed",
            Row { identity: &[SQS, NOT_SQS], ..Row::default() },
            "Allowed: `identity`, statement 2 (identity policies);",
        ),
        ("nothing", Row::default(), "ImplicitlyDenied: identity policies;"),
        (
            "6",
            Row { identity: &[NOT_SQS, DENY], ..Row::default() },
            "ExplicitlyDenied: `identity`, statement `No` (identity policies);",
        ),
        (
            "9",
            Row { identity: all, boundary: Some(&[SQS]), ..Row::default() },
            "ImplicitlyDenied: permissions boundary;",
        ),
        (
            "10",
            Row { boundary: Some(all), ..Row::default() },
            "ImplicitlyDenied: identity policies;",
        ),
        (
            "9: both miss it",
            Row { boundary: Some(&[SQS]), ..Row::default() },
            "ImplicitlyDenied: identity policies; permissions boundary;",
        ),
        (
            "11: denied",
            Row { identity: all, scps: &[everything, &[NOT_SQS, DENY]], ..Row::default() },
            "ExplicitlyDenied: `scp`, statement `No` (service control policies of level 2);",
        ),
        (
            "11: one level lacks it",
            Row { identity: all, scps: &[everything, &[SQS], everything], ..Row::default() },
            "ImplicitlyDenied: service control policies of level 2;",
        ),
        (
            "11: a level without any policy",
            Row { identity: all, scps: &[everything, &[]], ..Row::default() },
            "ImplicitlyDenied: service control policies of level 2;",
        ),
        (
            "11: every level has it",
            Row { identity: all, scps: &[everything, all], ..Row::default() },
            "Allowed: `identity`, statement 1 (identity policies); \
             `scp`, statement 1 (service control policies of level 1); \
             `scp`, statement 1 (service control policies of level 2);",
        ),
        (
            "a session may do less",
            Row { identity: all, session: Some(&[SQS]), ..Row::default() },
            "ImplicitlyDenied: session policies;",
        ),
        (
            "a denial anywhere decides",
            Row { boundary: Some(&[DENY]), scps: &[&[]], ..Row::default() },
            "ExplicitlyDenied: `boundary`, statement `No` (permissions boundary);",
        ),
    ];
    for (name, row, want) in cases {
        assert_eq!(decided(&row), want, "case {name}");
    }
}

/// Each row: whom the bucket names, and who then gets in though his own policies are silent: the
/// role, the role under a boundary that lacks it, the role from another account, the user, the
/// user under that boundary.
#[test]
fn whom_a_resource_policy_lets_in() {
    let cases = [
        // Case 17: in the account the bucket's word suffices, within the boundary.
        ("role", names(ROLE), [true, false, false, false, false]),
        // A session that is named is not held to the boundary, nor is a user.
        ("session", names(SESSION), [true, true, false, false, false]),
        ("user", names(USER), [false, false, false, true, true]),
        ("anyone", names("*"), [true, true, false, true, true]),
        ("anyone, in short", r#""Principal":"*""#.to_owned(), [true, true, false, true, true]),
        // The account leaves it to the identity's own policies.
        ("account", names("111122223333"), [false; 5]),
        ("root", names("arn:aws:iam::111122223333:root"), [false; 5]),
        ("role id", names("AROAPAY"), [true, false, false, false, false]),
        ("id of a role made again", names("AROAOLD"), [false; 5]),
        ("user id", names("AIDAANN"), [false, false, false, true, true]),
        ("another session", names("arn:aws:sts::111122223333:assumed-role/pay/two"), [false; 5]),
        ("another role", names("arn:aws:iam::111122223333:role/other"), [false; 5]),
        // Case 19: ARNs of roles have the path, those of their sessions do not.
        ("role without its path", names("arn:aws:iam::111122223333:role/pay"), [false; 5]),
        (
            "session with the path",
            names("arn:aws:sts::111122223333:assumed-role/service-role/pay/one"),
            [false; 5],
        ),
        // Case 18.
        (
            "role of another partition",
            names("arn:aws-cn:iam::111122223333:role/service-role/pay"),
            [false; 5],
        ),
        ("service", r#""Principal":{"Service":"lambda.amazonaws.com"}"#.to_owned(), [false; 5]),
        ("federated", r#""Principal":{"Federated":"accounts.google.com"}"#.to_owned(), [false; 5]),
        (
            "all but the role",
            format!(r#""NotPrincipal":{{"AWS":"{ROLE}"}}"#),
            [false, false, false, true, true],
        ),
        (
            "all but the user",
            format!(r#""NotPrincipal":{{"AWS":"{USER}"}}"#),
            [true, true, false, false, false],
        ),
        ("no principal at all", r#""Condition":{}"#.to_owned(), [false; 5]),
    ];
    for (name, principal, want) in cases {
        let resource = Some(("Allow", principal.as_str()));
        let row = || Row { resource, session_name: Some("one"), ..Row::default() };
        let bounded: Option<&[&str]> = Some(&[SQS]);
        let rows = [
            row(),
            Row { boundary: bounded, ..row() },
            Row { elsewhere: true, ..row() },
            Row { user: true, session_name: None, ..row() },
            Row { user: true, session_name: None, boundary: bounded, ..row() },
        ];
        let got = rows.map(|row| decided(&row).starts_with("Allowed"));
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let all: &[&str] = &[NOT_SQS];
    let account = names("111122223333");
    let row = |identity, resource| Row { identity, resource, elsewhere: true, ..Row::default() };
    let cases = [
        (
            "both",
            row(all, Some(("Allow", account.as_str()))),
            "Allowed: `identity`, statement 1 (identity policies); \
             `bucket`, statement 1 (resource policy);",
        ),
        (
            "only the resource",
            row(&[], Some(("Allow", account.as_str()))),
            "ImplicitlyDenied: identity policies;",
        ),
        (
            "only the identity",
            row(all, Some(("Allow", r#""Principal":{"AWS":"999999999999"}"#))),
            "ImplicitlyDenied: resource policy;",
        ),
        ("resource not heard", row(all, None), "Unknown: resource policy not heard;"),
        ("nor needed", row(&[], None), "ImplicitlyDenied: identity policies;"),
        (
            "nor needed: denied",
            row(&[DENY], None),
            "ExplicitlyDenied: `identity`, statement `No` (identity policies);",
        ),
    ];
    for (name, row, want) in cases {
        assert_eq!(decided(&row), want, "{name}");
    }
}

/// AWS: to spare a session, `NotPrincipal` must list the account, the role and the session; who is
/// listed by some of these names "might" be denied.
#[test]
fn denials_of_resource_policies_name_people_too() {
    let listed = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!(r#""NotPrincipal":{{"AWS":[{}]}}"#, names.join(","))
    };
    let root = "arn:aws:iam::111122223333:root";
    let cases = [
        ("the role", names(ROLE), "ExplicitlyDenied"),
        ("the account", names(root), "ExplicitlyDenied"),
        ("another", names("arn:aws:iam::111122223333:role/other"), "Allowed"),
        ("all but another", listed(&["arn:aws:iam::111122223333:role/other"]), "ExplicitlyDenied"),
        ("all but the role, half said", listed(&[ROLE, root]), "Unknown"),
        ("all but the role, said in full", listed(&[ROLE, root, SESSION]), "Allowed"),
    ];
    for (name, principal, want) in cases {
        let resource = Some(("Deny", principal.as_str()));
        let row =
            Row { identity: &[NOT_SQS], resource, session_name: Some("one"), ..Row::default() };
        assert_eq!(decided(&row).split(':').next(), Some(want), "{name}");
    }
}

#[test]
fn what_is_not_known_is_named() {
    let condition = r#""Condition":{"Bool":{"unknown":"true"}}"#;
    let perhaps = format!("{NOT_SQS},{condition}");
    let denied = format!("{DENY},{condition}");
    let hidden = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${unknown}/*""#;
    let session = names(SESSION);
    let cases = [
        (
            "a condition",
            Row { identity: &[&perhaps], ..Row::default() },
            r#"Unknown: `identity`, statement 1 (identity policies) ["unknown"];"#,
        ),
        (
            "a variable",
            Row { identity: &[hidden], ..Row::default() },
            r#"Unknown: `identity`, statement 1 (identity policies) ["unknown"];"#,
        ),
        (
            "a denial",
            Row { identity: &[NOT_SQS, &denied], ..Row::default() },
            r#"Unknown: `identity`, statement `No` (identity policies) ["unknown"];"#,
        ),
        (
            "who asks",
            Row { resource: Some(("Allow", session.as_str())), ..Row::default() },
            "Unknown: `bucket`, statement 1 (resource policy) [];",
        ),
        (
            "nothing that matters",
            Row { identity: &[NOT_SQS, &perhaps], ..Row::default() },
            "Allowed: `identity`, statement 1 (identity policies);",
        ),
    ];
    for (name, row, want) in cases {
        assert_eq!(decided(&row), want, "{name}");
    }
}

/// Case 39: AWS says that GetCallerIdentity needs no permission, and that denying it does nothing.
#[test]
fn one_action_needs_no_permission() {
    let deny = policy("2012-10-17", &[r#""Effect":"Deny","Action":"*","Resource":"*""#]);
    let identity = [("p", &deny)];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let decision = decide(&asks("sts:GetCallerIdentity", "*"), &policies);
    assert_eq!(decision, Decision::Allowed { by: vec![] });
}

/// Keys and trust policies must allow even within the account: facts that the list of cases lacks.
#[test]
fn keys_and_trust_ask_their_own_policy() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let all = policy("2012-10-17", &[r#""Effect":"Allow","Action":"*","Resource":"*""#]);
    let identity = [("p", &all)];
    let named = |principal: &str| {
        policy(
            "2012-10-17",
            &[&format!(r#""Effect":"Allow","Action":"*","Resource":"*",{principal}"#)],
        )
    };
    let cases = [
        ("kms:Decrypt", key, names("999999999999"), DENIED),
        ("kms:Decrypt", key, names("arn:aws:iam::111122223333:root"), ALLOWED),
        ("kms:Decrypt", key, names(ROLE), ALLOWED),
        ("kms:ListAliases", "*", names("999999999999"), ALLOWED),
        ("sts:AssumeRole", ROLE, names("999999999999"), DENIED),
        ("sts:AssumeRole", ROLE, names("111122223333"), ALLOWED),
        ("sqs:SendMessage", "arn:aws:sqs:r:111122223333:q", names("999999999999"), ALLOWED),
    ];
    for (action, resource, principal, want) in cases {
        let policy = named(&principal);
        let policies =
            Policies { identity: &identity, resource: Some(("r", &policy)), ..Policies::default() };
        let decision = decide(&asks(action, resource), &policies);
        assert_eq!(decision.name(), want, "{action} {principal}");
        let unheard = decide(&asks(action, resource), &Policies { resource: None, ..policies });
        let needed = action == "sts:AssumeRole" || resource == key;
        assert_eq!(unheard.name(), if needed { UNKNOWN } else { ALLOWED }, "{action}, not heard");
    }
}

/// Managed policies of AWS's own belong to nobody who could object.
#[test]
fn what_is_of_aws_needs_no_second_word() {
    let all = policy("2012-10-17", &[r#""Effect":"Allow","Action":"*","Resource":"*""#]);
    let identity = [("p", &all)];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let request = |arn| Request { resource_account: None, ..asks("iam:GetPolicy", arn) };
    let cases = [
        ("arn:aws:iam::aws:policy/AdministratorAccess", ALLOWED),
        ("arn:aws:iam::111122223333:policy/ours", ALLOWED),
        ("arn:aws:iam::444455556666:policy/theirs", UNKNOWN),
    ];
    for (arn, want) in cases {
        assert_eq!(decide(&request(arn), &policies).name(), want, "{arn}");
    }
}

#[test]
fn decisions_are_written_as_the_command_line_prints_them() {
    let all = policy("2012-10-17", &[NOT_SQS]);
    let identity = [("p", &all)];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let json = |action| serde_json::to_value(decide(&asks(action, KEY), &policies)).unwrap();
    let by = serde_json::json!({
        "decision": "Allowed",
        "by": [{ "layer": "identity", "origin": { "policy": "p", "index": 0, "sid": null } }],
    });
    assert_eq!(json(GET), by);
    let missing = serde_json::json!({ "decision": "ImplicitlyDenied", "missing": ["identity"] });
    assert_eq!(json("sqs:SendMessage"), missing);
}
