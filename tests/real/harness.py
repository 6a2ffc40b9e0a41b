"""What the scripts of this folder share: a delivery, a reply, a running `doorbell serve`, the journal, the tally."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace

REPO = pathlib.Path(__file__).resolve().parents[2]
CONFIG = """\
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.journal]
kind = "journal"
path = "events.jsonl"

[[route]]
to = ["journal"]
"""
# Made by the server in front, not by Doorbell; or different by design.
UNCOMPARED = {"x-doorbell-id", "date", "connection", "keep-alive", "content-length", "transfer-encoding"}


@dataclass(frozen=True)
class Delivery:
    """One webhook as its sender sends it."""
    n: int
    event: str
    delivery: str
    headers: tuple
    body: bytes

    def tampered(self):
        """One bit of one byte in the middle of the body changed (an ASCII one: the text stays text)."""
        at = next(i for i in range(len(self.body) // 2, len(self.body)) if self.body[i] < 0x80)
        return replace(self, body=self.body[:at] + bytes([self.body[at] ^ 1]) + self.body[at + 1:])

    def unsigned(self):
        return replace(self, headers=tuple(h for h in self.headers if h[0] != "X-Hub-Signature-256"))

    def renamed(self, delivery):
        """The same body and signature under another delivery id: GitHub does not sign the id."""
        headers = tuple((k, delivery if k == "X-GitHub-Delivery" else v) for k, v in self.headers)
        return replace(self, delivery=delivery, headers=headers)


def read_deliveries(path):
    """The deliveries that sign.mjs wrote."""
    with open(path, encoding="utf-8") as lines:
        for d in map(json.loads, lines):
            headers = tuple((k, v) for k, v in d["headers"])
            yield Delivery(d["n"], d["event"], d["delivery"], headers, base64.b64decode(d["body_base64"]))


def sign_delivery(n, delivery, body, secret, event="push"):
    """A delivery of our own making, where what it says does not matter, only what becomes of it."""
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Delivery(n, event, delivery, (
        ("Content-Type", "application/json"), ("User-Agent", "GitHub-Hookshot/044aadd"), ("X-GitHub-Event", event),
        ("X-GitHub-Delivery", delivery), ("X-Hub-Signature-256", signature)), body)


@dataclass(frozen=True)
class Reply:
    """What the sender sees; equal when all that Doorbell decides about it is equal."""
    status: int
    headers: tuple
    body: bytes
    id: str | None = None

    @classmethod
    def of(cls, status, headers, body):
        headers = [(k.lower(), v) for k, v in headers]
        id = next((v for k, v in headers if k == "x-doorbell-id"), None)
        return cls(status, tuple(sorted(h for h in headers if h[0] not in UNCOMPARED)), body, id)

    def same(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)


class Client:
    """One keep-alive connection to `doorbell serve`."""

    def __init__(self, port, timeout=30):
        self.port, self.timeout, self.connection = port, timeout, None

    def post(self, delivery, path="/github"):
        reused = self.connection is not None
        try:
            return self._post(delivery, path)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self.close()
            if not reused:
                raise
            # The server may close an idle connection at any time; RFC 9112, 9.3.1 has the client ask again.
            return self._post(delivery, path)

    def _post(self, delivery, path):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.putrequest("POST", path, skip_accept_encoding=True)
        for k, v in delivery.headers:
            self.connection.putheader(k, v)
        self.connection.putheader("Content-Length", str(len(delivery.body)))
        try:
            self.connection.endheaders(delivery.body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # A refusal from the head alone may come before the body is out; it is there to be read.
        response = self.connection.getresponse()
        reply = Reply.of(response.status, response.getheaders(), response.read())
        if response.will_close:
            self.close()
        return reply

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Serve:
    """A running `doorbell serve` on a free port of 127.0.0.1; its output goes to serve.log beside the config."""

    def __init__(self, binary, folder, secret=None, wrapper=(), config=CONFIG, **env):
        self.folder = pathlib.Path(folder)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        config = write_config(folder, config)
        command = [*wrapper, str(binary), "serve", "--config", str(config), "--listen", f"127.0.0.1:{self.port}"]
        if secret is not None:
            env["DOORBELL_SECRET"] = secret
        self.log = open(self.folder / "serve.log", "ab")
        self.process = subprocess.Popen(
            command, env=environment(**env), stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self._wait_for_port()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def _wait_for_port(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"doorbell serve did not listen (exit code {self.process.poll()}):\n{tail(self.folder / 'serve.log')}")

    def stop(self, sig=signal.SIGTERM):
        """Signals the whole process group: under a tracer the server is the tracer's child, and may outlive it."""
        self.signal(sig)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            pass
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def signal(self, sig):
        try:
            os.killpg(self.process.pid, sig)
        except ProcessLookupError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def write_config(folder, text=CONFIG):
    path = pathlib.Path(folder) / "doorbell.toml"
    path.write_text(text)
    return path


