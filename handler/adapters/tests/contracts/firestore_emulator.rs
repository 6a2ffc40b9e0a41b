//! Google's own Firestore emulator, as a process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Mutex;

/// A running emulator. Dropping it ends it, and what it held is gone.
#[derive(Debug)]
pub(crate) struct Emulator {
    process: Child,
    port: u16,
}

/// One for all tests that run at the same time: starting it takes seconds.
static SHARED: Mutex<Weak<Emulator>> = Mutex::const_new(Weak::new());

impl Emulator {
    /// The one that runs already, else a new one; `None`, said aloud, where this machine has none.
    pub(crate) async fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// One of its own, for a test that ends it; `None` as above.
    pub(crate) async fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_at(port).await
    }

    /// The same where another was before.
    pub(crate) async fn start_at(port: u16) -> Option<Self> {
        let Some(jar) = jar() else { return skipped("no cloud-firestore-emulator.jar") };
        let process = Command::new("java")
            .args(["-Duser.language=en", "-cp"])
            .arg(jar)
            .args(["com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start", "--host=127.0.0.1"])
            .args([&format!("--port={port}"), "--database-mode=firestore-native", "--project_id=demo"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else { return skipped("no java") };
        let emulator = Self { process, port };
        emulator.warm_up().await;
        Some(emulator)
    }

    /// Its address, with `http://`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Its first write takes seconds, longer than one attempt of the store may.
    async fn warm_up(&self) {
        let documents = "projects/demo/databases/(default)/documents";
        let body = format!(r#"{{"writes":[{{"update":{{"name":"{documents}/warm/up","fields":{{}}}}}}]}}"#);
        let client = reqwest::Client::new();
        for _ in 0..150 {
            let commit = client.post(format!("{}/v1/{documents}:commit", self.url()));
            let commit = commit.header("content-type", "application/json").body(body.clone());
            if commit.send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the emulator did not start in time");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _gone_already = self.process.wait();
    }
}

fn skipped<T>(reason: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI must have it: {reason}");
    println!("skipped: {reason}");
    None
}

fn jar() -> Option<PathBuf> {
    let in_sdk = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
    let usual = Path::new("/usr/lib/google-cloud-sdk").join(in_sdk);
    if usual.exists() {
        return Some(usual);
    }
    let info = Command::new("gcloud").args(["info", "--format=value(installation.sdk_root)"]).output().ok()?;
    let elsewhere = Path::new(String::from_utf8(info.stdout).ok()?.trim()).join(in_sdk);
    elsewhere.exists().then_some(elsewhere)
}
