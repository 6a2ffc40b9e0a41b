#!/usr/bin/env python3
"""What stands behind a queue: `doorbell serve` in front of an SQS queue and an S3 bucket of moto, and a journal.

A body that a message cannot hold is an object of the bucket, and the message says where. When the queue is gone the journal has what
came, and the sender its yes; when the bucket is gone, too, what is too large for the queue still has a place: the journal.
"""
import argparse
import base64
import hashlib
import http.client
import json
import os
import sys
import tempfile

import emulators
from harness import Client, Serve, Tally, find_binary, read_journal, record_body, sign_delivery, tail

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
CONFIG = f"""
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.queue]
kind = "sqs"
queue_url = "{URL}"
claim_check = "large"
spill = "disk"

[destination.large]
kind = "s3"
bucket = "parked"
prefix = "bodies/"

[destination.disk]
kind = "journal"
path = "events.jsonl"

[[route]]
to = ["queue"]
"""
SMALL, LARGE, OTHER = (json.dumps({"ref": "x", "pad": "é" * size}, ensure_ascii=False).encode() for size in (10, 450_000, 450_001))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    if emulators.install_moto() is None:
        tally.skip("what stands behind a queue (moto cannot be installed)")
        return tally.finish()
    with tempfile.TemporaryDirectory(prefix="doorbell-behind-") as folder, emulators.Moto(folder) as moto:
        moto.aws("sqs", "AmazonSQS.CreateQueue", {"QueueName": "jobs"})
        s3(moto, "PUT", "/parked", b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>")
        secret = os.urandom(16).hex()
        with Serve(binary, folder, secret=secret, config=CONFIG, **moto.environment()) as serve:
            rung = Bell(serve.port, secret)
            tally.check([rung(SMALL), rung(LARGE)] == [200, 200], "answers", "a small or a large one was not taken")
            small, large = sorted(messages(moto), key=lambda message: "dataref" in message[1])
            tally.check(small == (SMALL, small[1]) and "dataref" not in small[1], "small", lambda: f"{small[1]}")
            digest = hashlib.sha256(LARGE).hexdigest()
            said = {name: large[1].get(name) for name in ("dataref", "datasize", "datadigest")}
            tally.check(said == {"dataref": f"s3://parked/bodies/sha256/{digest}", "datasize": str(len(LARGE)), "datadigest": f"sha256:{digest}"},
                        "reference", lambda: f"{said}")
            tally.check(large[0] == b"", "no data beside it", lambda: f"{large[0][:80]}")
            tally.check(s3(moto, "GET", f"/parked/bodies/sha256/{digest}") == LARGE, "object", "the bytes are not those that came")
            tally.check(read_journal(folder) == ([], []), "nothing spilled", "the journal is not empty")

            moto.aws("sqs", "AmazonSQS.DeleteQueue", {"QueueUrl": URL})
            tally.check(rung(SMALL) == 200, "queue gone", "its event was not taken")
            s3(moto, "DELETE", f"/parked/bodies/sha256/{digest}")
            s3(moto, "DELETE", "/parked")
            tally.check(rung(OTHER) == 200, "bucket gone", "its event was not taken")
            spilled, _torn = read_journal(folder)
            tally.check([record_body(record) for record in spilled] == [SMALL, OTHER], "spilled", lambda: f"{len(spilled)} in the journal")
            tally.check({(record["spilledfrom"], record["spilledfor"]) for record in spilled} == {("queue", "destination-failed")},
                        "says why", lambda: f"{spilled[0]}"[:400])
            log = tail(f"{folder}/serve.log", 20_000)
            tally.check(log.count('"spilled":"queue: ') == 2, "log", lambda: log[-800:])
    return tally.finish()


class Bell:
    """Genuine deliveries, each of another id."""

    def __init__(self, port, secret):
        self.client, self.secret, self.count = Client(port), secret, 0

    def __call__(self, body):
        self.count += 1
        return self.client.post(sign_delivery(self.count, f"delivery-{self.count}", body, self.secret)).status


def s3(moto, method, path, body=b""):
    connection = http.client.HTTPConnection("127.0.0.1", moto.port)
    somebody = "AWS4-HMAC-SHA256 Credential=a/20200101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=a"
    connection.request(method, path, body, {"Authorization": somebody})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status in (200, 204), f"{method} {path}: {answer.status} {text[:200]}"
    return text


def messages(moto):
    """What the queue holds: bodies and facts."""
    answer = moto.aws("sqs", "AmazonSQS.ReceiveMessage", {"QueueUrl": URL, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]})
    for message in answer.get("Messages", []):
        facts = json.loads(message["MessageAttributes"]["cloudevents"]["StringValue"])
        body = message["Body"].encode()
        yield (base64.b64decode(body.rstrip(b"=") + b"==") if facts.get("datacontentencoding") == "base64" else body), facts


if __name__ == "__main__":
    sys.exit(main())
