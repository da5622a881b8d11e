//! Every function of a place, in pages and in pieces.

use jiff::Timestamp;
use model::{Fact, QualifierKind, RoleState, Survey};
use scan::{Inventory, Kind, Turn, Used};
use serde_json::json;

use crate::{
    aws::{ROLE, arn, configuration, place, version},
    function::check_pay,
    identity::{attached, element, managed, swept, wrapped},
    stage::{Answer, Asked, Stage},
};

#[tokio::test]
async fn both_ways_of_reading_see_the_same() {
    let stage = Stage::start(|_| None);
    let (reader, cloud) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!((estate.functions.len(), estate.cut_short.as_deref()), (1, None));
    check_pay(&estate.functions[0]);
    let mut alone = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    alone.read_at = estate.functions[0].read_at;
    let log_group = estate.functions[0].survey.log_group.clone();
    assert_eq!(alone.survey, Survey { log_group, ..Survey::unknown("not read") });
    alone.survey = estate.functions[0].survey.clone();
    assert_eq!(estate.functions[0], alone);
    assert_eq!(stage.asked("lambda:ListFunctions")[0].with["FunctionVersion"], "ALL");
    assert_eq!(cloud.calls()["iam:GetAccountAuthorizationDetails"], 1);
}

#[tokio::test]
async fn an_empty_place_costs_one_call() {
    let stage = Stage::start(|asked| {
        (asked.call == "lambda:ListFunctions").then(|| Answer::json(json!({"Functions": []})))
    });
    let (reader, cloud) = stage.reader();
    assert_eq!(
        reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap().functions,
        []
    );
    assert_eq!(cloud.calls().values().sum::<u64>(), 1, "{:?}", cloud.calls());
}

/// Three pages of everything that has pages. Pages are short, and versions stand pages after
/// their function.
fn pages(asked: &Asked) -> Option<Answer> {
    let page: usize = ["Marker", "PaginationToken", "NextToken"]
        .iter()
        .find_map(|token| asked.with.get(*token).filter(|token| !token.is_empty()))
        .map_or(0, |token| token.parse().unwrap());
    let next = (page < 2).then(|| (page + 1).to_string());
    let third = |parts: [serde_json::Value; 3]| parts[page].clone();
    Some(match asked.call.as_str() {
        "lambda:ListFunctions" => Answer::json(json!({
            "NextMarker": next,
            "Functions": third([
                json!([configuration("a"), configuration("b")]),
                json!([version("a", "1", "python3.8")]),
                json!([configuration("c"), version("a", "2", "python3.9")]),
            ]),
        })),
        "lambda:ListAliases" => Answer::json(json!({
            "NextMarker": next,
            "Aliases": third([
                json!([]),
                json!([]),
                json!([{"Name": "live", "FunctionVersion": "2"}]),
            ]),
        })),
        "lambda:ListEventSourceMappings" => Answer::json(json!({
            "NextMarker": next,
            "EventSourceMappings": third([json!([]), json!([]), json!([{
                "FunctionArn": arn("b").as_str(),
                "DestinationConfig": {
                    "OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:111122223333:q"},
                },
            }])]),
        })),
        "tag:GetResources" => Answer::json(json!({
            "PaginationToken": next.unwrap_or_default(),
            "ResourceTagMappingList": third([json!([]), json!([]), json!([
                {"ResourceARN": arn("c").as_str(), "Tags": [{"Key": "team", "Value": "c"}]},
            ])]),
        })),
        "iam:GetAccountAuthorizationDetails" => {
            let more = next.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |next| {
                format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>")
            });
            // The policy stands on a later page than the role that it is attached to.
            let late = "arn:aws:iam::111122223333:policy/late";
            let role = swept(ROLE, &element("AttachedManagedPolicies", &attached(late)));
            let part = [
                element("RoleDetailList", &role),
                "<RoleDetailList/><Policies/>".to_owned(),
                element("Policies", &managed(late, "s3:GetObject")),
            ];
            Answer::xml(wrapped(&asked.call, &format!("{}{more}", part[page])))
        }
        "lambda:GetPolicy" => Answer::error(404, "ResourceNotFoundException"),
        _ => return None,
    })
}

#[tokio::test]
async fn every_list_is_read_to_its_end() {
    let stage = Stage::start(pages);
    let (reader, cloud) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!(estate.cut_short, None);
    let [a, b, c] = estate.functions.as_slice() else { panic!("{}", estate.functions.len()) };
    let versions: Vec<_> = a.qualifiers.known().unwrap().iter().map(|q| q.name.as_str()).collect();
    assert_eq!(versions, ["1", "2", "live"]);
    let alias = QualifierKind::Alias { versions: vec!["2".into()] };
    assert_eq!(b.qualifiers.known().unwrap()[0].kind, alias);
    assert_eq!(c.tags.known().unwrap()["team"], "c");
    assert!(a.tags.known().unwrap().is_empty());
    let RoleState::Present(role) = a.role.known().unwrap() else { panic!() };
    assert_eq!(role.policies.known().unwrap()[0].name, "late");
    assert_eq!(a.role_users.known().unwrap().len(), 3);
    for call in ["lambda:ListFunctions", "tag:GetResources", "iam:GetAccountAuthorizationDetails"] {
        assert_eq!(cloud.calls()[call], 3, "{call}");
    }
    assert_eq!(cloud.calls()["lambda:ListAliases"], 9);
}

