//! A vendor's emulator, as a process of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What can be emulated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Pubsub,
}

impl Kind {
    /// Its place under the SDK, and how its jar begins.
    const fn jar(self) -> (&'static str, &'static str) {
        match self {
            Self::Pubsub => ("platform/pubsub-emulator/lib", "cloud-pubsub-emulator-"),
        }
    }
}

/// Runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Emulator {
    jar: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Emulator {
    pub(crate) fn pubsub() -> Option<Self> {
        Self::start(Kind::Pubsub)
    }

    /// `None`, and a line that says why, where this machine has none; where `CI` is `true`, that is a failure.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        let jar = match jar(kind) {
            Ok(jar) => jar,
            Err(reason) => {
                assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
                println!("skipped: {reason}");
                return None;
            }
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut emulator = Self { jar, port, process: None };
        emulator.resume();
        Some(emulator)
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Kills it; what it held is gone.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again on the same port.
    pub(crate) fn resume(&mut self) {
        let mut java = Command::new("java");
        java.arg("-jar").arg(&self.jar).arg("--host=127.0.0.1").arg(format!("--port={}", self.port));
        self.process = Some(java.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        for _ in 0..600 {
            if self.answers() {
                return;
            }
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            assert_eq!(ended, None, "the emulator ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the emulator does not answer");
    }

    /// Whether anything comes back: a port is open before what is behind it is ready.
    fn answers(&self) -> bool {
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            stream.read(&mut [0; 1])
        });
        asked.is_ok_and(|bytes| bytes == 1)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
    }
}

fn jar(kind: Kind) -> Result<PathBuf, String> {
    let java = Command::new("java").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    java.map_err(|error| format!("no java: {error}"))?;
    let (folder, beginning) = kind.jar();
    let usual = PathBuf::from("/usr/lib/google-cloud-sdk");
    let folder = if usual.exists() { usual } else { sdk()? }.join(folder);
    let is_it = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(beginning) && name.ends_with(".jar")
    };
    let listed = std::fs::read_dir(&folder).map_err(|error| format!("no emulator in {}: {error}", folder.display()))?;
    let mut paths = listed.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| is_it(path)).ok_or_else(|| format!("no {beginning}*.jar in {}", folder.display()))
}

fn sdk() -> Result<PathBuf, String> {
    let asked = Command::new("gcloud").args(["info", "--format=value(installation.sdk_root)"]).output();
    let asked = asked.map_err(|error| format!("no gcloud: {error}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim()))
}
