#!/usr/bin/env python3
"""Every config of infra/examples, run: `doorbell serve` with what it says, deliveries signed by `doorbell send`, and what comes out
at its destinations. Only places are exchanged: topics become journals, services a listener here, secrets variables.
"""
import argparse
import base64
import http.server
import json
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from harness import REPO, Serve, Tally, environment, find_binary, tail

EXAMPLES = REPO / "infra" / "examples"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSBleGFtcGxlcw=="
# What a service here says to those who wait for an answer.
ANSWERS = {"/fulfillment": b'{"fulfillmentText": "It is on its way."}'}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    shown = {path.stem for path in EXAMPLES.glob("*.toml")}
    tally.check(shown == set(SCENES), "scenes", lambda: f"{sorted(shown ^ set(SCENES))} has no scene, or no example")
    with tempfile.TemporaryDirectory(prefix="doorbell-examples-") as folder:
        for name in sorted(shown & set(SCENES)):
            with Example(name, binary, Path(folder) / name, tally) as example:
                SCENES[name](example)
    return tally.finish()


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes everything, and remembers it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((self.path, self.headers.get("authorization"), body.decode()))
        answer = ANSWERS.get(self.path, b"")
        self.send_response(200 if answer else 204)
        if answer:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", len(answer))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Example:
    """One config with its places exchanged, served."""

    def __init__(self, name, binary, folder, tally):
        self.name, self.binary, self.folder, self.tally = name, binary, folder, tally
        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.service.heard = []

    def __enter__(self):
        self.folder.mkdir()
        threading.Thread(target=self.service.serve_forever, daemon=True).start()
        text = (EXAMPLES / f"{self.name}.toml").read_text()
        text = re.sub(r'kind  = "pubsub"\ntopic = "projects/my-project/topics/(.*)"', r'kind = "journal"\npath = "\1.jsonl"', text)
        here = f"http://127.0.0.1:{self.service.server_port}"
        text = re.sub(r'^url( +)= "https://[^/"]*', rf'allow_private = true\nurl\1= "{here}', text, flags=re.M)
        text = re.sub(r"^audience( +)= .*run\.app.*\n", "", text, flags=re.M)
        # Keys that Google publishes, which its senders alone have.
        text = re.sub(r'(mode     = "cx"\n)', rf'\1secret   = "file://{self.key}.pub"\n', text)
        text = re.sub(r'"gcp-sm://my-project/([a-z-]*)"', lambda found: f'"env://{variable(found[1])}"', text)
        if 'mode     = "cx"' in text:
            self.doorbell("sign", "dialogflow", "--mode", "cx", self.file("{}"), "--key", self.key, "--value", "audience=a", "--value", "email=b")
        # What Google publishes is a file here, whose private half `send` has.
        if 'provider = "google-pubsub"' in text:
            text = text.replace('provider = "google-pubsub"\n', f'provider = "google-pubsub"\nsecret = "file://{self.key}.pub"\n')
            self.doorbell("sign", "google-pubsub", self.file("{}"), "--key", self.key, "--value", "audience=a", "--value", "email=b")
        self.served = Serve(self.binary, self.folder, config=text, **self.secrets())
        return self

    def __exit__(self, *_):
        self.served.stop()
        self.service.shutdown()

    @property
    def key(self):
        return str(self.folder / "key.pem")

    def secrets(self):
        names = re.findall(r"gcp-sm://my-project/([a-z-]*)", (EXAMPLES / f"{self.name}.toml").read_text())
        return {variable(name): f"user:{SECRET}" if name.endswith("-basic") else SECRET for name in names}

    def file(self, body):
        path = self.folder / "body"
        path.write_text(body if isinstance(body, str) else json.dumps(body))
        return str(path)

    def doorbell(self, *words):
        said = subprocess.run([self.binary, *words], capture_output=True, text=True, env=environment(**self.secrets()))
        if said.returncode not in (0, 1):
            sys.exit(f"{words}: exit code {said.returncode}\n{said.stderr}")
        return said

    def send(self, source, body, *words):
        """The status of a genuine delivery of that body, and the reply."""
        config = str(self.folder / "doorbell.toml")
        url = f"http://127.0.0.1:{self.served.port}/{source}"
        said = self.doorbell("send", "--config", config, "--source", source, "-", self.file(body), "--to", url, "--json", *words)
        delivery = json.loads(said.stdout)["deliveries"][0]
        return delivery["status"], delivery["reply"]

    def kept(self, topic):
        """The events of a topic, each with its body."""
        path = self.folder / f"{topic}.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [event | {"body": base64.b64decode(event["data_base64"]).decode()} for event in events]

    def is_equal(self, found, wanted, what):
        self.tally.check(found == wanted, self.name, lambda: f"{what}: {found}, not {wanted}\n{tail(self.folder / 'serve.log')}")


