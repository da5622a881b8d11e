//! The laptop's cloud for tests: the emulator with our corrections, and our Security Hub behind it.
//!
//! An account belongs to whoever asks for it: an access key id of twelve digits *is* the account, so
//! each test takes one of its own and none sees another's functions.
//!
//! `infra/local/INFIDELITIES.md` lists where it differs from AWS.

mod client;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub use client::{Account, document};

use crate::security_hub::{self, Options};
use crate::server::Server;
use crate::{access_analyzer, lambda_extras};

/// What the emulator may take to start, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the script `argv[1]` until standard input ends, which it does with the test, however that
/// ends.
const KEEPER: &str = "
import os, runpy, shutil, sys, threading
def keep():
    sys.stdin.buffer.read()
    shutil.rmtree(os.environ['TMPDIR'], ignore_errors=True)
    os._exit(0)
threading.Thread(target=keep, daemon=True).start()
sys.path.insert(0, os.path.dirname(sys.argv[1]))
runpy.run_path(sys.argv[1], run_name='__main__')
";

/// A running emulator. It ends when dropped, and with the process that started it.
///
/// ```no_run
/// use stand_ins::emulator::Emulator;
/// let emulator = Emulator::start(Default::default()).unwrap();
/// let account = emulator.account("111122223333", "eu-west-1");
/// let role = account.role("pay", &[]).unwrap();
/// let code = serde_json::json!({"Runtime": "python3.13", "Role": role});
/// let arn = account.function("pay", &code).unwrap();
/// assert_eq!(arn, "arn:aws:lambda:eu-west-1:111122223333:function:pay");
/// ```
#[derive(Debug)]
pub struct Emulator {
    process: Child,
    home: PathBuf,
    url: String,
    hub: Server,
}

impl Emulator {
    /// Starts the emulator and, as `options` says, Security Hub; returns once both answer.
    ///
    /// # Errors
    /// `make tools` was not run, or the emulator does not start: its last words are in the error.
    pub fn start(options: Options) -> io::Result<Self> {
        let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let python = local.join("../../.venv/emulator/bin/python");
        if !python.is_file() {
            let missing = format!("`{}` is missing: run `make tools`", python.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, missing));
        }
        let extras = access_analyzer::router().merge(lambda_extras::router());
        let hub = Server::start(security_hub::router(options).merge(extras))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let home =
            std::env::temp_dir().join(format!("lambda-warden-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&home)?;
        let log = std::fs::File::create(home.join("log"))?;
        let process = Command::new(&python)
            .args(["-c", KEEPER])
            .arg(local.join("emulator.py"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GATEWAY_PORT", port.to_string())
            .env("STAND_INS", hub.url().replace("http://", ""))
            .env("TMPDIR", &home)
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut emulator = Self { process, home, url: format!("http://127.0.0.1:{port}"), hub };
        emulator.wait()?;
        Ok(emulator)
    }

    /// The endpoint of every service.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// One account in one Region, to set things up in.
    pub fn account(&self, id: &str, region: &str) -> Account {
        Account::new(&self.url, &self.hub.url(), id, region)
    }

    fn wait(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.is_healthy() {
                return Ok(());
            }
            let ended = self.process.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
                let last = log.trim_end().rsplit("\n\n").next().unwrap_or_default();
                return Err(io::Error::other(format!("the emulator does not answer: {last}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn is_healthy(&self) -> bool {
        let address = self.url.trim_start_matches("http://");
        let asked = || -> io::Result<String> {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /_ministack/health HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        asked().is_ok_and(|answer| answer.lines().next().is_some_and(|line| line.contains(" 200")))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take()); // The keeper then ends it and removes its folder.
        if let Err(error) = self.process.wait() {
            tracing::debug!("the emulator had ended: {error}");
        }
    }
}

/// A member of an answer as text, or an error that shows the answer.
pub(crate) fn member(answer: &Value, name: &str) -> io::Result<String> {
    let text = answer.get(name).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| io::Error::other(format!("no `{name}` in {answer}")))
}
