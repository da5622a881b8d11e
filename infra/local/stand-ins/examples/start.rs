//! Starts bootstraps as Lambda does, in turns, and says how long each took to ask for its first event.
//!
//! `start 30 path/to/on-change path/to/hello` prints one line of JSON per start. The variables `AWS_*` and `WARDEN_*` are
//! handed on. With an event on standard input each bootstrap also answers it.

use std::error::Error;
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};
use stand_ins::runtime_api::{Answer, RuntimeApi};

const USAGE: &str = "usage: start ROUNDS BOOTSTRAP... < EVENT";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().and_then(|text| text.parse().ok()).ok_or(USAGE)?;
    let bootstraps: Vec<String> = arguments.collect();
    let mut event = String::new();
    std::io::stdin().read_to_string(&mut event)?;
    let event = (!event.trim().is_empty()).then(|| serde_json::from_str(&event)).transpose()?;
    for _ in 0..rounds {
        for bootstrap in &bootstraps {
            println!("{}", run(Path::new(bootstrap), event.as_ref()).await?);
        }
    }
    Ok(())
}

async fn run(bootstrap: &Path, event: Option<&Value>) -> Result<Value, Box<dyn Error>> {
    let given: Vec<(String, String)> = std::env::vars()
        .filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("WARDEN_"))
        .collect();
    let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let function = RuntimeApi::spawn(bootstrap, &given)?;
    let Some(init) = function.init().await else {
        let said = String::from_utf8_lossy(&function.stop().stderr).into_owned();
        return Err(
            format!("`{}` ended before its first event: {said}", bootstrap.display()).into()
        );
    };
    let mut line = json!({
        "bootstrap": bootstrap.file_name().map(|name| name.to_string_lossy()),
        "init_ms": init.as_secs_f64() * 1e3,
        "init_cpu_ms": cpu_ms(function.id()),
        "init_kib": function.peak_rss_kib(),
    });
    if let (Some(event), Some(line)) = (event, line.as_object_mut()) {
        let answer = match function.invoke(event).await {
            Answer::Response(body) => body,
            other => return Err(format!("`{}` answered {other:?}", bootstrap.display()).into()),
        };
        line.insert("answer".to_owned(), answer);
        line.insert("peak_kib".to_owned(), json!(function.peak_rss_kib()));
    }
    Ok(line)
}

/// CPU time of the main thread so far. Source: <https://docs.kernel.org/scheduler/sched-stats.html>
fn cpu_ms(process: u32) -> Option<f64> {
    let line = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    line.split(' ').next()?.parse::<f64>().ok().map(|ns| ns / 1e6)
}