def variable(secret):
    return secret.upper().replace("-", "_")


def ticket(number, priority):
    return {"event_type": "ticket.created", "event_id": f"evt_{number}", "timestamp": "2026-11-02T09:30:00Z", "source": "helpdesk",
            "data": {"ticket_id": f"T-{number}", "customer_email": "a@example.com", "subject": "Help", "priority": priority,
                     "created_at": "2026-11-02T09:29:58Z"}}


def tickets(example):
    for number, priority in enumerate(["high", "low", "critical", "normal"]):
        example.is_equal(example.send("helpdesk", ticket(number, priority)), (200, ""), priority)
    urgent, standard = example.kept("tickets-urgent"), example.kept("tickets")
    said = [[(event["ticketid"], event["priority"], event["email"], event["type"]) for event in topic] for topic in (urgent, standard)]
    example.is_equal(said, [[(f"T-{n}", p, "a@example.com", "ticket.created") for n, p in topic]
                            for topic in ([(0, "high"), (2, "critical")], [(1, "low"), (3, "normal")])], "by urgency")
    example.is_equal(urgent[0]["body"], json.dumps(ticket(0, "high")), "the bytes that came")
    without = ticket(9, "high")
    del without["data"]["ticket_id"]
    example.is_equal(example.send("helpdesk", without), (422, "ticket_id: required"), "without an id")
    example.is_equal(example.send("helpdesk", '{"data":'), (400, "bad request"), "cut off")
    example.is_equal(len(example.kept("tickets-urgent")), 2, "refused tickets are nowhere")


def tickets_xml(example):
    def xml(number, priority, id="<ticket_id>T-{}</ticket_id>"):
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<event><data>{id.format(number)}<customer_email>a@example.com</customer_email>'
                f"<subject>a &lt; b</subject><priority>{priority}</priority></data></event>")
    for number, priority in enumerate(["critical", "low"]):
        example.is_equal(example.send("helpdesk", xml(number, priority)), (200, ""), priority)
    said = [[(event["ticketid"], event["priority"], event["email"]) for event in example.kept(topic)] for topic in ("tickets-urgent", "tickets")]
    example.is_equal(said, [[("T-0", "critical", "a@example.com")], [("T-1", "low", "a@example.com")]], "by urgency")
    example.is_equal(example.send("helpdesk", xml(2, "high", id="")), (422, "ticket_id: required"), "without an id")
    example.is_equal(example.send("helpdesk", "<event><data></event>"), (400, "bad request"), "not well-formed")
    bomb = '<!DOCTYPE e [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><event>&b;</event>'
    example.is_equal(example.send("helpdesk", bomb), (400, "bad request"), "with a document type")


def build_on_push(example):
    push = {"ref": "refs/heads/main", "after": "6113728f27ae82c7b1a177c8d03f9e96e0adf246", "deleted": False}
    for body, event in [(push, "push"), (push | {"ref": "refs/heads/dev"}, "push"), (push | {"deleted": True}, "push"), ({"zen": "."}, "ping")]:
        example.is_equal(example.send("github", body, "--type", event), (200, ""), f"{event} {body}")
    built = [(event["sha"], json.loads(event["body"])["after"]) for event in example.kept("staging-builds")]
    example.is_equal(built, [(push["after"], push["after"])], "main alone")


