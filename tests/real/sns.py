#!/usr/bin/env python3
"""SNS over HTTPS, from the first delivery after the start: subscriptions are confirmed, messages of both signature versions
are taken, forged ones are not. A stand-in has the certificate that openssl makes, and hears the confirmations."""
import argparse
import base64
import json
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import Client, Delivery, Serve, Tally, find_binary, read_journal, record_body

TOPIC = "arn:aws:sns:eu-west-1:123456789012:jobs"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"/SimpleNotificationService-{'0123456789abcdef' * 2}.pem"
CONFIG = f"""
[source.topic]
provider = "aws-sns"
arn = "{TOPIC}"

[destination.journal]
kind = "journal"
path = "events.jsonl"

[[route]]
to = ["journal"]
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    with tempfile.TemporaryDirectory(prefix="doorbell-sns-") as folder:
        topic = Topic(Path(folder))
        for version in "1", "2":
            # Each begins with nothing held, so what comes first has to fetch the certificate.
            topic.asked.clear()
            here = Path(folder) / version
            here.mkdir()
            with Serve(binary, here, config=CONFIG, DOORBELL_SNS_ENDPOINT=topic.place) as serve:
                ring(Client(serve.port), topic, version, tally)
            records, torn = read_journal(here)
            kept = [record_body(record) for record in records]
            tally.check(kept == ["Straße\n".encode()] and not torn, "journal", f"version {version}: {kept} {torn}")
    return tally.finish()


def ring(client, topic, version, tally):
    """What a topic sends to its new subscriber, and what others send as if they were the topic."""
    def answers(status, what, message):
        reply = client.post(delivery(message), path="/topic")
        tally.check(reply.status == status, what, f"version {version}: {reply.status} {reply.body}")

    subscription = f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=token-{version}"
    confirmation = topic.message("SubscriptionConfirmation", version, SubscribeURL=HOST + subscription, Token=f"token-{version}")
    answers(200, "confirmation", confirmation)
    answers(200, "message", topic.message("Notification", version))
    answers(401, "changed message", topic.message("Notification", version) | {"Message": "Strasse\n"})
    answers(401, "another topic", topic.message("Notification", version, TopicArn=f"{TOPIC}-2"))
    elsewhere = topic.message("SubscriptionConfirmation", version, SubscribeURL="https://example.com/?Action=ConfirmSubscription", Token="t")
    answers(401, "confirmation elsewhere", elsewhere)
    tally.check(topic.asked == [CERTIFICATE, subscription], "asked", f"version {version}: {topic.asked}")


def delivery(message):
    headers = (("Content-Type", "text/plain; charset=UTF-8"), ("x-amz-sns-message-type", message["Type"]))
    return Delivery(0, message["Type"], message["MessageId"], headers, json.dumps(message).encode())


class Topic:
    """Signs as SNS does (AWS, "Verifying the signatures of Amazon SNS messages"), and stands in for its host."""

    def __init__(self, folder):
        self.key, self.asked = folder / "key.pem", []
        certificate = folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=sns.amazonaws.com", "-addext", "subjectAltName=DNS:sns.amazonaws.com"],
                       check=True, capture_output=True)
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                body = certificate.read_bytes() if self.path == CERTIFICATE else b"<ConfirmSubscriptionResponse/>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.place = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def message(self, kind, version, **more):
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        message = {"Type": kind, "MessageId": f"{kind}-{version}", "TopicArn": TOPIC, "Message": "Straße\n", "Timestamp": now,
                   "SignatureVersion": version, "SigningCertURL": HOST + CERTIFICATE} | more
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
        digest = {"1": "-sha1", "2": "-sha256"}[version]
        made = subprocess.run(["openssl", "dgst", digest, "-sign", self.key], input=text.encode(), check=True, capture_output=True)
        return message | {"Signature": base64.b64encode(made.stdout).decode()}


if __name__ == "__main__":
    sys.exit(main())
