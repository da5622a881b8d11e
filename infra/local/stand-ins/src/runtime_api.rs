//! The Lambda Runtime API, to run a compiled bootstrap as Lambda would and read what it says.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod process;
mod queue;
mod route;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::Server;
pub use process::Output;
use process::Process;
use queue::Queue;

/// Name of every function that runs here, and with it part of its ARN and log group.
const FUNCTION: &str = "under-test";
/// What an invocation gets unless the test says otherwise: Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// What became of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The handler returned this; text that is no JSON comes as a JSON string.
    Response(Value),
    /// The handler failed.
    Error {
        /// `errorType`, which state machines match against `ErrorEquals`.
        kind: String,
        /// `errorMessage`.
        message: String,
        /// The whole body.
        body: Value,
    },
    /// The bootstrap reported that it cannot start.
    InitError(Value),
    /// The process ended without an answer; its exit code, or `None` if a signal ended it.
    Exited(Option<i32>),
    /// No answer within the timeout. The process still runs.
    TimedOut,
}

/// A bootstrap process with its private Runtime API. Both end when it is dropped.
///
/// ```no_run
/// # async fn run() -> std::io::Result<()> {
/// use serde_json::json;
/// use stand_ins::runtime_api::{Answer, RuntimeApi};
///
/// let function = RuntimeApi::spawn("target/debug/on-change", &[("RUST_LOG", "debug")])?;
/// let started = function.init().await.expect("the process asks for its first event");
/// let answer = function.invoke(&json!({"Records": []})).await;
/// assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
/// println!("{started:?}, {:?} KiB", function.peak_rss_kib());
/// let output = function.stop();
/// assert!(!output.contains("the canary"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RuntimeApi {
    // The order of the fields is the order of the end: first the process, then what it talks to.
    process: Process,
    queue: Arc<Queue>,
    server: Server,
    timeout: Duration,
    /// What the process is told of it.
    told: Duration,
}

impl RuntimeApi {
    /// Starts `binary` with the variables that Lambda sets, and `env` over them.
    ///
    /// Of the test's own environment the process sees `PATH` alone, so that nothing on the machine
    /// changes the outcome.
    ///
    /// # Errors
    /// The binary could not be started.
    pub fn spawn(binary: impl AsRef<Path>, env: &[(&str, &str)]) -> io::Result<Self> {
        Self::spawn_with_timeout(binary, env, TIMEOUT)
    }

    /// The same, for a function that must answer each event within `timeout`.
    ///
    /// # Errors
    /// The binary could not be started.
    pub fn spawn_with_timeout(
        binary: impl AsRef<Path>,
        env: &[(&str, &str)],
        timeout: Duration,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let server = Server::start(route::router(queue.clone()))?;
        let address = server.url().replace("http://", "");
        let mut variables = vec![
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/under-test"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("TZ", ":UTC"),
        ];
        variables.extend_from_slice(env);
        queue.starts(Instant::now());
        let ended = queue.clone();
        let process = Process::start(binary.as_ref(), &variables, move |code| ended.close(code))?;
        Ok(Self { process, queue, server, timeout, told: timeout })
    }

    /// Tells the process that it has only `told` for each event, and still waits for the timeout.
    #[must_use]
    pub fn telling(self, told: Duration) -> Self {
        Self { told, ..self }
    }

    /// Sends one event and waits for what becomes of it. Events are handled one after the other.
    pub async fn invoke(&self, event: &Value) -> Answer {
        let (id, answer) = self.queue.push(event, self.told);
        let (queue, timeout) = (self.queue.clone(), self.timeout);
        self.server.spawn(async move {
            tokio::time::sleep(timeout).await;
            queue.settle(&id, Answer::TimedOut);
        });
        answer.await.unwrap_or(Answer::Exited(None))
    }

    /// Waits for the process to ask for its first event: the time since its start, or `None` if it
    /// ended before.
    pub async fn init(&self) -> Option<Duration> {
        self.queue.first_next().await
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The most memory the process has had so far, in KiB (`VmHWM`); `None` once it has ended.
    pub fn peak_rss_kib(&self) -> Option<u64> {
        self.process.peak_rss_kib()
    }

    /// Ends the process and returns every byte it wrote.
    pub fn stop(self) -> Output {
        self.process.stop()
    }
}
