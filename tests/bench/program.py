"""What the scripts of this folder share: programs built and run, and the harness of tests/real."""
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "real"))
import harness  # noqa: E402


def bench(name):
    """The release build of tests/benches/NAME.rs."""
    built = subprocess.run(
        ["cargo", "build", "--release", "--locked", "-p", "conformance", "--bench", name, "--message-format=json"],
        cwd=REPO, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, built.stdout.splitlines())
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name)


def github_delivery(secret):
    """A real GitHub delivery of 7 kB out of the case files, signed with `secret`: (headers, body)."""
    cases = json.loads((REPO / "tests" / "vectors" / "github.json").read_text())
    case = next(c for c in cases if c["name"].endswith("/accept-rotation-signed-with-previous-secret"))
    body = harness.base64.b64decode(case["request"]["body_base64"])
    kept = [(k, v) for k, v in case["request"]["headers"] if not k.lower().startswith(("x-hub-signature", "host", "content-length"))]
    signature = harness.hmac.new(secret.encode(), body, harness.hashlib.sha256).hexdigest()
    return kept + [("X-Hub-Signature-256", f"sha256={signature}")], body


class Server:
    """A running server on a free port of 127.0.0.1, by its variable PORT; what it says is dropped."""

    def __init__(self, command, cpu=None, **variables):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in command], env=harness.environment(PORT=str(self.port), **variables), preexec_fn=pin,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait(self, seconds=20):
        """Until it listens."""
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - self.started > seconds:
                    raise RuntimeError(f"{self.process.args[0]} does not listen (exit code {self.process.poll()})") from None

    def cpu_seconds(self):
        """User and system time so far, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(15)
