//! Log files from memory, digests into memory, and bad days at each port.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use jiff::{Timestamp, civil::Date};
use trail::{Digest, TrailSettings};

use crate::{
    Digested, Digesting, Found, Item, Kind, Ledger, LogFile, Logs, PortError, Step, Wanted, Window,
    usage_of,
};

const NOW: &str = "2026-05-22T12:00:00Z";

fn clock() -> Timestamp {
    NOW.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn item(text: &str) -> Item {
    Item { account: "111122223333".into(), region: "eu-west-1".into(), day: day(text) }
}

fn all() -> Wanted {
    Wanted {
        accounts: BTreeSet::new(),
        regions: BTreeSet::new(),
        from: day("2026-05-01"),
        to: day("2026-05-31"),
    }
}

fn error(operation: &'static str, kind: Kind) -> PortError {
    PortError { operation, subject: "here".into(), kind, source: "no".into() }
}

/// A log file with one call of the function `pay`, made at `time`.
fn log(id: &str, time: &str) -> Vec<u8> {
    let arn = "arn:aws:iam::111122223333:role/pay";
    serde_json::json!({"Records": [{
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLEEX:pay",
            "arn": "arn:aws:sts::111122223333:assumed-role/pay/pay",
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLEEXAMPLEEX", "arn": arn,
                "accountId": "111122223333", "userName": "pay",
            }},
            "inScopeOf": {
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:111122223333:function:pay",
            },
        },
        "eventTime": time, "eventSource": "sqs.amazonaws.com", "eventName": "ListQueues",
        "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1", "userAgent": "Boto3",
        "requestParameters": null, "responseElements": null, "eventID": id, "readOnly": true,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }]})
    .to_string()
    .into_bytes()
}

#[derive(Default)]
struct Memory {
    logs: BTreeMap<Item, BTreeMap<String, Vec<u8>>>,
    faults: BTreeMap<String, Kind>,
    digests: Mutex<BTreeMap<Item, (Timestamp, Vec<u8>)>>,
    trail: Option<TrailSettings>,
    reads: Mutex<Vec<String>>,
}

impl Memory {
    fn file(mut self, of: &str, name: &str, bytes: Vec<u8>) -> Self {
        self.logs.entry(item(of)).or_default().insert(name.into(), bytes);
        self
    }

    fn fault(mut self, at: &str, kind: Kind) -> Self {
        self.faults.insert(at.into(), kind);
        self
    }

    fn check(&self, at: &str, operation: &'static str) -> Result<(), PortError> {
        self.faults.get(at).map_or(Ok(()), |kind| Err(error(operation, *kind)))
    }

    fn digest(&self, of: &str) -> Digest {
        Digest::from_bytes(&self.digests.lock().unwrap()[&item(of)].1).unwrap()
    }
}

impl Logs for &Memory {
    async fn items(&self, wanted: &Wanted) -> Result<Found, PortError> {
        self.check("items", "s3:ListBucket")?;
        let items = self.logs.keys().filter(|item| wanted.has(item)).cloned().collect();
        Ok(Found { items, strays: vec!["notes.txt".into()] })
    }

    async fn files(&self, item: &Item) -> Result<Vec<LogFile>, PortError> {
        self.check(&item.day.to_string(), "s3:ListBucket")?;
        let files = self.logs.get(item).into_iter().flatten();
        let file = |(key, bytes): (&String, &Vec<u8>)| LogFile {
            key: key.clone(),
            size: bytes.len() as u64,
        };
        Ok(files.map(file).collect())
    }

    async fn read(&self, file: &LogFile) -> Result<Vec<u8>, PortError> {
        self.reads.lock().unwrap().push(file.key.clone());
        self.check(&file.key, "s3:GetObject")?;
        let found = self.logs.values().find_map(|files| files.get(&file.key));
        found.cloned().ok_or_else(|| error("s3:GetObject", Kind::Gone))
    }

    async fn trail(&self, _item: &Item) -> Option<TrailSettings> {
        self.trail.clone()
    }
}

