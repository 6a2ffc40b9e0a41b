//! The binaries of this workspace, as processes.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::repository::root;
use crate::served::eventually;

/// The binary of that name, built from the sources as they are now.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn binary(name: &str) -> &'static Path {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).get(name).expect("a binary of the workspace")
}

/// Into the folder, and with the profile, that this test was built with. Where cargo has just built them there is
/// nothing to do.
fn build() -> BTreeMap<String, PathBuf> {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.parent().and_then(Path::parent).expect("<target>/<profile>/deps");
    let profile = folder.file_name().and_then(|name| name.to_str()).expect("a profile");
    let profile = if profile == "debug" { "dev" } else { profile };
    let output = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--bins", "--message-format=json-render-diagnostics", "--profile", profile])
        .arg("--target-dir")
        .arg(folder.parent().expect("<target>"))
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the binaries do not build");
    let artifact = |line: &[u8]| {
        let line: Value = serde_json::from_slice(line).ok()?;
        let path = line.get("executable")?.as_str()?;
        Some((line.pointer("/target/name")?.as_str()?.to_owned(), PathBuf::from(path)))
    };
    output.stdout.split(|byte| *byte == b'\n').filter_map(artifact).collect()
}

/// A running program, whose words go to files. Killed if the test does not stop it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Starts it with these variables and no others; `folder` gets its words, and is where it runs.
    #[must_use]
    pub fn start(name: &str, words: &[&str], variables: &[(&str, &str)], folder: &Path) -> Self {
        let said = |stream: &str| folder.join(format!("{name}.{stream}"));
        let (stdout, stderr) = (said("stdout"), said("stderr"));
        let file = |path: &Path| File::create(path).expect("the folder takes files");
        let child = Command::new(binary(name))
            .args(words)
            .env_clear()
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file(&stdout))
            .stderr(file(&stderr))
            .spawn()
            .expect("the binary starts");
        Self { child, stdout, stderr }
    }

    /// Waits until it has said `words` on stderr; the line from there on.
    ///
    /// # Panics
    /// When it ends first.
    pub async fn said(&mut self, words: &str) -> String {
        let Self { child, stderr, .. } = self;
        let text = || std::fs::read_to_string(&*stderr).unwrap_or_default();
        let line = || {
            let text = text();
            let (_, rest) = text.split_once(words)?;
            rest.split_once('\n').map(|(line, _)| line.to_owned())
        };
        eventually(|| {
            let running = child.try_wait().is_ok_and(|status| status.is_none());
            let said = line().is_some();
            assert!(running || said, "it ended: {}", text());
            said
        })
        .await;
        line().expect("it has just been there")
    }

    /// Waits for its end; what it said on both streams.
    #[must_use]
    pub fn ended(mut self) -> (ExitStatus, Vec<u8>) {
        let status = self.child.wait().expect("a child can be waited for");
        let read = |path: &Path| std::fs::read(path).expect("the file that it wrote");
        (status, [read(&self.stdout), read(&self.stderr)].concat())
    }

    /// Sends SIGTERM, and waits for its end.
    #[must_use]
    pub fn stopped(self) -> (ExitStatus, Vec<u8>) {
        let signal = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(signal.is_ok_and(|status| status.success()), "kill");
        self.ended()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}
