#!/usr/bin/env python3
"""Keys that a handshake delivers, kept in Google Secret Manager: real `doorbell serve` processes with Google's own client,
against the stand-in of google.py. The first key that comes is version 1, counts at once and outlives the process; of many at
once one is kept; what cannot be kept is not answered. The calls that were made need what `doorbell emit iam --gcp` prints,
neither more nor less.
"""
import argparse
import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from google import Google
from harness import Serve, Tally, environment, find_binary, tail, write_config

SECRET = "projects/demo/secrets/asana"
CONFIG = """
[source.asana]
provider = "asana"
secret = "gcp-sm://demo/asana@1"

[destination.nowhere]
kind = "discard"
dangerously_discard = true

[[route]]
to = ["nowhere"]
"""
BODY = b'{"events":[]}'
TAKEN, REFUSED, UNKEPT, CLOSED = (200, True), (403, False), (503, False), 503


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally, used = find_binary("doorbell", args.bin_dir), Tally(), set()
    with tempfile.TemporaryDirectory(prefix="doorbell-registration-") as folder:
        for scene in SCENES:
            with Google(delay=0.02) as google:
                scene(Scene(binary, Path(folder) / scene.__name__, google, tally))
            used |= google.permissions
        said = subprocess.run([binary, "emit", "iam", "--gcp", "--json", "--config", write_config(folder, CONFIG)],
                              capture_output=True, text=True, env=environment())
        granted = {permission for right in json.loads(said.stdout) for permission in right["permissions"]}
        tally.check(granted == used, "rights", lambda: f"granted {sorted(granted)}, used {sorted(used)}")
    return tally.finish()


class Scene:
    """Processes of one config, and what they are asked."""

    def __init__(self, binary, folder, google, tally):
        self.binary, self.folder, self.google, self.tally = binary, folder, google, tally
        folder.mkdir()

    def serve(self, name="one"):
        (self.folder / name).mkdir(exist_ok=True)
        return Serve(self.binary, self.folder / name, config=CONFIG, **self.google.environment())

    def check(self, right, what, detail):
        self.tally.check(right, f"{self.folder.name}: {what}", detail)

    def is_equal(self, found, wanted, what):
        self.check(found == wanted, what, lambda: f"{found}, not {wanted}\n{self.log()}")

    def log(self):
        return "\n".join(tail(path) for path in self.folder.glob("*/serve.log"))

    def logged(self, *words):
        lines = self.log().splitlines()
        self.check(any(all(word in line for word in words) for line in lines), "log", lambda: f"no line with {words}:\n{self.log()}")

    def held(self):
        """What is enabled, by its number."""
        versions = enumerate(self.google.secrets[SECRET], 1)
        return {number: version["data"] for number, version in versions if version["enabled"]}

    def online(self):
        said = subprocess.run([self.binary, "check", "--online", "--config", write_config(self.folder, CONFIG)],
                              capture_output=True, text=True, env=environment(**self.google.environment()))
        return said.returncode, said.stdout