#[tokio::test]
async fn a_list_that_breaks_off_says_so() {
    let stage = Stage::start(|asked| {
        if asked.call == "lambda:ListFunctions" && asked.with.contains_key("Marker") {
            return Some(Answer::error(403, "AccessDeniedException"));
        }
        pages(asked)
    });
    let (reader, _) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!(estate.cut_short.as_deref(), Some("lambda:ListFunctions denied"));
    let names: Vec<_> = estate.functions.iter().map(|one| one.arn.name()).collect();
    assert_eq!(names, ["a", "b"]);
    // What was not listed could be a version of `a`, or name its role.
    let unknown = "lambda:ListFunctions denied";
    assert_eq!(estate.functions[0].qualifiers, Fact::unknown(unknown));
    assert_eq!(estate.functions[0].role_users, Fact::unknown(unknown));
}

#[tokio::test]
async fn what_is_listed_and_cannot_be_named_is_missing_from_the_list() {
    let stage = Stage::start(|asked| {
        let mut strange = configuration("strange");
        strange["FunctionArn"] = "arn:aws:lambda:eu-west-1:111122223333:microvm:strange".into();
        let listed = json!({"Functions": [configuration("pay"), strange]});
        (asked.call == "lambda:ListFunctions").then(|| Answer::json(listed))
    });
    let (reader, _) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    let why = estate.cut_short.unwrap();
    assert!(
        why.starts_with("lambda:ListFunctions: `arn:aws:lambda:eu-west-1:111122223333:microvm")
    );
    let pay = &estate.functions[0];
    assert_eq!(pay.role_users, Fact::unknown(&why), "it may have the same role");
    assert!(pay.qualifiers.known().is_some());
    let error =
        reader.users(&place(), &Used::Role("pay".into()), Timestamp::MIN).await.unwrap_err();
    assert!(error.chain().contains("microvm"), "{}", error.chain());
}

#[tokio::test]
async fn a_list_that_never_begins_is_an_error() {
    let stage = Stage::start(|asked| {
        (asked.call == "lambda:ListFunctions").then(|| Answer::error(403, "AccessDeniedException"))
    });
    let (reader, _) = stage.reader();
    let error = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("lambda:ListFunctions", Kind::Denied));
    assert_eq!(error.subject, "111122223333/eu-west-1");
    assert!(error.chain().contains("AccessDeniedException"), "{}", error.chain());
}

#[tokio::test]
async fn roles_and_their_users_are_found_both_ways() {
    let stage = Stage::start(pages);
    let (reader, cloud) = stage.reader();
    let users = reader.users(&place(), &Used::Role("pay".into()), Timestamp::MIN).await.unwrap();
    assert_eq!(users, [arn("a"), arn("b"), arn("c")]);
    assert_eq!(
        reader.users(&place(), &Used::Role("other".into()), Timestamp::MIN).await.unwrap(),
        []
    );
    assert_eq!(cloud.calls()["lambda:ListFunctions"], 3, "the list is remembered");
    let roles = reader.roles_of_policy(&place(), "arn:aws:iam::111122223333:policy/p").await;
    assert_eq!(roles.unwrap(), ["pay"]);
    assert_eq!(stage.asked("iam:ListEntitiesForPolicy")[0].with["EntityFilter"], "Role");
}

#[tokio::test]
async fn a_policy_that_is_gone_is_attached_to_nothing() {
    let stage = Stage::start(|asked| {
        (asked.call == "iam:ListEntitiesForPolicy").then(|| Answer::error(404, "NoSuchEntity"))
    });
    let (reader, _) = stage.reader();
    let roles = reader.roles_of_policy(&place(), "arn:aws:iam::111122223333:policy/p").await;
    assert_eq!(roles.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_policy_that_the_sweep_leaves_out_is_read_by_itself() {
    for (denied, why) in [(false, None), (true, Some("iam:GetPolicyVersion denied"))] {
        let stage = Stage::start(move |asked| match asked.call.as_str() {
            "iam:GetAccountAuthorizationDetails" => {
                let policy = attached("arn:aws:iam::aws:policy/AdministratorAccess");
                let role = swept(ROLE, &element("AttachedManagedPolicies", &policy));
                let result = element("RoleDetailList", &role) + "<IsTruncated>false</IsTruncated>";
                Some(Answer::xml(wrapped(&asked.call, &result)))
            }
            "iam:GetPolicyVersion" if denied => Some(Answer::error(403, "AccessDenied")),
            _ => None,
        });
        let (reader, _) = stage.reader();
        let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
        let RoleState::Present(role) = estate.functions[0].role.known().unwrap() else { panic!() };
        match why {
            None => assert_eq!(role.policies.known().unwrap()[0].name, "AdministratorAccess"),
            Some(why) => assert_eq!(role.policies, Fact::unknown(why)),
        }
    }
}
