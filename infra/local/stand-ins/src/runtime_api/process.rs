//! The bootstrap process: started, listened to, ended.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::clock::locked;

/// Every byte that the process wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether `text` stands anywhere in it.
    pub fn contains(&self, text: &str) -> bool {
        [&self.stdout, &self.stderr]
            .iter()
            .any(|stream| stream.windows(text.len().max(1)).any(|part| part == text.as_bytes()))
    }
}

#[derive(Debug)]
pub(super) struct Process {
    id: u32,
    child: Arc<Mutex<Child>>,
    output: Arc<Mutex<Output>>,
    watcher: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts `binary` with `variables` and `PATH` for environment. `ended` is called once, with
    /// the exit code.
    pub(super) fn start(
        binary: &Path,
        variables: &[(&str, &str)],
        ended: impl FnOnce(Option<i32>) + Send + 'static,
    ) -> io::Result<Self> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot run `{}`: {error}", binary.display()))
        };
        let mut child = Command::new(binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(named)?;
        let (id, stdout, stderr) = (child.id(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let output = Arc::new(Mutex::new(Output::default()));
        let out = collect(stdout, &output, |output| &mut output.stdout);
        let err = collect(stderr, &output, |output| &mut output.stderr);
        let watched = child.clone();
        let watcher = std::thread::spawn(move || {
            for reader in [out, err] {
                let _panicked = reader.join();
            }
            // Both pipes are closed, so the wait is short.
            let status = locked(&watched).wait();
            ended(status.ok().and_then(|status| status.code()));
        });
        Ok(Self { id, child, output, watcher: Some(watcher) })
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Source: proc_pid_status(5).
    pub(super) fn peak_rss_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    pub(super) fn stop(mut self) -> Output {
        self.end();
        std::mem::take(&mut locked(&self.output))
    }

    fn end(&mut self) {
        if let Err(error) = locked(&self.child).kill() {
            tracing::debug!("process {} had ended: {error}", self.id);
        }
        if let Some(watcher) = self.watcher.take() {
            let _panicked = watcher.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads `pipe` to its end on a thread of its own.
fn collect(
    pipe: Option<impl Read + Send + 'static>,
    output: &Arc<Mutex<Output>>,
    part: fn(&mut Output) -> &mut Vec<u8>,
) -> JoinHandle<()> {
    let output = output.clone();
    std::thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            let fresh = buffer.get(..count).unwrap_or_default();
            part(&mut locked(&output)).extend_from_slice(fresh);
        }
    })
}