impl Ledger for &Memory {
    async fn written(
        &self,
        account: &str,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Item, Timestamp>, PortError> {
        self.check("written", "s3:ListBucket")?;
        let digests = self.digests.lock().unwrap();
        let found = digests.iter().map(|(item, (at, _))| (item.clone(), *at));
        let meant = |item: &Item| item.account == account && (from..=to).contains(&item.day);
        Ok(found.filter(|(item, _)| meant(item)).collect())
    }

    async fn read(&self, item: &Item) -> Result<Vec<u8>, PortError> {
        self.check(&format!("digest {}", item.day), "s3:GetObject")?;
        let digests = self.digests.lock().unwrap();
        let found = digests.get(item).map(|(_, bytes)| bytes.clone());
        found.ok_or_else(|| error("s3:GetObject", Kind::Gone))
    }

    async fn write(&self, item: &Item, digest: Vec<u8>) -> Result<(), PortError> {
        self.check("write", "s3:PutObject")?;
        self.digests.lock().unwrap().insert(item.clone(), (clock(), digest));
        Ok(())
    }
}

fn digesting(memory: &Memory, cores: usize) -> Digesting<&Memory, &Memory> {
    Digesting { logs: memory, ledger: memory, cores }
}

/// Three days, one of them today.
fn three_days() -> Memory {
    Memory::default()
        .file("2026-05-20", "a", log("1", "2026-05-20T01:00:00Z"))
        .file("2026-05-20", "b", log("2", "2026-05-20T02:00:00Z"))
        .file("2026-05-21", "c", log("3", "2026-05-21T01:00:00Z"))
        .file("2026-05-22", "d", log("4", "2026-05-22T01:00:00Z"))
}

#[tokio::test]
async fn each_day_is_digested_once_and_today_each_time() {
    let memory = three_days();
    let digesting = digesting(&memory, 2);
    let steps = Mutex::new(Vec::new());
    let note = |step| steps.lock().unwrap().push(step);
    let first = digesting.digest_all(&all(), false, note).await.unwrap();
    assert_eq!(first.done.len(), 3);
    assert_eq!(first.strays, ["notes.txt"]);
    let steps = steps.into_inner().unwrap();
    assert_eq!(steps[0], Step::Planned(3));
    assert_eq!(steps.iter().filter(|step| **step == Step::Item).count(), 3);
    assert_eq!(steps.iter().filter(|step| matches!(step, Step::Read(_))).count(), 4);
    let done = &first.done[&item("2026-05-20")];
    assert_eq!((done.files, done.records, done.skipped), (2, 2, 0));
    assert_eq!(done.written, memory.digests.lock().unwrap()[&item("2026-05-20")].1.len() as u64);
    assert_eq!(memory.digest("2026-05-20").rows()[0].count, 2);

    let second = digesting.digest_all(&all(), false, |_| {}).await.unwrap();
    assert_eq!(second.done.keys().collect::<Vec<_>>(), [&item("2026-05-22")]);
    assert_eq!(second.kept.len(), 2);
    let third = digesting.digest_all(&all(), true, |_| {}).await.unwrap();
    assert_eq!((third.done.len(), third.kept.len()), (3, 0));

    memory.digests.lock().unwrap().get_mut(&item("2026-05-20")).unwrap().1.truncate(20);
    let mended = digesting.digest_all(&all(), false, |_| {}).await.unwrap();
    assert!(mended.done.contains_key(&item("2026-05-20")), "a damaged digest is none");
    assert!(mended.kept.contains_key(&item("2026-05-21")));
    let broken = memory.fault("digest 2026-05-20", Kind::Throttled);
    let part = self::digesting(&broken, 1).digest_all(&all(), false, |_| {}).await.unwrap();
    assert_eq!(part.failed[&item("2026-05-20")].kind, Kind::Throttled);
    assert_eq!(part.kept.len(), 1);
}

#[tokio::test]
async fn what_a_kept_digest_could_not_read_is_not_forgotten() {
    let memory = three_days().file("2026-05-20", "odd", b"no log".to_vec());
    let digesting = digesting(&memory, 1);
    let first = digesting.digest_all(&all(), false, |_| {}).await.unwrap();
    let again = digesting.digest_all(&all(), false, |_| {}).await.unwrap();
    let lost = &first.done[&item("2026-05-20")];
    assert_eq!((lost.skipped, lost), (1, &again.kept[&item("2026-05-20")]));
}

#[tokio::test]
async fn the_same_files_give_the_same_bytes_on_any_number_of_cores() {
    let mut memory = Memory::default();
    for number in 0..40 {
        let time = format!("2026-05-20T00:{number:02}:00Z");
        // Every event lies in two files.
        memory = memory.file("2026-05-20", &format!("a{number}"), log(&number.to_string(), &time));
        memory = memory.file("2026-05-20", &format!("b{number}"), log(&number.to_string(), &time));
    }
    let mut seen = BTreeSet::new();
    for cores in [1, 2, 8] {
        digesting(&memory, cores).digest(&item("2026-05-20")).await.unwrap();
        seen.insert(memory.digests.lock().unwrap()[&item("2026-05-20")].1.clone());
    }
    assert_eq!(seen.len(), 1);
    let digest = memory.digest("2026-05-20");
    assert_eq!((digest.rows()[0].count, digest.coverage().duplicates), (40, 40));
}

#[tokio::test]
async fn a_file_that_is_refused_or_broken_is_named_and_the_rest_is_digested() {
    for (kind, says) in [
        (Kind::Denied, "s3:GetObject denied"),
        (Kind::Gone, "s3:GetObject gone"),
        (Kind::Failed, "s3:GetObject failed"),
    ] {
        let memory = three_days().file("2026-05-20", "z", b"not a log".to_vec()).fault("a", kind);
        let done = digesting(&memory, 2).digest(&item("2026-05-20")).await.unwrap();
        assert_eq!((done.records, done.skipped), (1, 2), "{kind:?}");
        assert_eq!(done.named["a"], says);
        assert_eq!(done.named.keys().collect::<Vec<_>>(), ["a", "z"]);
        assert_eq!(memory.digest("2026-05-20").coverage().skipped.named, done.named);
    }
}

#[tokio::test]
async fn trouble_that_passes_leaves_the_item_for_another_time() {
    for (at, kind, operation) in [
        ("a", Kind::Throttled, "s3:GetObject"),
        ("a", Kind::Unreachable, "s3:GetObject"),
        ("a", Kind::NoCredentials, "s3:GetObject"),
        ("2026-05-20", Kind::Denied, "s3:ListBucket"),
    ] {
        let memory = three_days().fault(at, kind);
        let digests = digesting(&memory, 2).digest_all(&all(), false, |_| {}).await.unwrap();
        let (item_of, failed) = digests.failed.first_key_value().unwrap();
        assert_eq!(
            (item_of, failed.kind, failed.operation),
            (&item("2026-05-20"), kind, operation)
        );
        assert_eq!((digests.failed.len(), digests.done.len()), (1, 2));
        assert!(!memory.digests.lock().unwrap().contains_key(&item("2026-05-20")));
    }
}

#[tokio::test]
async fn what_cannot_be_told_or_written_is_an_error() {
    for (at, is_err) in [("items", true), ("written", true), ("write", false)] {
        let memory = three_days().fault(at, Kind::Denied);
        let digests = digesting(&memory, 2).digest_all(&all(), false, |_| {}).await;
        match is_err {
            true => assert_eq!(digests.unwrap_err().kind, Kind::Denied, "{at}"),
            false => assert_eq!(digests.unwrap().failed.len(), 3, "{at}"),
        }
    }
    // Every file refused: there is nothing to say of that day.
    let memory = three_days().fault("c", Kind::Denied);
    let error = digesting(&memory, 1).digest(&item("2026-05-21")).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("s3:GetObject", Kind::Denied));
    assert!(memory.digests.lock().unwrap().is_empty());
}

