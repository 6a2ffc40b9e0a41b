"""Builds the image from the Dockerfile's own last stage, and runs it as Cloud Run does: not as root, nothing to write on.

The stage before cannot be built without a registry to pull from. Its own commands are run here instead, in a folder that
has what they copy, with this machine's cargo; what they leave in /out goes into the last stage.

    tests/deploy/image.py [--keep]      --keep leaves the image in target/image
"""
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
STORE = REPO / "target" / "image"
NAME = "localhost/doorbell:test"
SECRET = "a secret of this test only"
CONFIG = """\
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.nowhere]
kind = "discard"
dangerously_discard = true

[[route]]
to = ["nowhere"]
"""
BODY = (REPO / "infra" / "examples" / "github-push.json").read_bytes()
# As Cloud Run's own proxy puts it; Doorbell believes it because of K_SERVICE.
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, text=True, **more)


def buildah(*words, **more):
    # chroot: no namespaces, no runc; vfs: no overlay, no fuse. Both work where a container is all there is.
    storage = ["--storage-driver", "vfs", "--root", STORE / "root", "--runroot", STORE / "runroot"]
    return run("buildah", *storage, *words, stdout=subprocess.PIPE, **more).stdout.strip()


def first_stage(dockerfile, out):
    """Runs the COPY and RUN lines of the stage `build`, as they stand, with `out` for /out."""
    stage = dockerfile[:dockerfile.index("\nFROM scratch")].replace("\\\n", " ")
    environment = os.environ | dict(re.findall(r'^ENV (\w+)="(.*)"$', stage, re.M))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # Compiled once, kept for the next time: dependencies are the same wherever the folder is.
        (REPO / "target" / "static").mkdir(parents=True, exist_ok=True)
        (folder / "target").symlink_to(REPO / "target" / "static")
        for word, line in re.findall(r"^(COPY|RUN) (.*)$", stage, re.M):
            if word == "RUN":
                run("sh", "-c", line.replace("/out", str(out)), cwd=folder, env=environment)
            elif line == ". .":
                copy_context(folder)
            else:
                *files, to = line.split()
                (folder / to).mkdir(parents=True, exist_ok=True)
                for file in files:
                    shutil.copy(REPO / file, folder / to)


