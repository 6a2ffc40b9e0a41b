"""Google's own emulators of Pub/Sub and Firestore, out of the gcloud SDK, as real processes."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
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
        command = ["java", *self.command, "--host=127.0.0.1", f"--port={self.port}"]
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