def paid_order(example):
    order = {"id": 1, "name": "#1001", "total_price": "199.00", "currency": "EUR"}
    small = order | {"id": 2, "name": "#1002", "total_price": "9.50"}
    for body in (order, small):
        example.is_equal(example.send("shop", body, "--type", "orders/paid"), (200, ""), body["name"])
    example.is_equal([json.loads(event["body"])["name"] for event in example.kept("orders")], ["#1001", "#1002"], "every order is kept")
    said = '{"channel": "C0000000000", "text": "Order #1001 was paid: 199.00 EUR"}'
    example.is_equal(example.service.heard, [("/api/chat.postMessage", f"Bearer {SECRET}", said)], "the large one is told")


def uploads(example):
    def push(name):
        data = base64.b64encode(json.dumps({"bucket": "inbox", "name": name}).encode()).decode()
        return {"message": {"data": data, "messageId": name, "publishTime": "2026-11-02T09:30:00Z"}, "subscription": "projects/p/subscriptions/s"}
    for name in ("incoming/a.csv", "incoming/a.png", "other/b.csv"):
        example.is_equal(example.send("uploads", push(name), "--key", example.key), (200, ""), name)
    example.is_equal(example.service.heard, [("/jobs", None, '{"bucket": "inbox", "file": "incoming/a.csv"}')], "the CSV starts a job")


def replies(example):
    comment = {"action": "created", "comment": {"body": "hello @helper-bot"}, "sender": {"login": "mona", "type": "User"},
               "issue": {"number": 7}, "repository": {"full_name": "o/r"}}
    silent = [comment | {"comment": {"body": "hello"}}, comment | {"sender": {"login": "b", "type": "Bot"}}, comment | {"action": "deleted"}]
    for body in [comment, *silent]:
        example.is_equal(example.send("github", body, "--type", "issue_comment"), (200, ""), str(body))
    said = '{"issue": 7, "repository": "o/r", "text": "Thanks, @mona."}'
    example.is_equal(example.service.heard, [("/comments", f"Bearer {SECRET}", said)], "one reply")


def dialogflow(example):
    def intent(id, name, day):
        return {"responseId": id, "queryResult": {"intent": {"displayName": name}, "parameters": {"day": day}}}
    for id, name, day, said in [("1", "opening.hours", "on Monday", "We are open from 9 to 17 on Monday."), ("2", "order.status", "", "It is on its way."),
                                ("3", "small.talk", "", "I do not know that yet.")]:
        status, reply = example.send("agent", intent(id, name, day))
        example.is_equal((status, json.loads(reply)), (200, {"fulfillmentText": said}), name)
    example.is_equal([path for path, *_ in example.service.heard], ["/fulfillment"], "the service is asked what it knows")
    greet = {"detectIntentResponseId": "c1", "fulfillmentInfo": {"tag": "greet"}, "sessionInfo": {"parameters": {"name": "Ann"}}}
    status, reply = example.send("flows", greet, "--key", example.key)
    hello = {"fulfillmentResponse": {"messages": [{"text": {"text": ["Hello, Ann."]}}]}}
    example.is_equal((status, json.loads(reply)), (200, hello), "CX")
    example.is_equal(len(example.kept("questions")), 4, "every question is kept")


def commands(example):
    status, reply = example.send("slack", "command=%2Fdeploy&user_name=ann&text=now&trigger_id=1.1")
    example.is_equal((status, json.loads(reply)), (200, {"response_type": "ephemeral", "text": "ann: deploying now"}), "a slash command")
    twiml = "<Response><Message>We got: a &lt; b</Message></Response>"
    example.is_equal(example.send("twilio", "MessageSid=SM1&Body=a+%3C+b"), (200, twiml), "a text message")
    example.is_equal(len(example.kept("commands")), 2, "both are kept")


SCENES = {"tickets": tickets, "tickets-xml": tickets_xml, "build-on-push": build_on_push, "paid-order": paid_order, "uploads": uploads,
          "replies": replies, "dialogflow": dialogflow, "commands": commands}

if __name__ == "__main__":
    sys.exit(main())