def environment(**extra):
    """A bare environment: nothing of the caller's AWS, Google or Doorbell settings reaches the program under test."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "RUST_BACKTRACE", "LLVM_PROFILE_FILE")
    return {k: os.environ[k] for k in kept if k in os.environ} | extra


def read_journal(folder):
    """(records, torn lines) of the journal, rotated files first; a record is a parsed line."""
    main = pathlib.Path(folder) / "events.jsonl"
    rotated = [p for p in main.parent.glob("events.jsonl.*") if p.suffix[1:].isdigit()]
    records, torn = [], []
    for path in sorted(rotated, key=lambda p: -int(p.suffix[1:])) + [main]:
        for line in path.read_bytes().split(b"\n") if path.exists() else ():
            try:
                record = json.loads(line) if line else None
            except ValueError:
                record = line
            if isinstance(record, dict):
                records.append(record)
            elif record is not None:
                torn.append(line)
    return records, torn


def record_body(record):
    try:
        return base64.b64decode(record.get("data_base64") or "", validate=True)
    except ValueError:
        return None


def find_binary(name, bin_dir):
    """`name` in --bin-dir, else in target/release, else in target/debug."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPO / "target"))
    for folder in [pathlib.Path(bin_dir)] if bin_dir else [target / "release", target / "debug"]:
        if (folder / name).is_file():
            return (folder / name).resolve()
    sys.exit(f"{name}: no such binary in {bin_dir or 'target/release or target/debug'}; build it first, or say --bin-dir")


def install_node(source, name, scripts):
    """Where the scripts of a node folder can run: there, if it has node_modules, else a copy with them under target/."""
    if (source / "node_modules").is_dir():
        return source
    here = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPO / "target")) / name
    here.mkdir(parents=True, exist_ok=True)
    lock = here / "package-lock.json"
    fresh = (here / "node_modules" / ".package-lock.json").exists() and lock.read_bytes() == (source / lock.name).read_bytes()
    for file in ("package.json", lock.name, *scripts):
        shutil.copyfile(source / file, here / file)
    if not fresh:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                       cwd=here, check=True, stdout=subprocess.DEVNULL)
    return here


def install_python(requirements, name):
    """The python of a virtual environment under target/ that has these packages; None where they cannot be fetched."""
    here = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPO / "target")) / name
    python, has = here / "bin/python", here / requirements.name
    if not has.exists() or has.read_bytes() != requirements.read_bytes():
        made = [[sys.executable, "-m", "venv", "--clear", here], [python, "-m", "pip", "install", "--quiet", "-r", requirements]]
        if any(subprocess.run(command).returncode for command in made):
            return None
        shutil.copyfile(requirements, has)
    return python


def tail(path, size=2000):
    try:
        return pathlib.Path(path).read_bytes()[-size:].decode(errors="replace")
    except OSError:
        return ""


class Tally:
    """Counts; the first few failures of each kind are spelled out, the rest are counted only."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.told = 0, 0, 0, {}

    def check(self, ok, kind, what):
        if ok:
            self.passed += 1
            return True
        self.failed += 1
        self.told[kind] = self.told.get(kind, 0) + 1
        if self.told[kind] <= 3:
            print(f"FAILED {kind}: {what() if callable(what) else what}")
        return False

    def skip(self, what):
        """A skipped test is counted and said; where nothing may be missing (CI=true) it is a failure."""
        if os.environ.get("CI") == "true":
            self.check(False, "skipped", f"{what}; with CI=true it must run")
        else:
            self.skipped += 1
            print(f"skipped: {what}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else ""))
        return 1 if self.failed else 0
