#!/usr/bin/env python3
"""The whole road, with real processes: GitHub's own examples over HTTP -> the door -> Google's Pub/Sub emulator -> push
with an OIDC token -> the same binary as a worker -> an HTTP destination. Claims are in Google's Firestore emulator.

    road.py           Each example arrives, once, its bytes equal, in order per ordering key; twins and forged pushes are
                      tried, too; twins at two instances; an instance killed between hand-off and settle.
    road.py --faults  Then again under retries while Pub/Sub is stopped and started twice, and the door is
                      killed: nothing acknowledged is lost.

The emulator pushes without a token, so a relay of this script puts one on, signed by the stand-in's key.
"""
import argparse
import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import emulators
from google import Google
from harness import Client, Serve, Tally, find_binary, install_node, read_deliveries, sign_delivery, tail

TOPIC, SUBSCRIPTION = "projects/demo/topics/road", "projects/demo/subscriptions/road"
AUDIENCE, EMAIL = "doorbell-worker", "push@demo.iam.gserviceaccount.com"
DEDUPE = """
[dedupe]
store = "firestore"
project = "demo"
collection = "{collection}"
"""
DOOR = DEDUPE.format(collection="door") + f"""
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.road]
kind = "pubsub"
topic = "{TOPIC}"
ordering_key = "{{type}}"

[[route]]
to = ["road"]
"""
WORKER = DEDUPE.format(collection="worker") + f"""
[source.road]
provider = "google-pubsub"
audience = "{AUDIENCE}"
email = "{EMAIL}"
dead_letter = "dead"

[destination.builds]
kind = "http"
url = "http://127.0.0.1:PORT/builds"
allow_private = true

[destination.dead]
kind = "http"
url = "http://127.0.0.1:MORGUE/dead"
allow_private = true

[[route]]
to = ["builds"]
"""
LEADER = DEDUPE.format(collection="leader") + """
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.sink]
kind = "http"
url = "http://127.0.0.1:PORT/"
allow_private = true

[[route]]
to = ["sink"]
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args.add_argument("--faults", action="store_true", help="then again under faults")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    if emulators.sdk() is None:
        tally.skip("the road (java, or the gcloud SDK's emulators, are not installed)")
        return tally.finish()
    with tempfile.TemporaryDirectory(prefix="doorbell-road-") as folder, Road(binary, Path(folder)) as road:
        quiet(road, tally)
        twins(road, tally)
        leader_killed(road, tally)
        if args.faults:
            with_faults(road, tally)
    return tally.finish()


class Listener:
    """A small HTTP server; `answer(headers, body)` gives the status of each POST."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    self.send_response(answer(self.headers, body))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Wire:
    """A TCP way to `place`. After `cut` it takes what comes and passes nothing on."""

    def __init__(self, place):
        self.place, self.whole = place, True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.here = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                host, port = self.place.split(":")
                far = socket.create_connection((host, int(port)))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        with contextlib.suppress(OSError):
            while some := source.recv(1 << 16):
                if self.whole:
                    sink.sendall(some)
        sink.close()

    def cut(self):
        self.whole = False


