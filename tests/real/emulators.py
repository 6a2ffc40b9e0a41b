"""Google's own emulators of Pub/Sub and Firestore, out of the gcloud SDK, and moto, which stands in for AWS: real processes.

    emulators.py       installs moto into target/moto, where the tests look for it
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def sdk():
    """The gcloud SDK's folder, or None."""
    if not shutil.which("java"):
        return None
    for place in ("/usr/lib/google-cloud-sdk", Path.home() / "google-cloud-sdk"):
        if (Path(place) / "platform/pubsub-emulator").is_dir():
            return Path(place)
    if shutil.which("gcloud"):
        found = subprocess.run(["gcloud", "info", "--format=value(installation.sdk_root)"], capture_output=True, text=True)
        if (Path(found.stdout.strip()) / "platform/pubsub-emulator").is_dir():
            return Path(found.stdout.strip())
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Emulator:
    """One java process; `stop` and `start` keep the port, and lose what it held: both emulators keep all in memory."""

    def __init__(self, folder, command):
        self.port, self.command = free_port(), command
        self.place = f"127.0.0.1:{self.port}"
        self.log = open(Path(folder) / f"emulator-{self.port}.log", "ab")
        self.start()

    def start(self):
        command = self.full_command()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{command} does not listen; see {self.log.name}")

    def full_command(self):
        return ["java", *self.command, "--host=127.0.0.1", f"--port={self.port}"]

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def stop(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None):
        """One call of the REST surface; the parsed answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]}")
        return json.loads(text or b"{}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()


def pubsub(folder, *options):
    jar = next((sdk() / "platform/pubsub-emulator/lib").glob("cloud-pubsub-emulator-*-all.jar"))
    return Emulator(folder, [*options, "-jar", str(jar)])


def firestore(folder):
    jar = sdk() / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
    return Emulator(folder, ["-Duser.language=en", "-cp", str(jar),
                             "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start",
                             "--database-mode=firestore-native", "--project_id=demo"])


MOTO = Path(__file__).resolve().parents[2] / "target/moto"


def install_moto():
    """moto's server, in a virtual environment of its own; None where the registry cannot be reached."""
    server = MOTO / "bin/moto_server"
    if not server.exists():
        made = [[sys.executable, "-m", "venv", MOTO], [MOTO / "bin/pip", "install", "--quiet", "moto[server]==5.2.5"]]
        if any(subprocess.run(command).returncode for command in made):
            return None
    return server


class Moto(Emulator):
    """All of AWS that moto knows, in one process; what it held goes with it."""

    ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "stand-in", "AWS_SECRET_ACCESS_KEY": "stand-in", "AWS_REGION": "eu-west-1"}

    def __init__(self, folder):
        self.server = install_moto()
        super().__init__(folder, [])

    def full_command(self):
        return [self.server, "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self):
        """What points a program here."""
        return {"AWS_ENDPOINT_URL": f"http://{self.place}", **self.ENVIRONMENT}

    def aws(self, service, target, body):
        """One call of a service that speaks JSON; the parsed answer. moto looks at the scope of a signature, not at it."""
        scope = f"AWS4-HMAC-SHA256 Credential=stand-in/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target, "Authorization": scope}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/", json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{target}: {response.status} {text[:300]}")
        return json.loads(text or b"{}")


if __name__ == "__main__":
    sys.exit(0 if install_moto() else 69)
