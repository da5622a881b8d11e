//! What was imported is observed again, and what people set stays.

use std::slice::from_ref;

use proptest::{collection, option, prelude::*, test_runner::TestRunner};
use scan::{
    AUTHOR, About, Finding, Findings, Note, Observed, Place, Status, Workflow, WorkflowUpdate,
};
use serde_json::json;
use stand_ins::security_hub::Options;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::sample::{ACCOUNT, PRODUCT, REGION, finding, function, place, start, store, time};

/// What the store must give back for `sent`.
fn kept(sent: &Finding) -> Observed {
    let mut finding = sent.clone();
    finding.resource = None;
    let (workflow, note) = match finding.initial.take() {
        Some((workflow, text)) => (workflow, Some(Note { text, by: AUTHOR.to_owned() })),
        None => (Workflow::New, None),
    };
    Observed { finding, workflow, note }
}

fn named(count: usize) -> Vec<Finding> {
    (0..count).map(|number| finding(&format!("f{number:03}"), "runtime-deprecated")).collect()
}

fn sorted(mut observed: Vec<Observed>) -> Vec<Observed> {
    observed.sort_by_key(|observed| observed.finding.id());
    observed
}

/// Anything a finding may say within the limits of the format.
fn any_finding() -> impl Strategy<Value = Finding> {
    let text = |most: usize| {
        proptest::string::string_regex(&format!("\\PC{{1,{most}}}"))
            .unwrap()
            .prop_filter("blank", |text| !text.trim().is_empty())
    };
    let remedy = prop_oneof![Just(String::new()), text(512)];
    let words = (text(256), text(1024), remedy, option::of(text(200)));
    let lists = (
        collection::vec(text(60), 0..=32),
        collection::btree_map("[a-z]{1,114}", text(200), 0..=48),
        collection::btree_map(text(128), text(256), 0..=50),
    );
    let severity = prop::sample::select(vec![
        model::Severity::Informational,
        model::Severity::Low,
        model::Severity::Medium,
        model::Severity::High,
        model::Severity::Critical,
    ]);
    let status = prop::sample::select(vec![Status::Failed, Status::Passed, Status::NotAvailable]);
    let workflow = prop::sample::select(vec![
        Workflow::New,
        Workflow::Notified,
        Workflow::Suppressed,
        Workflow::Resolved,
    ]);
    let times = collection::vec(1_500_000_000_000_i64..2_000_000_000_000, 4);
    let rest = (severity, status, any::<bool>(), times, option::of((workflow, text(512))));
    (words, lists, rest).prop_map(|(words, lists, (severity, status, archived, times, initial))| {
        let (title, description, remedy, source) = words;
        let (requirements, mut fields, tags) = lists;
        fields.retain(|key, _| !["rule", "digest"].contains(&key.as_str()));
        let moment = |index: usize| jiff::Timestamp::from_millisecond(times[index]).unwrap();
        Finding {
            title,
            description,
            remedy,
            source,
            requirements,
            fields,
            tags,
            severity,
            status,
            archived,
            initial,
            created_at: moment(0),
            updated_at: moment(1),
            first_observed_at: moment(2),
            last_observed_at: moment(3),
            ..finding("pay", "runtime-deprecated")
        }
    })
}

#[test]
fn what_was_imported_is_observed_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() };
    TestRunner::new(config)
        .run(&any_finding(), |sent| {
            let hub = start(Options::default());
            let store = store(&hub.url());
            let refused = runtime.block_on(store.import(&place(), from_ref(&sent))).unwrap();
            prop_assert_eq!(refused, []);
            let observed = runtime.block_on(store.observed(&place(), None)).unwrap();
            prop_assert_eq!(observed, [kept(&sent)]);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn findings_go_in_hundreds_and_come_back_in_pages() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let mut sent = named(350);
    for finding in sent.iter_mut().step_by(3) {
        finding.archived = true;
    }
    assert_eq!(store.import(&place(), &sent).await.unwrap(), []);
    let observed = store.observed(&place(), None).await.unwrap();
    assert_eq!(sorted(observed), sent.iter().map(kept).collect::<Vec<_>>());
    let calls = |operation| hub.calls().iter().filter(|call| call.operation == operation).count();
    assert_eq!((calls("BatchImportFindings"), calls("GetFindings")), (4, 4));
}

#[tokio::test]
async fn twice_the_same_leaves_the_same() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    for _ in 0..2 {
        assert_eq!(store.import(&place(), &named(3)).await.unwrap(), []);
    }
    assert_eq!(store.observed(&place(), None).await.unwrap().len(), 3);
    assert_eq!(store.import(&place(), &[]).await.unwrap(), []);
    assert_eq!(hub.calls().len(), 3, "nothing to say needs no call");
}

#[tokio::test]
async fn of_two_with_one_id_the_last_is_kept() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let first = finding("pay", "runtime-deprecated");
    let last = Finding { title: "Changed".to_owned(), ..first.clone() };
    assert_eq!(store.import(&place(), &[first, last.clone()]).await.unwrap(), []);
    assert_eq!(store.observed(&place(), None).await.unwrap(), [kept(&last)]);
}