def copy_context(folder):
    """What .dockerignore lets through."""
    rules = [line for line in (REPO / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    left_out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    for name in [rule[1:] for rule in rules if rule[0] == "!"]:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, folder / name, dirs_exist_ok=True, ignore=lambda at, names: [
                n for n in names if any(Path(at, n).match(rule) for rule in left_out)])
        else:
            shutil.copy(REPO / name, folder / name)


def build():
    """The image, and the figures of it."""
    started = time.monotonic()
    shutil.rmtree(STORE, ignore_errors=True)
    stage = STORE / "stage"
    stage.mkdir(parents=True)
    dockerfile = (REPO / "Dockerfile").read_text()
    first_stage(dockerfile, stage / "out")
    compiled = time.monotonic() - started
    # The last stage, word for word; `build` is then a folder instead of a stage.
    last = re.search(r"^FROM scratch\n.*\Z", dockerfile, re.M | re.S)
    assert last and "\nFROM" not in last[0], "the Dockerfile's last stage is not FROM scratch"
    (STORE / "Containerfile").write_text(last[0])
    started = time.monotonic()
    buildah("build", "--quiet", "--isolation", "chroot", "--build-context", f"build={stage}", "--tag", NAME,
            "--file", STORE / "Containerfile", stage)
    buildah("push", "--quiet", NAME, f"oci:{STORE / 'oci'}")
    built = time.monotonic() - started
    compressed = sum(f.stat().st_size for f in (STORE / "oci").rglob("*") if f.is_file())
    binary = stage / "out" / "doorbell-cloud-run"
    print(f"binary {binary.stat().st_size / 1e6:.2f} MB, image {compressed / 1e6:.2f} MB compressed; "
          f"compiled in {compiled:.0f} s, built and packed in {built:.1f} s")


# The files of the image, read-only, with the devices and the /proc that every container gets
# (opencontainers/runtime-spec, config-linux.md, "Default Devices"; a static binary's random numbers come from /dev/urandom).
ENTER = """
set -e
mount --bind "$0" "$0"
mount -t tmpfs -o mode=755 none "$0/dev"
for device in null zero full random urandom; do touch "$0/dev/$device"; mount --bind "/dev/$device" "$0/dev/$device"; done
mount --bind /proc "$0/proc"
mount -o remount,bind,ro "$0"
exec chroot --userspec="$1" "$0" "$2"
"""


class Instance:
    """The image's entry point, as its user, in its files alone, which nobody can write."""

    def __init__(self, root, config, **environment):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        [entry] = config["Entrypoint"]
        # Nothing of this machine's environment: what is not in the image or below is not there.
        environment = {"PATH": os.environ["PATH"], "PORT": str(self.port)} | environment
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", ENTER, str(root), config["User"], entry],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait(self):
        started = time.monotonic()
        while time.monotonic() - started < 20 and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.01)
        self.process.kill()
        raise AssertionError(f"does not listen (exit code {self.process.poll()}): {self.process.communicate()[1][-300:]}")

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    def __enter__(self):
        return self.wait()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def signed(body=BODY, secret=SECRET):
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return HTTPS | {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Event": "push",
                    "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "Content-Type": "application/json"}


def equal(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


# What each check needs besides the image.
SERVING = {"DOORBELL_CONFIG_TOML": CONFIG, "DOORBELL_SECRET": SECRET, "K_SERVICE": "doorbell"}


def it_is_one_binary_and_certificates(root, config):
    files = sorted(str(f.relative_to(root)) for f in root.rglob("*") if f.is_file())
    equal(files, ["doorbell-cloud-run", "etc/ssl/certs/ca-certificates.crt"])
    assert b"INTERP" not in run("readelf", "--program-headers", root / "doorbell-cloud-run",
                                stdout=subprocess.PIPE).stdout.encode(), "it asks for a loader"


def it_is_not_root_and_its_user_is_a_number(root, config):
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", config["User"]), config["User"]
    with Instance(root, config, **SERVING) as instance:
        status = Path(f"/proc/{instance.process.pid}/status").read_text()
        user = config["User"].split(":")[0]
        equal(re.search(r"^Uid:\s+(.*)$", status, re.M)[1].split(), [user] * 4)
        equal(re.search(r"^CapEff:\s+(\w+)$", status, re.M)[1], "0" * 16)


def it_runs_where_nothing_can_be_written(root, config):
    with Instance(root, config, **SERVING) as instance:
        mounts = Path(f"/proc/{instance.process.pid}/mountinfo").read_text().splitlines()
        mine = [line.split()[5].split(",") for line in mounts if line.split()[4] == "/"]
        assert mine and "ro" in mine[-1], mounts
        equal(instance.ask("GET", "/-/ready"), 200)


def probes_answer_without_a_proxys_headers(root, config):
    with Instance(root, config, **SERVING) as instance:
        for path in ("/-/live", "/-/ready"):
            equal(instance.ask("GET", path), 200)


def only_what_is_signed_and_came_over_https_is_taken(root, config):
    with Instance(root, config, **SERVING) as instance:
        equal(instance.ask("POST", "/github", BODY, **signed()), 200)
        equal(instance.ask("POST", "/github", BODY, **HTTPS), 401)
        equal(instance.ask("POST", "/github", BODY + b" ", **signed()), 401)
        equal(instance.ask("POST", "/github", BODY, **signed(secret="another")), 401)
        equal(instance.ask("POST", "/github", BODY, **(signed() | {"X-Forwarded-Proto": "http"})), 403)
        equal(instance.ask("POST", "/elsewhere", BODY, **signed()), 404)


def its_log_is_cloud_loggings(root, config):
    with Instance(root, config, **SERVING, GOOGLE_CLOUD_PROJECT="my-project") as instance:
        trace = {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"}
        equal(instance.ask("POST", "/github", BODY, **signed(), **trace), 200)
        instance.process.terminate()
        lines = instance.process.communicate(timeout=10)[1].splitlines()
    deliveries = [line for line in lines if '"outcome"' in line]
    line = json.loads(deliveries[0])
    equal([line["severity"], line["outcome"], line["source"]], ["INFO", "handed-off", "github"])
    equal(line["logging.googleapis.com/trace"], "projects/my-project/traces/" + "ab" * 16)
    assert SECRET not in "".join(lines)
    print(f"   a delivery's line has {len(deliveries[0])} bytes")


def without_a_config_nothing_starts(root, config):
    instance = Instance(root, config, K_SERVICE="doorbell")
    said = instance.process.communicate(timeout=10)[1]
    equal(instance.process.returncode, 64)
    equal(json.loads(said)["severity"], "ERROR")


def sigterm_answers_what_is_in_hand_and_ends(root, config):
    with Instance(root, config, **SERVING) as instance:
        connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=10)
        connection.putrequest("POST", "/github")
        for name, value in signed().items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(BODY)))
        connection.endheaders(BODY[: len(BODY) // 2])
        time.sleep(0.3)
        instance.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        time.sleep(0.5)
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", instance.port), 1):
            raise AssertionError("it takes connections after SIGTERM")
        connection.send(BODY[len(BODY) // 2:])
        equal(connection.getresponse().status, 200)
        equal(instance.process.wait(timeout=10), 0)
        took = time.monotonic() - started
        assert took < 10, f"{took:.1f} s, and Cloud Run kills after 10"


def sigterm_ends_although_a_sender_stalls(root, config):
    with Instance(root, config, **SERVING) as instance:
        stalled = socket.create_connection(("127.0.0.1", instance.port), 5)
        head = "".join(f"{name}: {value}\r\n" for name, value in signed().items())
        stalled.sendall(f"POST /github HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 100\r\n\r\n{{".encode())
        time.sleep(0.3)
        instance.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        equal(instance.process.wait(timeout=10), 0)
        print(f"   ended after {time.monotonic() - started:.1f} s")
        stalled.close()


def the_smoke_test_of_a_deployment_passes_and_fails(root, config):
    # Without K_SERVICE, since nobody here is a proxy.
    smoke = [str(REPO / "infra" / "cloud-run" / "smoke")]
    with Instance(root, config, DOORBELL_CONFIG_TOML=CONFIG, DOORBELL_SECRET=SECRET) as instance:
        url = f"http://127.0.0.1:{instance.port}"
        run(*smoke, url, stdout=subprocess.DEVNULL)
        wrong = subprocess.run([*smoke, url, "/elsewhere"], capture_output=True, text=True)
        equal(wrong.returncode, 1)
        assert "answered 404, not 401" in wrong.stderr, wrong.stderr


CHECKS = [
    it_is_one_binary_and_certificates,
    it_is_not_root_and_its_user_is_a_number,
    it_runs_where_nothing_can_be_written,
    probes_answer_without_a_proxys_headers,
    only_what_is_signed_and_came_over_https_is_taken,
    its_log_is_cloud_loggings,
    without_a_config_nothing_starts,
    sigterm_answers_what_is_in_hand_and_ends,
    sigterm_ends_although_a_sender_stalls,
    the_smoke_test_of_a_deployment_passes_and_fails,
]


def main():
    build()
    config = json.loads(buildah("inspect", "--type", "image", NAME))["OCIv1"]["config"]
    container = buildah("from", "--pull-never", NAME)
    passed = failed = 0
    try:
        image = Path(buildah("mount", container))
        # A copy outside the store: `mount` below may change it, and the store's own mount has options of its own.
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "root"
            shutil.copytree(image, root, symlinks=True)
            os.chmod(folder, 0o755)
            for place in ("dev", "proc"):
                (root / place).mkdir(exist_ok=True)
            for check in CHECKS:
                name = check.__name__.replace("_", " ")
                try:
                    check(root, config)
                    print(f"ok  {name}")
                    passed += 1
                except (AssertionError, OSError, KeyError, ValueError, IndexError, subprocess.SubprocessError) as error:
                    print(f"NO  {name}: {type(error).__name__}: {error}")
                    failed += 1
    finally:
        buildah("rm", container)
        if "--keep" not in sys.argv[1:]:
            shutil.rmtree(STORE, ignore_errors=True)
    print(f"\n{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
