use iam::{Effect, Policy, Principal, Principals, Statement};
use model::{Context, Evidence, Gap, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::{Caller, Grant, Reach, grants, label, speaks_of},
    exposure::{Opinion, trust},
    role::{MISSING, asks_for_value, role},
    words::listed,
};

static SERVICES: Parameter = Parameter {
    rule: "role-trust-broad",
    name: "services",
    meaning: "service principals that may assume an execution role",
    kind: SettingKind::List(&["lambda.amazonaws.com", "edgelambda.amazonaws.com"]),
};

pub(super) static RULE: Rule = Rule {
    id: "role-trust-broad",
    family: Family::Role,
    title: "Others than Lambda may assume the execution role",
    severity: Severity::High,
    why: "The permissions were given to the function's code. Whoever else can assume the role has them \
          without that code: another account, another service's workload, or any workflow that the \
          same identity provider signs for.",
    fix: "Leave `lambda.amazonaws.com` alone in the trust policy. Give other workloads a role of their \
          own; a trusted account belongs into the baseline; a web identity needs a condition on the \
          provider's `sub` with a fixed beginning.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
        "https://docs.github.com/en/actions/concepts/security/openid-connect",
    ],
    control: None,
    parameters: &[&SERVICES],
    since: "0.1.0",
    examples: include_str!("../../examples/role-trust-broad.toml"),
    check,
};

/// Ways into a role for those that sign for themselves or for a service.
const ASSUME: &str = "sts:AssumeRole";
/// The way in for identities that a provider vouches for.
const ASSUME_BY_WEB: &str = "sts:AssumeRoleWithWebIdentity";

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    let policy = role.trust.get("trust policy of the role")?;
    let services = cx.baseline.list(&SERVICES);
    let trust = trust(function, cx);
    let (mut found, mut doubt) = (Vec::new(), None);
    for (action, caller) in [
        (ASSUME, Caller::Identity),
        (ASSUME_BY_WEB, Caller::Identity),
        (ASSUME, Caller::Service("*")),
    ] {
        for grant in grants(policy, action, caller, &trust) {
            let statement = &grant.statement;
            match stranger(&grant, &services) {
                Opinion::Fine => {}
                Opinion::Unclear(why) => {
                    let why = format!("{statement}: {why}");
                    doubt = doubt.or(Some(Gap { fact: "trust policy of the role", why }));
                }
                Opinion::Bad(who) => {
                    let told = |(known, whom): &(String, String)| {
                        known == statement && (*whom == who || grant.is_by_the_way())
                    };
                    if !found.iter().any(told) {
                        found.push((statement.clone(), who));
                    }
                }
            }
        }
    }
    let mut found: Vec<String> = found
        .into_iter()
        .map(|(statement, who)| format!("{statement} lets {who} assume the role"))
        .collect();
    found.extend(web_identities(policy));
    match doubt {
        _ if !found.is_empty() => Ok(Evidence::fail("AssumeRolePolicyDocument", listed(&found))),
        Some(gap) => Err(gap),
        None => Ok(Outcome::Pass),
    }
}

/// Whom a grant lets in besides Lambda and friends.
fn stranger(grant: &Grant<'_>, services: &[&str]) -> Opinion {
    match (grant.service, &grant.reach) {
        (Some(name), _) if services.contains(&name) => Opinion::Fine,
        (Some(name), _) => Opinion::Bad(format!("`{name}`")),
        (None, Reach::Trusted) => Opinion::Fine,
        (None, Reach::Anyone) => Opinion::Bad(match grant.caller {
            Caller::Service(_) => "every AWS service".to_owned(),
            Caller::Identity | Caller::Unsigned => "anyone".to_owned(),
        }),
        (None, Reach::Outside(parties)) => {
            let parties: Vec<String> = parties.iter().map(ToString::to_string).collect();
            Opinion::Bad(listed(&parties))
        }
        (None, Reach::Unclear(why)) => Opinion::Unclear(why.clone()),
    }
}

/// Providers whose every user, or workflow, may assume the role.
fn web_identities(policy: &Policy) -> Vec<String> {
    let mut found = Vec::new();
    for (index, statement) in policy.statements.iter().enumerate() {
        let Some(Principals::Only(principals)) = &statement.principals else { continue };
        if statement.effect != Effect::Allow || !speaks_of(&statement.actions, ASSUME_BY_WEB) {
            continue;
        }
        for principal in principals {
            if let Principal::Federated(provider) = principal
                && !names_the_subject(statement, provider)
            {
                let label = label(statement, index);
                found.push(format!("{label} lets every identity of `{provider}` assume the role"));
            }
        }
    }
    found
}

/// Whether a condition holds the provider's users to some. Of an identity pool of Cognito, whose
/// provider is the same for all the world, the pool's id in `aud` suffices.
fn names_the_subject(statement: &Statement, provider: &str) -> bool {
    let host = provider.split_once("oidc-provider/").map_or(provider, |(_, host)| host);
    // The owner of the repository is part of the subject: `repo:owner/name:…`.
    let by_owner = host == "token.actions.githubusercontent.com";
    let narrow = |value: &String| {
        let fixed = value.split(['*', '?']).next().unwrap_or_default();
        let whole = fixed.len() == value.len();
        let owner = fixed.strip_prefix("repo:").and_then(|rest| rest.find('/'));
        !fixed.is_empty() && (whole || !by_owner || owner.is_some_and(|at| at > 0))
    };
    statement.conditions.iter().any(|condition| {
        let key = condition.key.to_ascii_lowercase();
        let claim = key.strip_prefix(&host.to_ascii_lowercase());
        let counts = match claim {
            Some(":sub") => true,
            Some(":aud") => host == "cognito-identity.amazonaws.com",
            _ => false,
        };
        counts && asks_for_value(condition) && condition.values.iter().all(narrow)
    })
}