#[tokio::test]
async fn only_the_functions_asked_for_are_observed() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let mut sent = named(60);
    sent.push(finding("f000", "vpc-missing"));
    store.import(&place(), &sent).await.unwrap();
    for (wanted, findings, queries) in [(0, 0, 0), (1, 2, 1), (20, 21, 1), (21, 22, 2), (45, 46, 3)]
    {
        let before = hub.calls().len();
        let mut functions: Vec<_> =
            (0..wanted).map(|number| function(&format!("f{number:03}"))).collect();
        functions.extend(functions.first().cloned()); // Named twice, asked for once.
        let observed = store.observed(&place(), Some(&functions)).await.unwrap();
        let about: Vec<_> =
            observed.iter().map(|one| one.finding.about.function().unwrap()).collect();
        assert_eq!(observed.len(), findings, "{wanted} functions");
        assert!(about.iter().all(|function| functions.contains(function)));
        assert_eq!(hub.calls().len() - before, queries, "{wanted} functions");
    }
}

#[tokio::test]
async fn findings_of_others_are_left_alone() {
    let hub = start(Options::default());
    let ours = finding("pay", "runtime-deprecated");
    store(&hub.url()).import(&place(), from_ref(&ours)).await.unwrap();
    for (id, generator) in [("by-hand", "lambda-warden/by-hand"), (&ours.id(), "another-tool")] {
        import_raw(&hub.url(), &format!("{id}#{generator}"), generator).await;
    }
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 3);
    let observed = store(&hub.url()).observed(&place(), None).await.unwrap();
    assert_eq!(observed, [kept(&ours)]);
}

/// A finding of some other tool in the same default product.
async fn import_raw(url: &str, id: &str, generator: &str) {
    let finding = json!({
        "SchemaVersion": "2018-10-08",
        "Id": id,
        "ProductArn": PRODUCT,
        "GeneratorId": generator,
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-11-20T08:00:00Z",
        "UpdatedAt": "2026-11-20T08:00:00Z",
        "Title": "Another",
        "Description": "Another",
        "FindingProviderFields": {
            "Severity": { "Label": "LOW" },
            "Types": ["Software and Configuration Checks/Vulnerabilities/CVE"],
        },
        "Resources": [{ "Type": "Other", "Id": "thing" }],
    });
    let body = json!({ "Findings": [finding] }).to_string();
    let host = url.trim_start_matches("http://");
    let request = format!(
        "POST /findings/import HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261123/{REGION}/securityhub/x\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(host).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("\"SuccessCount\":1"), "{answer}");
}

#[tokio::test]
async fn workflow_and_note_are_ours_at_creation_and_peoples_afterwards() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let mut sent = finding("pay", "runtime-deprecated");
    sent.initial = Some((Workflow::Suppressed, "Exempt until 2027-01-31.".to_owned()));
    store.import(&place(), from_ref(&sent)).await.unwrap();
    assert_eq!(store.observed(&place(), None).await.unwrap(), [kept(&sent)]);

    sent.initial = Some((Workflow::New, "Changed.".to_owned()));
    sent.updated_at = time("2026-11-24T00:00:00Z");
    store.import(&place(), from_ref(&sent)).await.unwrap();
    let observed = store.observed(&place(), None).await.unwrap().remove(0);
    assert_eq!(observed.finding.updated_at, sent.updated_at);
    assert_eq!(observed.workflow, Workflow::Suppressed);
    assert_eq!(observed.note.map(|note| note.text), Some("Exempt until 2027-01-31.".to_owned()));
}

#[tokio::test]
async fn workflow_is_updated_in_calls_of_one_status_and_note() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let sent = named(240);
    store.import(&place(), &sent).await.unwrap();
    let update = |finding: &Finding, workflow, note: &str| WorkflowUpdate {
        id: finding.id(),
        workflow,
        note: note.to_owned(),
    };
    let mut updates = vec![update(&sent[0], Workflow::Notified, "overruled below")];
    updates.extend(sent[..130].iter().map(|one| update(one, Workflow::Resolved, "Complies.")));
    updates.extend(sent[130..].iter().map(|one| update(one, Workflow::Suppressed, "Exempt.")));
    updates.push(update(&sent[5], Workflow::Suppressed, &"ü".repeat(600)));
    let before = hub.calls().len();
    assert_eq!(store.update(&place(), &updates).await.unwrap(), []);
    assert_eq!(hub.calls().len() - before, 5, "130, 110 and 1 in hundreds");

    let observed = sorted(store.observed(&place(), None).await.unwrap());
    for (number, one) in observed.iter().enumerate() {
        let note = one.note.as_ref().unwrap();
        let cut = format!("{}…", "ü".repeat(511));
        let expected = match number {
            5 => (Workflow::Suppressed, cut.as_str()),
            ..130 => (Workflow::Resolved, "Complies."),
            _ => (Workflow::Suppressed, "Exempt."),
        };
        assert_eq!((one.workflow, note.text.as_str()), expected, "{number}");
        assert_eq!(note.by, AUTHOR);
    }
}

#[tokio::test]
async fn an_account_out_of_reach_is_spoken_of_at_home() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let member = Place { account: "444455556666".to_owned(), ..place() };
    let about = |place: Place| Finding {
        about: About::Account(place),
        tags: Default::default(),
        resource: None,
        ..finding("pay", "coverage-gap")
    };
    let sent = [about(member), about(place()), finding("pay", "runtime-deprecated")];
    assert_eq!(store.import(&place(), &sent).await.unwrap(), []);
    let [here, there] = &sorted(store.about_accounts(&place()).await.unwrap())[..] else {
        panic!("both accounts, and no function")
    };
    assert_eq!((here, there), (&kept(&sent[1]), &kept(&sent[0])));
    let held = &hub.findings(ACCOUNT, REGION)[0];
    assert_eq!(held["Resources"][0]["Type"], "AwsAccount");
    assert_eq!(held["Resources"][0]["Id"], "AWS::::Account:111122223333");
    assert_eq!(held["ProductArn"], PRODUCT);
}
