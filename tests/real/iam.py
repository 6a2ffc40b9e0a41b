#!/usr/bin/env python3
"""`doorbell emit iam --gcp` against the calls that are really made: a `doorbell serve` with secrets, a topic, a Firestore and
two HTTP destinations takes new deliveries, a twin and a rotated secret. The permissions that its calls need are the ones
that are printed, neither more nor less; `check --online` needs no others.
"""
import argparse
import contextlib
import http.client
import json
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import emulators
from google import Google
from harness import Client, Serve, Tally, environment, find_binary, sign_delivery, tail
from road import Listener

TOPIC, DATABASE = "projects/demo/topics/events", "projects/demo/databases/(default)"
CONFIG = f"""
[dedupe]
store = "firestore"
project = "demo"

[source.github]
provider = "github"
secret = "gcp-sm://demo/hook"

[destination.topic]
kind = "pubsub"
topic = "{TOPIC}"

[destination.known]
kind = "http"
url = "http://127.0.0.1:PORT/known"
allow_private = true
bearer = "gcp-sm://demo/token"

[destination.guarded]
kind = "http"
url = "http://127.0.0.1:PORT/guarded"
allow_private = true
audience = "https://guarded.example.com"

[[route]]
to = ["topic", "known", "guarded"]
"""
# gRPC's own log of the frames that come in.
FRAMES = """
handlers = java.util.logging.ConsoleHandler
java.util.logging.ConsoleHandler.level = ALL
io.grpc.netty.NettyServerHandler.level = ALL
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    if emulators.sdk() is None:
        tally.skip("the rights (java, or the gcloud SDK's emulators, are not installed)")
        return tally.finish()
    with contextlib.ExitStack() as stack:
        compare(binary, stack, tally)
    return tally.finish()


class Front:
    """Stands before an emulator and notes what is asked over REST; gRPC passes through. It knows permissions, which an
    emulator does not: whoever asks for them is given all, as by Google."""

    def __init__(self, emulator):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            def handle(self):
                if self.connection.recv(3, socket.MSG_PEEK) == b"PRI":
                    with socket.create_connection(("127.0.0.1", emulator.port)) as behind:
                        splice(self.connection, behind)
                else:
                    super().handle()

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.append((self.command, urlsplit(self.path).path, body))
                if self.path.split("?")[0].endswith(":testIamPermissions"):
                    return self.give(200, body)
                behind = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=30)
                with contextlib.closing(behind):
                    behind.request(self.command, self.path, body, {"Content-Type": "application/json"})
                    answer = behind.getresponse()
                    self.give(answer.status, answer.read())

            do_POST = do_GET

            def give(self, status, body):
                # A caller that did not wait says so itself.
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def splice(one, other):
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(1 << 16)
            if not data:
                return
            (other if ready is one else one).sendall(data)


def of_secret(name):
    """cloud.google.com/secret-manager/docs/access-control"""
    return name.split("/versions/")[0], "secretmanager.versions.access"


def of_firestore(method, path, body):
    """cloud.google.com/firestore/docs/security/iam, "Required permissions". A version to replace says that it exists."""
    database = re.fullmatch(r"/v1/(projects/[^/]+/databases/[^/]+)/documents(.*)", path)
    if method == "GET":
        yield database[1], "datastore.entities.get"
    elif database[2] == ":commit":
        for write in json.loads(body)["writes"]:
            condition = write["currentDocument"]
            yield database[1], f"datastore.entities.{'create' if condition.get('exists') is False else 'update'}"
    else:
        yield database[1], f"{method} {path}"


def of_pubsub(method, path):
    """cloud.google.com/pubsub/docs/access-control, "Required permissions"; to ask which one has needs none."""
    if not path.endswith(":testIamPermissions"):
        yield path.removeprefix("/v1/"), {"GET": "pubsub.topics.get"}.get(method, f"{method} {path}")


def of_grpc(line):
    path, topic = re.search(r":path: ([^,]+),.* x-goog-request-params: [^,]*topic=([^,&]+)", line).groups()
    return topic, {"/google.pubsub.v1.Publisher/Publish": "pubsub.topics.publish"}.get(path, path)


def compare(binary, stack, tally):
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorbell-iam-")))
    (folder / "frames.properties").write_text(FRAMES)
    google = stack.enter_context(Google())
    pubsub = stack.enter_context(emulators.pubsub(folder, f"-Djava.util.logging.config.file={folder / 'frames.properties'}"))
    topics = stack.enter_context(Front(pubsub))
    firestore = stack.enter_context(emulators.firestore(folder))
    # Its first answer takes as long as java does.
    firestore.call("POST", f"/v1/{DATABASE}/documents:commit", {"writes": []})
    store = stack.enter_context(Front(firestore))
    arrived = []
    sink = Listener(lambda headers, _body: arrived.append(headers["Authorization"]) or 204)
    stack.callback(sink.close)
    pubsub.call("PUT", f"/v1/{TOPIC}", {})
    google.add("hook", "one")
    google.add("token", "sesame")
    config = CONFIG.replace("PORT", str(sink.port))
    env = google.environment() | {"PUBSUB_EMULATOR_HOST": topics.place, "FIRESTORE_EMULATOR_HOST": store.place}

    def needed():
        """The permissions behind all calls since it was last asked."""
        frames = [line for line in Path(pubsub.log.name).read_text().splitlines()
                  if "INBOUND HEADERS" in line and "user-agent: tonic" in line]
        calls = {of_secret(name) for name in google.asked} | {of_grpc(line) for line in frames[needed.frames:]}
        calls |= {(audience, "run.routes.invoke") for audience in google.audiences}
        calls |= {right for asked in store.asked for right in of_firestore(*asked)}
        calls |= {right for method, path, _body in topics.asked for right in of_pubsub(method, path)}
        needed.frames = len(frames)
        for record in (google.asked, google.audiences, store.asked, topics.asked):
            record.clear()
        return calls

    needed.frames = 0
    with Serve(binary, folder, config=config, **env) as server, contextlib.closing(Client(server.port)) as client:
        def ring(secret):
            delivery = sign_delivery(0, str(uuid.uuid4()), b"{}", secret)
            for status in (client.post(delivery).status, client.post(delivery).status):
                tally.check(status == 200, "answered", lambda: f"{status}\n{tail(folder / 'serve.log')}")

        ring("one")
        google.add("hook", "two")
        time.sleep(30.5)
        ring("two")
    tally.check(len(arrived) == 4 and len(set(arrived)) == 2, "arrived", f"{len(arrived)} at two destinations, not 4")
    used = needed()

    def doorbell(*words):
        ended = subprocess.run([binary, *words, "--config", folder / "doorbell.toml", "--json"], capture_output=True,
                               text=True, env=environment(**env))
        tally.check(ended.returncode == 0, words[0], lambda: f"{ended.stdout}{ended.stderr}")
        return json.loads(ended.stdout)

    rights = doorbell("emit", "iam", "--gcp", "--member", "serviceAccount:doorbell@demo.iam.gserviceaccount.com")
    granted = {(right["resource"], permission) for right in rights for permission in right["permissions"]}
    tally.check(used <= granted, "too few", lambda: f"called, and not granted: {sorted(used - granted)}")
    tally.check(granted <= used, "too many", lambda: f"granted, and never called: {sorted(granted - used)}")
    doorbell("check", "--online")
    asked = needed()
    tally.check(asked and asked <= granted, "online", lambda: f"asked by check, and not granted: {sorted(asked - granted)}")
    print(f"{len(granted)} permissions on {len(rights)} resources, each used; check --online uses {len(asked)} of them")


if __name__ == "__main__":
    sys.exit(main())