/// An empty digest would look like a day on which nothing was called.
#[tokio::test]
async fn a_day_without_log_files_has_no_digest() {
    let memory = three_days();
    let done = digesting(&memory, 1).digest(&item("2026-05-19")).await.unwrap();
    assert_eq!(done, Digested::default());
    assert!(memory.digests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_window_is_the_sum_of_its_sound_digests() {
    let memory = three_days();
    digesting(&memory, 1).digest_all(&all(), false, |_| {}).await.unwrap();
    let window = Window::before(day("2026-05-22"), 90);
    assert_eq!((window.from, window.to), (day("2026-02-21"), day("2026-05-21")));
    let usage = async || {
        let (ledger, damaged) = usage_of(&&memory, "111122223333", window).await.unwrap();
        (ledger.usage("arn:aws:iam::111122223333:role/pay", None, None), damaged)
    };
    let (whole, damaged) = usage().await;
    assert_eq!(damaged, []);
    assert_eq!((whole.calls[0].count, whole.coverage["eu-west-1"].days), (3, 2));
    // One that is cut, and one that lies in another's place, are days that were not digested.
    let other = memory.digests.lock().unwrap()[&item("2026-05-21")].1.clone();
    for bytes in [other[..20].to_vec(), other] {
        memory.digests.lock().unwrap().insert(item("2026-05-20"), (clock(), bytes));
        let (part, damaged) = usage().await;
        assert_eq!(damaged, [item("2026-05-20")]);
        assert_eq!((part.calls[0].count, part.coverage["eu-west-1"].days), (1, 1));
    }
    let broken = memory.fault("digest 2026-05-20", Kind::Throttled);
    let error = usage_of(&&broken, "111122223333", window).await.err().unwrap();
    assert_eq!(error.kind, Kind::Throttled);
}