def post(server, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("POST", "/asana", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def register(server, key):
    """The status, and whether the key came back."""
    answer = post(server, {"X-Hook-Secret": key}, b"{}")
    return answer.status, answer.getheader("X-Hook-Secret") == key


def deliver(server, key):
    return post(server, {"X-Hook-Signature": hmac.new(key.encode(), BODY, hashlib.sha256).hexdigest()}, BODY).status


def the_first_key_is_kept_and_counts_at_once(scene):
    scene.google.create("asana")
    code, said = scene.online()
    scene.check(code == 0 and "awaited: register this URL at Asana" in said, "check --online before", said)
    with scene.serve() as server:
        scene.logged("WARNING", "the first key that comes is kept in gcp-sm://demo/asana@1")
        scene.is_equal(deliver(server, "of-a-stranger"), CLOSED, "before")
        scene.is_equal(register(server, "first"), TAKEN, "the first")
        scene.is_equal(deliver(server, "first"), 200, "at once")
        scene.is_equal(deliver(server, "of-a-stranger"), 401, "forged")
        scene.is_equal(register(server, "first"), TAKEN, "its sender did not hear of it")
        scene.is_equal(register(server, "of-a-stranger"), REFUSED, "a stranger")
        scene.logged("no-registration")
    with scene.serve() as server:
        scene.is_equal(register(server, "of-a-stranger"), REFUSED, "a stranger, in the next process")
        scene.is_equal(deliver(server, "first"), 200, "in the next process")
    scene.is_equal(scene.google.secrets[SECRET], [{"data": "first", "enabled": True}], "held")
    scene.logged('"secret_version":"1"')
    code, said = scene.online()
    scene.check(code == 0 and "key       in gcp-sm://demo/asana@1; once" in said, "check --online after", said)


def of_many_at_once_in_two_processes_one_is_kept(scene):
    scene.google.create("asana")
    with scene.serve("one") as one, scene.serve("two") as two:
        came, barrier = {}, threading.Barrier(16)

        def ring(number):
            barrier.wait()
            came[f"key-of-{number}"] = register((one, two)[number % 2], f"key-of-{number}")

        threads = [threading.Thread(target=ring, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        scene.is_equal(Counter(came.values()), Counter({TAKEN: 1, REFUSED: 15}), "answers")
        [kept] = [key for key, answer in came.items() if answer == TAKEN]
        scene.is_equal(scene.held(), {1: kept}, "held")
        added = len(scene.google.secrets[SECRET])
        scene.check(added > 1, "race", "nobody came at the same time")
        print(f"16 keys at once in two processes: {added} versions added, 1 kept, {added - 1} disabled")


def a_key_whose_answer_was_lost_is_taken_again(scene):
    scene.google.create("asana")
    with scene.serve() as server:
        scene.google.fault = lambda name: "lost" if name.endswith(":addVersion") else None
        scene.is_equal(register(server, "first"), UNKEPT, "nobody heard of it")
        scene.google.fault = lambda name: None
        scene.is_equal(register(server, "of-a-stranger"), REFUSED, "a stranger")
        scene.is_equal(register(server, "first"), TAKEN, "again")
        scene.is_equal(deliver(server, "first"), 200, "delivery")
    scene.is_equal(scene.held(), {1: "first"}, "held")


def what_cannot_be_kept_is_not_answered(scene):
    code, said = scene.online()
    scene.check(code == 1 and "run `gcloud secrets create asana --project=demo" in said, "check --online", said)
    with scene.serve() as server:
        scene.logged('source \\"asana\\" is closed')
        scene.is_equal(register(server, "lost"), UNKEPT, "no secret")
        scene.logged("key-not-kept", "run `gcloud secrets create asana --project=demo --replication-policy=automatic`")
        scene.check(SECRET not in scene.google.secrets, "made", "the secret was made")
        scene.google.create("asana")
        for fault, words in ((503, "as scripted"), ("down", "no connection"), (403, "--role=roles/secretmanager.secretVersionManager")):
            scene.google.fault = lambda name: fault if name.endswith(":addVersion") else None
            scene.is_equal(register(server, "lost"), UNKEPT, fault)
            scene.logged("key-not-kept", words)
        scene.google.fault = lambda name: 503
        scene.is_equal(register(server, "lost"), UNKEPT, "all is down")
        scene.is_equal(scene.google.secrets[SECRET], [], "half kept")
        scene.google.fault = lambda name: None
        scene.is_equal(register(server, "first"), TAKEN, "then")
        scene.is_equal(deliver(server, "first"), 200, "delivery")
    scene.check("lost" not in scene.log(), "log", "a key is in the log")


SCENES = [the_first_key_is_kept_and_counts_at_once, of_many_at_once_in_two_processes_one_is_kept,
          a_key_whose_answer_was_lost_is_taken_again, what_cannot_be_kept_is_not_answered]


if __name__ == "__main__":
    sys.exit(main())
