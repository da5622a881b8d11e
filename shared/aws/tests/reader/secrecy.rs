//! Values of variables leave the adapter in no form.

use jiff::Timestamp;
use std::{
    io,
    sync::{Arc, Mutex},
};

use scan::{Inventory, Turn};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    aws::{arn, configuration, place},
    stage::{Answer, Stage},
};

const CANARY: &str = "canary-4f9d1c77e2";

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn with_canary() -> serde_json::Value {
    let mut answer = configuration("pay");
    answer["Environment"] =
        json!({"Variables": {"TOKEN": CANARY, "URL": format!("postgres://u:{CANARY}@db/")}});
    answer
}

#[tokio::test]
async fn values_are_nowhere() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("trace").with_writer(log.clone()).finish();
    // The test runs on one thread, and so does all that it awaits.
    let _guard = tracing::subscriber::set_default(subscriber);
    // Whole, cut in the middle, and of a wrong form: the last two are errors that hold the answer.
    for (cut, wrong) in [(false, false), (true, false), (false, true)] {
        let stage = Stage::start(move |asked| {
            let mut one = with_canary();
            if wrong {
                one["Timeout"] = "soon".into();
            }
            let body = match asked.call.as_str() {
                "lambda:GetFunctionConfiguration" => one.to_string(),
                "lambda:ListFunctions" => json!({"Functions": [one]}).to_string(),
                "lambda:ListVersionsByFunction" => json!({"Versions": [one]}).to_string(),
                _ => return None,
            };
            let end = if cut { body.len() - 2 } else { body.len() };
            Some(Answer::xml(&body[..end]))
        });
        let (reader, _) = stage.reader();
        let alone = reader.function(&arn("pay"), Timestamp::MIN).await;
        let listed = reader.functions(&place(), Turn::now(Timestamp::now())).await;
        let said = format!("{alone:?} {listed:?} {alone:#?}");
        assert!(!said.contains(CANARY), "cut {cut}, wrong {wrong}: {said}");
        assert_eq!(alone.is_err(), cut || wrong);
        for error in alone.err().into_iter().chain(listed.err()) {
            assert!(!error.chain().contains(CANARY), "{}", error.chain());
        }
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a part was not read") || logged.len() > 10_000, "nothing was logged");
    let place = logged.find(CANARY).map(|at| &logged[at.saturating_sub(400)..at]);
    assert_eq!(place, None);
}