class Road:
    """Everything that runs, and what came out at the end of it."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.secret = binary, folder, os.urandom(16).hex()
        self.arrived, self.lock, self.pushes, self.dead = [], threading.Lock(), [], []
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.google = self.stack.enter_context(Google())
        self.token = self.google.mint.token(AUDIENCE, EMAIL)
        self.pubsub = self.stack.enter_context(emulators.pubsub(self.folder))
        self.firestore = self.stack.enter_context(emulators.firestore(self.folder))
        self.sink, self.relay, self.morgue = Listener(self._arrive), Listener(self._push), Listener(self._bury)
        for listener in (self.sink, self.relay, self.morgue):
            self.stack.callback(listener.close)
        self.make_topic()
        self.worker = self.serve("worker", WORKER.replace("PORT", str(self.sink.port)).replace("MORGUE", str(self.morgue.port)))
        self.stack.callback(lambda: self.worker.stop())
        self.door = self.serve("door", DOOR)
        self.stack.callback(lambda: self.door.stop())
        return self

    def __exit__(self, *_):
        self.stack.close()

    def serve(self, name, config, firestore=None):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        env = {"PUBSUB_EMULATOR_HOST": self.pubsub.place, "FIRESTORE_EMULATOR_HOST": firestore or self.firestore.place}
        return Serve(self.binary, folder, self.secret, config=config, **env, **self.google.environment())

    def restart_door(self):
        self.door = self.serve("door", DOOR)

    def make_topic(self):
        self.pubsub.call("PUT", f"/v1/{TOPIC}", {})
        self.pubsub.call("PUT", f"/v1/{SUBSCRIPTION}", {
            "topic": TOPIC, "enableMessageOrdering": True, "ackDeadlineSeconds": 20,
            "retryPolicy": {"minimumBackoff": "0.1s", "maximumBackoff": "1s"},
            "pushConfig": {"pushEndpoint": f"http://127.0.0.1:{self.relay.port}/push"}})

    def push(self, body, token):
        """What the worker answers to a push."""
        connection = http.client.HTTPConnection("127.0.0.1", self.worker.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request("POST", "/road", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def _push(self, _headers, body):
        status = self.push(body, self.token)
        with self.lock:
            self.pushes.append((status, body))
        return status

    def _arrive(self, headers, body):
        with self.lock:
            self.arrived.append((headers["ce-id"], headers["ce-type"], headers["ce-source"], body, dict(headers)))
        return 204

    def _bury(self, headers, body):
        with self.lock:
            self.dead.append((headers["ce-type"], headers["ce-reason"], body))
        return 204

    def wait(self, ids, seconds=90):
        """Until all these arrived; those that did not."""
        ids, end = set(ids), time.monotonic() + seconds
        while True:
            with self.lock:
                missing = ids - {arrival[0] for arrival in self.arrived}
            if not missing or time.monotonic() > end:
                return missing
            time.sleep(0.05)

    def traces(self, ids):
        """What both logs say of these."""
        digests = {hashlib.sha256(id.encode()).hexdigest()[:16] for id in ids}
        lines = [f"{name}: {line}" for name in ("door", "worker")
                 for line in (self.folder / name / "serve.log").read_text().splitlines() if any(d in line for d in digests)]
        pushed = Counter(status for status, body in self.pushes if any(id.encode() in body for id in ids))
        return "\n".join([f"pushed: {dict(pushed)}", *lines[-12:]])

    def logs(self):
        return tail(self.folder / "door/serve.log") + tail(self.folder / "worker/serve.log")


def examples(road):
    here = install_node(Path(__file__).resolve().parent, "real", ["sign.mjs"])
    out = road.folder / "deliveries.jsonl"
    subprocess.run(["node", str(here / "sign.mjs"), str(out)], check=True, stderr=subprocess.DEVNULL,
                   env=os.environ | {"DOORBELL_SECRET": road.secret})
    return list(read_deliveries(out))


def quiet(road, tally):
    deliveries = examples(road)
    with contextlib.closing(Client(road.door.port)) as client:
        for delivery in deliveries:
            for twin in (delivery, delivery):
                status = client.post(twin).status
                tally.check(status == 200, "answered", lambda: f"{delivery.n} ({delivery.event}): {status}\n{road.logs()}")
    missing = road.wait(d.delivery for d in deliveries)
    tally.check(not missing, "arrived", lambda: f"{len(missing)} did not arrive\n{road.logs()}")
    by_id = defaultdict(list)
    for arrival in road.arrived:
        by_id[arrival[0]].append(arrival)
    for delivery in deliveries:
        found = by_id[delivery.delivery]
        what = lambda: f"{delivery.n} ({delivery.event}): {[a[:3] for a in found]}"
        tally.check(len(found) == 1, "once", what)
        tally.check(all(a[3] == delivery.body for a in found), "bytes", what)
        tally.check(all(a[1:3] == (delivery.event, "github") for a in found), "facts", what)
        declared, action = dict(delivery.headers)["Content-Type"], json.loads(delivery.body).get("action")
        tally.check(all(a[4].get("content-type") == declared for a in found), "media type", what)
        tally.check(all(a[4].get("ce-action") == action for a in found), "action", what)
    order = {d.delivery: d.n for d in deliveries}
    by_key = defaultdict(list)
    for arrival in road.arrived:
        by_key[arrival[1]].append(order[arrival[0]])
    for key, numbers in by_key.items():
        tally.check(numbers == sorted(numbers), "order", f"{key}: {numbers}")
    print(f"{len(deliveries)} examples, each sent twice: {len(road.arrived)} arrived, {len(by_key)} ordering keys, "
          f"{len(road.pushes)} pushes")
    refuse_forged(road, tally)


def refuse_forged(road, tally):
    """A push that arrived before, once more: a duplicate. The same with what proves nothing: 401. What is
    proven and no message goes to the dead letters."""
    body, before = road.pushes[0][1], len(road.arrived)
    mint = road.google.mint
    tally.check(road.push(body, road.token) == 200, "pushed again", road.logs)
    for name, token in {
        "no token": None,
        "another audience": mint.token("somebody-else", EMAIL),
        "another account": mint.token(AUDIENCE, "mallory@demo.iam.gserviceaccount.com"),
        "an unverified address": mint.token(AUDIENCE, EMAIL, email_verified=False),
        "another issuer": mint.token(AUDIENCE, EMAIL, iss="https://accounts.example.com"),
        "run out": mint.token(AUDIENCE, EMAIL, iat=int(time.time()) - 7200, exp=int(time.time()) - 3600),
        "another key": type(mint)("stand-in-1").token(AUDIENCE, EMAIL),
    }.items():
        status = road.push(body, token)
        tally.check(status == 401, f"forged: {name}", f"answered {status}")
    for name, envelope in {"no JSON": b"{", "no message": b"{}", "no base64": b'{"message":{"messageId":"1","data":"?"}}'}.items():
        statuses = [road.push(envelope, token) for token in (None, mint.token("somebody-else", EMAIL), road.token)]
        tally.check(statuses == [401, 401, 200], f"poison: {name}", f"answered {statuses}")
        dead, road.dead = road.dead, []
        tally.check(dead == [("doorbell.deadletter", "malformed-envelope", envelope)], f"poison: {name}", f"arrived: {dead}")
    tally.check(len(road.arrived) == before, "forged", f"{len(road.arrived) - before} of them arrived")


def twins(road, tally, events=50):
    """Two instances of the door on one Firestore: each of so many events rings at both at once, and goes on once."""
    before, pushes = len(road.arrived), len(road.pushes)
    other = road.serve("other", DOOR)
    try:
        sent = [sign_delivery(n, str(uuid.uuid4()), f'{{"twin":{n}}}'.encode(), road.secret) for n in range(events)]
        with ThreadPoolExecutor(2 * events) as pool:
            def post(port, delivery):
                with contextlib.closing(Client(port)) as client:
                    return client.post(delivery).status
            rings = [pool.submit(post, port, d) for d in sent for port in (road.door.port, other.port)]
            statuses = Counter(ring.result() for ring in rings)
    finally:
        other.stop()
    missing = road.wait(d.delivery for d in sent)
    time.sleep(0.5)
    # Counted before the worker, whose own claims would hide a second hand-off.
    more = len(road.pushes) - pushes - events
    print(f"{events} pairs of twins at two instances: answered {dict(statuses)}, {len(road.pushes) - pushes} pushed, {len(road.arrived) - before} arrived")
    tally.check(statuses == {200: 2 * events}, "twins", lambda: f"{statuses}\n{road.logs()}")
    tally.check(not missing and more == 0, "twins", f"{len(missing)} missing, {more} more than one each")


def leader_killed(road, tally):
    """Two instances on one Firestore. The one that has handed an event off is killed before it can say so in the store:
    the event comes again to the other, which waits the lease out and hands it off once more."""
    arrived = []

    def take(headers, _body):
        if not arrived:
            wire.cut()  # The receipt goes back, the claim cannot be settled.
        arrived.append(headers["ce-id"])
        return 204

    sink, wire = Listener(take), Wire(road.firestore.place)
    config = LEADER.replace("PORT", str(sink.port))
    leader, heir = road.serve("leader", config, wire.here), road.serve("heir", config)
    delivery = sign_delivery(1, str(uuid.uuid4()), b'{"leader":1}', road.secret)

    def ring(port):
        try:
            with contextlib.closing(Client(port, timeout=30)) as client:
                return client.post(delivery).status
        except (OSError, http.client.HTTPException):
            return "cut off"

    try:
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(ring, leader.port)
            while not arrived:
                time.sleep(0.01)
            time.sleep(0.5)
            leader.stop(signal.SIGKILL)
            cut = first.result()
        answers, end = [], time.monotonic() + 60
        while 200 not in answers and time.monotonic() < end:
            answers.append(ring(heir.port))
        again = ring(heir.port)
    finally:
        heir.stop()
        sink.close()
    print(f"the leader killed between hand-off and settle: {cut}; its heir answered {answers}, then {again} to one more twin; "
          f"handed off {len(arrived)} times")
    tally.check(cut == "cut off", "leader", f"it was to die unanswered, and said {cut}")
    tally.check(answers[-1:] == [200] and set(answers[:-1]) <= {503}, "heir", lambda: f"{answers}\n{road.logs()}")
    tally.check(arrived == [delivery.delivery] * 2, "heir", f"handed off {len(arrived)} times: once by each is right")
    tally.check(again == 200, "settled", f"one more twin: {again}")


def with_faults(road, tally, count=1500, senders=8):
    """Senders that come again until they are told yes, as GitHub's redelivery or Stripe would."""
    told, attempts, stop, gate = set(), Counter(), threading.Event(), threading.Event()
    gate.set()
    todo = [sign_delivery(n, str(uuid.uuid4()), f'{{"n":{n}}}'.encode(), road.secret) for n in range(count)]
    by_id = {d.delivery: d for d in todo}

    def send(delivery):
        while not stop.is_set():
            gate.wait()
            try:
                with contextlib.closing(Client(road.door.port, timeout=15)) as client:
                    status = client.post(delivery).status
            except (OSError, http.client.HTTPException):
                status = "cut off"
            attempts[status] += 1
            if status == 200:
                told.add(delivery.delivery)
                return
            time.sleep(0.2)

    def until(share):
        while len(told) < share * count:
            time.sleep(0.01)

    def restart():
        """Stops Pub/Sub in mid-stream and starts it again. The emulator keeps messages in memory only, so what it has
        must be pushed on before; the senders ring on while it is away. The door stands still until the subscription is
        there again: what is published to a topic that has none is acknowledged, and no one's."""
        gate.clear()
        before = -1
        while len(told) != before:
            before = len(told)
            time.sleep(2)
            road.wait(set(told))
        road.pubsub.stop()
        gate.set()
        time.sleep(2)
        road.door.signal(signal.SIGSTOP)
        road.pubsub.start()
        road.make_topic()
        road.door.signal(signal.SIGCONT)

    with ThreadPoolExecutor(senders) as pool:
        for delivery in todo:
            pool.submit(send, delivery)
        until(0.2)
        restart()
        until(0.4)
        road.door.stop(signal.SIGKILL)
        time.sleep(0.3)
        road.restart_door()
        until(0.6)
        restart()
        stuck = threading.Timer(240, stop.set)
        stuck.start()
    stuck.cancel()
    tally.check(len(told) == count, "told", lambda: f"only {len(told)} of {count} were told yes\n{road.logs()}")
    missing = road.wait(told)
    tally.check(not missing, "lost", lambda: f"{len(missing)} of {len(told)} acknowledged are lost\n{road.traces(missing)}")
    with road.lock:
        arrivals = Counter(a[0] for a in road.arrived if a[0] in by_id)
        wrong = [a[0] for a in road.arrived if a[0] in by_id and a[3] != by_id[a[0]].body]
    tally.check(not wrong, "bytes", f"{len(wrong)} arrived changed")
    more = sum(n - 1 for n in arrivals.values())
    print(f"{count} deliveries through two restarts of Pub/Sub and a kill of the door: "
          f"{len(told)} told yes in {sum(attempts.values())} attempts ({dict(attempts)}), {len(arrivals)} arrived, "
          f"{more} of them more than once")
    # At least once is the promise; the claims keep what is doubled to what was in flight at the kill.
    tally.check(more <= senders, "doubled", f"{more} arrived more than once")


if __name__ == "__main__":
    sys.exit(main())
