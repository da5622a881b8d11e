//! Digests are kept, listed and read again.

use aws::Digests;
use scan::{Kind, Ledger};

use crate::stage::{ACCOUNT, REGION, Stage, item};

fn days(from: &str, to: &str) -> (jiff::civil::Date, jiff::civil::Date) {
    (from.parse().unwrap(), to.parse().unwrap())
}

#[tokio::test]
async fn what_is_written_is_listed_and_read() {
    let stage = Stage::new(Vec::new());
    for named in [stage.s3("a/b"), stage.s3(""), stage.local("")] {
        let ledger = Digests::new(stage.cloud.clone(), named.as_str());
        let first = item(ACCOUNT, REGION, "2026-05-20");
        let second = item(ACCOUNT, "us-east-1", "2026-05-21");
        let foreign = item("444455556666", REGION, "2026-05-21");
        let (from, to) = days("2026-05-01", "2026-05-21");
        assert!(ledger.written(ACCOUNT, from, to).await.unwrap().is_empty(), "{named}");
        for (item, text) in [(&first, "one"), (&first, "1"), (&second, "2"), (&foreign, "3")] {
            ledger.write(item, text.as_bytes().to_vec()).await.unwrap();
        }
        let written = ledger.written(ACCOUNT, from, to).await.unwrap();
        assert_eq!(written.keys().collect::<Vec<_>>(), [&first, &second], "{named}");
        let age = jiff::Timestamp::now() - written[&first];
        assert!(age.get_seconds().abs() < 3600, "{named}: {age}");
        assert_eq!(ledger.read(&first).await.unwrap(), b"1", "{named}");
        let (from, to) = days("2026-05-21", "2026-05-21");
        let written = ledger.written(ACCOUNT, from, to).await.unwrap();
        assert_eq!(written.keys().collect::<Vec<_>>(), [&second], "{named}");
        let absent = ledger.read(&item(ACCOUNT, REGION, "2026-05-19")).await.unwrap_err();
        assert_eq!(absent.kind, Kind::Gone, "{named}");
    }
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let stage = Stage::new(Vec::new());
    let ledger = stage.digests();
    let regions: Vec<String> = (0..41).map(|number| format!("eu-west-{number}")).collect();
    let (from, to) = days("2026-05-01", "2026-05-25");
    let mut day = from;
    while day <= to {
        for region in &regions {
            let item = scan::Item { account: ACCOUNT.into(), region: region.clone(), day };
            ledger.write(&item, b"x".to_vec()).await.unwrap();
        }
        day = day.tomorrow().unwrap();
    }
    assert_eq!(ledger.written(ACCOUNT, from, to).await.unwrap().len(), 25 * 41);
    assert_eq!(stage.cloud.calls()["s3:ListBucket"], 2, "pages of a thousand");
}

#[tokio::test]
async fn a_place_that_is_none_is_an_error_that_names_it() {
    let stage = Stage::new(Vec::new());
    for (named, kind) in [
        ("s3://no-such-bucket/x", Kind::Gone),
        ("https://example.com/x", Kind::Failed),
        ("/no/such/folder", Kind::Gone),
    ] {
        let ledger = Digests::new(stage.cloud.clone(), named);
        let (from, to) = days("2026-05-01", "2026-05-02");
        let error = ledger.written(ACCOUNT, from, to).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.subject.starts_with(named), "{error}");
    }
}
