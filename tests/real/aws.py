#!/usr/bin/env python3
"""The road on AWS, with real processes: GitHub's own examples as Function URL events -> `doorbell-lambda` as the door ->
an SQS queue of moto -> batches with one poisoned message each -> `doorbell-lambda` as the worker -> an HTTP destination.
Secrets are in Secrets Manager and Parameter Store, claims in DynamoDB, all of moto.

Each example arrives once, its bytes equal; of each batch only the poisoned message goes back. Keys that come with a handshake are
kept in both stores, and prove the next delivery. What `doorbell emit iam --aws`
prints is what was called, neither more nor less.
"""
import argparse
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import emulators
from events import event, reply
from harness import REPO, Delivery, Tally, environment, find_binary, install_node, read_deliveries, sign_delivery, write_config
from road import Listener
from runtime_api import Error, RuntimeApi

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"
URL = f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs"
TOKEN = "a token of the worker's"
DOOR = f"""
[dedupe]
store = "dynamodb"
table = "door"

[source.github]
provider = "github"
secret = "aws-sm://github#hook"

[source.asana]
provider = "asana"
secret = "aws-sm://asana"

[source.notion]
provider = "notion"
secret = "ssm:///door/notion"

[destination.jobs]
kind = "sqs"
queue_url = "{URL}"

[[route]]
to = ["jobs"]
"""
WORKER = f"""
[dedupe]
store = "dynamodb"
table = "worker"

[source.jobs]
provider = "aws-sqs"
arn = "{QUEUE}"

[destination.sink]
kind = "http"
url = "http://127.0.0.1:PORT/"
allow_private = true
bearer = "ssm:///worker/token"

[[route]]
to = ["sink"]
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binaries, tally = [find_binary(name, args.bin_dir) for name in ("doorbell-lambda", "doorbell")], Tally()
    if emulators.install_moto() is None:
        tally.skip("the road on AWS (moto cannot be installed)")
        return tally.finish()
    with tempfile.TemporaryDirectory(prefix="doorbell-aws-") as folder, Road(*binaries, Path(folder)) as road:
        messages = through_the_door(road, tally)
        through_the_worker(road, messages, tally)
        made_events(road, tally)
        registered(road, tally)
        rights(road, tally)
        gone(road, tally)
    return tally.finish()


class Road:
    """What runs, and what came out at the end of it."""

    def __init__(self, function, command, folder):
        self.command, self.folder, self.secret = command, folder, os.urandom(16).hex()
        self.arrived, self.stack = [], contextlib.ExitStack()
        os.environ["MOTO_RECORDER_FILEPATH"] = str(folder / "calls")
        self.moto = self.stack.enter_context(emulators.Moto(folder))
        make = self.moto.aws
        make("sqs", "AmazonSQS.CreateQueue", {"QueueName": "jobs"})
        make("secretsmanager", "secretsmanager.CreateSecret", {"Name": "github", "SecretString": json.dumps({"hook": self.secret})})
        make("secretsmanager", "secretsmanager.CreateSecret", {"Name": "asana"})
        make("ssm", "AmazonSSM.PutParameter", {"Name": "/worker/token", "Type": "SecureString", "Value": TOKEN})
        for table in ("door", "worker"):
            make("dynamodb", "DynamoDB_20120810.CreateTable", {
                "TableName": table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]})
        sink = Listener(self._arrive)
        self.stack.callback(sink.close)
        self.record("start-recording")
        self.configs = {"door": self.write("door", DOOR), "worker": self.write("worker", WORKER.replace("PORT", str(sink.port)))}
        self.door, self.worker = (self.start(function, config) for config in self.configs.values())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def write(self, name, text):
        (self.folder / name).mkdir()
        return write_config(self.folder / name, text)

    def start(self, function, config):
        env = environment(DOORBELL_CONFIG=str(config), **self.moto.environment())
        return self.stack.enter_context(RuntimeApi([function], env))

    def run(self, *words):
        return subprocess.run([self.command, *map(str, words)], capture_output=True, text=True,
                              env=environment(HOOK=self.secret, **self.moto.environment()))

    def record(self, word):
        connection = http.client.HTTPConnection("127.0.0.1", self.moto.port)
        connection.request("GET" if word.startswith("download") else "POST", f"/moto-api/recorder/{word}")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def _arrive(self, headers, body):
        self.arrived.append((headers["ce-id"], headers["ce-type"], headers["ce-source"], body, headers["Authorization"]))
        return 204


def through_the_door(road, tally):
    """Each example twice: the second is a duplicate. What is in the queue then."""
    here = install_node(Path(__file__).resolve().parent, "real", ["sign.mjs"])
    out = road.folder / "deliveries.jsonl"
    subprocess.run(["node", str(here / "sign.mjs"), str(out)], check=True, stderr=subprocess.DEVNULL,
                   env=os.environ | {"DOORBELL_SECRET": road.secret})
    deliveries = list(read_deliveries(out))
    deliveries.append(sign_delivery(len(deliveries), str(uuid.uuid4()), b'{"nul":"\\u0000"}\0', road.secret))
    rings = [delivery for delivery in deliveries for _ in range(2)]
    for delivery, (_, answer) in zip(rings, road.door.run(event("url", d, as_base64=True) for d in rings)):
        ok = not isinstance(answer, Error) and reply("url", answer).status == 200
        tally.check(ok, "answered", lambda: f"{delivery.n} ({delivery.event}): {answer}\n{road.door.log()}")
    forged = [deliveries[0].tampered(), deliveries[0].unsigned()]
    for _, answer in road.door.run(event("url", d, as_base64=True) for d in forged):
        tally.check(reply("url", answer).status == 401, "forged", answer)
    messages = []
    while batch := road.moto.aws("sqs", "AmazonSQS.ReceiveMessage", {
            "QueueUrl": URL, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}).get("Messages"):
        messages += batch
    tally.check(len(messages) == len(deliveries), "in the queue", f"{len(messages)} messages of {len(deliveries)} deliveries")
    road.deliveries = deliveries
    return messages


def through_the_worker(road, messages, tally):
    """Nine messages and a poisoned one are a batch; each batch is brought twice, as queues do now and then."""
    batches = [messages[i:i + 9] for i in range(0, len(messages), 9)]
    poison = {"no facts": {"MessageAttributes": {}}, "no JSON": {"MessageAttributes": {"cloudevents": {"StringValue": "{", "DataType": "String"}}},
              "no text": {"Body": 7}}
    events, wanted = [], []
    for n, batch in enumerate(batches):
        bad = batch[0] | {"MessageId": str(uuid.uuid4())} | list(poison.values())[n % len(poison)]
        at = n % (len(batch) + 1)
        events += [{"Records": [record(m) for m in (*batch[:at], bad, *batch[at:])]}] * 2
        wanted += [bad["MessageId"]] * 2
    for id, (_, answer) in zip(wanted, road.worker.run(events)):
        tally.check(answer == {"batchItemFailures": [{"itemIdentifier": id}]}, "batch", lambda: f"{answer}\n{road.worker.log()}")
    by_id = defaultdict(list)
    for arrival in road.arrived:
        by_id[arrival[0]].append(arrival)
    for delivery in road.deliveries:
        found = by_id[delivery.delivery]
        what = lambda: f"{delivery.n} ({delivery.event}): {[a[:3] for a in found]}"
        tally.check(len(found) == 1, "once", what)
        tally.check(all(a[3] == delivery.body for a in found), "bytes", what)
        tally.check(all(a[1:3] == (delivery.event, "github") for a in found), "facts", what)
        tally.check(all(a[4] == f"Bearer {TOKEN}" for a in found), "bearer", what)
    tally.check(len(road.arrived) == len(road.deliveries), "doubled", f"{len(road.arrived)} arrived of {len(road.deliveries)}")
    print(f"{len(road.deliveries)} deliveries, each rung twice: {len(messages)} in the queue; {len(batches)} batches, each with a "
          f"poisoned message and brought twice: {len(road.arrived)} arrived, {len(wanted)} messages went back")


def record(message):
    """A message as an event source mapping brings it (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""
    attributes = message.get("MessageAttributes") or {}
    return {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": message["Attributes"], "md5OfBody": message["MD5OfBody"], "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE, "awsRegion": "eu-west-1",
        "messageAttributes": {
            name: {"stringValue": a["StringValue"], "dataType": a["DataType"], "stringListValues": [], "binaryListValues": []}
            for name, a in attributes.items()}}


def made_events(road, tally):
    """`doorbell send --event` makes the event of a signed delivery at each front door."""
    for door in ("url", "v1", "v2", "alb"):
        made = road.run("send", "github", REPO / "infra/examples/github-push.json", "--secret", "env://HOOK", "--event", door)
        [(_, answer)] = road.door.run([json.loads(made.stdout)])
        tally.check(not isinstance(answer, Error) and reply(door, answer).status == 200, "send --event", lambda: f"{door}: {answer}")


def registered(road, tally):
    """A stranger's delivery before; the first key; what it signs; the same key again, and a stranger's."""
    def ring(source, headers, body):
        delivery = Delivery(0, source, str(uuid.uuid4()), (("Content-Type", "application/json"), *headers), body)
        [(_, answer)] = road.door.run([event("url", delivery, path=f"/{source}")])
        return reply("url", answer).status

    register = {
        "asana": lambda key: ring("asana", (("X-Hook-Secret", key),), b"{}"),
        "notion": lambda key: ring("notion", (), json.dumps({"verification_token": key}).encode()),
    }
    evidence = {"asana": ("X-Hook-Signature", ""), "notion": ("X-Notion-Signature", "sha256=")}
    for source, (header, prefix) in evidence.items():
        def deliver(key):
            body = b'{"events":[]}'
            signature = prefix + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
            return ring(source, ((header, signature),), body)

        statuses = [deliver("a stranger's"), register[source]("the-key"), deliver("the-key"), deliver("a stranger's"),
                    register[source]("the-key"), register[source]("a-stranger's"), deliver("the-key")]
        tally.check(statuses == [503, 200, 200, 401, 200, 403, 200], source, lambda: f"{statuses}\n{road.door.log()}")


def rights(road, tally):
    """The actions that were called, and those of the policies that the two configs need."""
    service = {"AmazonSQS": "sqs", "AmazonSSM": "ssm", "DynamoDB_20120810": "dynamodb", "secretsmanager": "secretsmanager"}
    called = Counter()
    for line in road.record("download-recording").splitlines():
        headers = {name.lower(): value for name, value in json.loads(line)["headers"].items()}
        # What this script itself calls is no program's.
        if "user-agent" in headers and headers["user-agent"].startswith("doorbell/") and "x-amz-target" in headers:
            of, operation = headers["x-amz-target"].split(".")
            called[f"{service[of]}:{operation}"] += 1
    for config in road.configs.values():
        tally.check(road.run("check", "--online", "--config", config).returncode == 0, "check --online", config)
    allowed = set()
    for config in road.configs.values():
        emitted = road.run("emit", "iam", "--aws", "--json", "--config", config)
        allowed |= {right["action"] for right in json.loads(emitted.stdout)}
    print(f"called: {dict(called)}")
    tally.check(set(called) == allowed, "rights", lambda: f"called {sorted(called)}, allowed {sorted(allowed)}")


def gone(road, tally):
    """A deleted queue is named where one looks for it, and a 503 to the sender."""
    road.moto.aws("sqs", "AmazonSQS.DeleteQueue", {"QueueUrl": URL})
    said = road.run("check", "--online", "--config", road.configs["door"])
    tally.check(said.returncode == 1 and URL in said.stdout and "DoesNotExist" in said.stdout, "gone", said.stdout)
    delivery = sign_delivery(0, str(uuid.uuid4()), b"{}", road.secret)
    [(_, answer)] = road.door.run([event("url", delivery)])
    tally.check(reply("url", answer).status == 503, "gone", answer)


if __name__ == "__main__":
    sys.exit(main())
