//! moto, which stands in for AWS, as a process of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::Duration;

use doorbell_adapters::aws::{Aws, Service};
use doorbell_adapters::clock::SystemClock;
use serde_json::Value;
use tokio::sync::Mutex;

pub(crate) const REGION: &str = "eu-west-1";

/// A condition and its write are one step in DynamoDB, and two in moto: one request at a time.
const SERVER: &str = r#"
import sys, threading
from werkzeug.serving import run_simple
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
moto, one_at_a_time = DomainDispatcherApplication(create_backend_app), threading.Lock()
def app(environ, start_response):
    with one_at_a_time:
        return moto(environ, start_response)
run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True, request_handler=MotoRequestHandler)
"#;

/// Runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Moto {
    process: Child,
    port: u16,
}

/// One for all tests that run at the same time.
static SHARED: Mutex<Weak<Moto>> = Mutex::const_new(Weak::new());

impl Moto {
    /// The one that runs already, else a new one. `None`, and a line that says why, where this machine has none; where
    /// `CI` is `true`, that is a failure.
    pub(crate) async fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// One of its own, for a test that ends it.
    pub(crate) async fn start() -> Option<Self> {
        let Some(python) = python() else {
            let reason = "moto is not installed; run python3 tests/real/emulators.py";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
            println!("skipped: {reason}");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.args(["-c", SERVER, &port.to_string()]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut moto = Self { process, port };
        for _ in 0..600 {
            if reqwest::get(moto.url()).await.is_ok() {
                return Some(moto);
            }
            assert_eq!(moto.process.try_wait().unwrap(), None, "moto ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("moto does not answer");
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A call of a service that speaks JSON.
    pub(crate) async fn call(&self, service: Service, operation: &str, input: &Value) -> Value {
        let client = aws(&self.url()).client(service, REGION).unwrap();
        client.json(operation, input, Duration::from_secs(10)).await.unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _gone_already = self.process.wait();
    }
}

/// All of AWS at one place.
pub(crate) fn aws(url: &str) -> Aws {
    Aws::at(url, REGION, ("stand-in", "stand-in"), Arc::new(SystemClock::start()))
}

/// What runs `moto_server`.
fn python() -> Option<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/moto/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::iter::once(ours).chain(std::env::split_paths(&path));
    folders.find(|folder| folder.join("moto_server").exists()).map(|folder| folder.join("python3"))
}
