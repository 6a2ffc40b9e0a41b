#!/usr/bin/env python3
"""The providers' own verifiers against Doorbell: those of fourteen providers, as published on npm.

differential/verdicts.mjs makes random requests, leaves each genuine or spoils it in one way, and asks the
provider's verifier. Here each goes to a running `doorbell serve`, and both must say the same: 200 is accepted, 401 is refused. What
both may rightly see differently is not generated; verdicts.mjs names it.

A cell of the table is a count of requests that were judged alike. Besides, every genuine request must be accepted and
every spoiled one refused by the provider's verifier: two that refuse everything would agree as well.

A failure is made again with --seed. Needs node and npm; without node it is skipped, with CI=true it fails.
"""
import argparse
import base64
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from harness import Client, Delivery, Serve, Tally, find_binary, install_node, tail

HERE = Path(__file__).resolve().parent
SECRETS = {"github": "GITHUB_SECRET", "stripe": "STRIPE_SECRET", "standard-webhooks": "STANDARD_SECRET", "svix": "SVIX_SECRET",
           "line": "LINE_SECRET", "razorpay": "RAZORPAY_SECRET", "slack": "SLACK_SECRET", "mux": "MUX_SECRET",
           "paddle": "PADDLE_SECRET", "workos": "WORKOS_SECRET", "twilio": "TWILIO_SECRET"}
# Of these the script that signs has the private key, and says the public one.
KEYS = {"discord": "DISCORD_KEY", "telnyx": "TELNYX_KEY", "sendgrid": "SENDGRID_KEY"}
PROVIDERS = SECRETS | KEYS
URL = "https://hooks.example.com"
CONFIG = f'public_url = "{URL}"\n\n' + "".join(f"""\
[source.{provider}]
provider = "{provider}"
secret = "env://{secret}"
dedupe = "off"

""" for provider, secret in PROVIDERS.items()) + """\
[destination.nowhere]
kind = "discard"
dangerously_discard = true

[[route]]
to = ["nowhere"]
"""
VERDICTS = {200: True, 401: False}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binary is (default: target/release, then target/debug)")
    args.add_argument("--seed", type=int, default=random.getrandbits(32), help="default: a new one")
    args.add_argument("--requests", type=int, default=500, help="per provider (default: %(default)s)")
    args = args.parse_args()
    tally = Tally()
    if not (shutil.which("node") and shutil.which("npm")):
        tally.skip("the providers' own verifiers (node is not installed)")
        return tally.finish()
    binary = find_binary("doorbell", args.bin_dir)
    print(f"seed {args.seed}, {args.requests} requests per provider\n", flush=True)
    chosen = random.Random(args.seed)
    keys = {name: "whsec_" + base64.b64encode(chosen.randbytes(24)).decode() for name in SECRETS.values()}
    node = install_node(HERE / "differential", "differential", ["verdicts.mjs"])
    requests, alike = Counter(), Counter()
    with tempfile.TemporaryDirectory(prefix="doorbell-differential-") as temp:
        out = Path(temp) / "verdicts.jsonl"
        subprocess.run(["node", str(node / "verdicts.mjs"), str(args.seed), str(args.requests), str(out)],
                       check=True, env=os.environ | keys | {"TWILIO_URL": f"{URL}/twilio"})
        keys |= json.loads(Path(f"{out}.keys").read_text())
        with Serve(binary, temp, config=CONFIG, **keys) as server, contextlib.closing(Client(server.port)) as client:
            for case in map(json.loads, out.read_bytes().splitlines()):
                cell = case["kind"], case["provider"]
                requests[cell] += 1
                alike[cell] += judge(case, client, tally)
            if (code := server.process.poll()) is not None:
                print(f"doorbell serve ended with {code}:\n{tail(Path(temp) / 'serve.log')}")
    table(requests, alike)
    for provider in PROVIDERS:
        made = sum(n for cell, n in requests.items() if cell[1] == provider)
        tally.check(made == args.requests, "input", f"{provider}: {made} requests instead of {args.requests}")
    return tally.finish()


def judge(case, client, tally):
    """Whether the verdicts agree."""
    what = f"{case['provider']} request {case['n']} ({case['kind']})"
    body = base64.b64decode(case["body_base64"])
    tally.check(case["accepted"] == (case["kind"] == "genuine"), f"{case['provider']} verifier",
                f"{what}: accepted is {case['accepted']} {case['why']}")
    delivery = Delivery(case["n"], case["kind"], "", tuple((k, v) for k, v in case["headers"]), body)
    try:
        query = f"?{case['query']}" if "query" in case else ""
        status = client.post(delivery, f"/{case['provider']}{query}").status
    except OSError as e:
        status = e
        client.close()
    return tally.check(
        VERDICTS.get(status) == case["accepted"], f"{case['provider']} {case['kind']}",
        lambda: f"{what}: the provider {'accepts' if case['accepted'] else 'refuses'} it ({case['why']}), Doorbell "
                f"answers {status}\n  {case['headers']}\n  {body[:300]}")


def table(requests, alike):
    """A line for each provider: genuine and spoiled requests that were judged alike, of how many; and the ways to spoil."""
    print(f"{'':<20}{'genuine':>16}{'spoiled':>16}{'ways':>8}")
    for provider in PROVIDERS:
        cells = [(kind, n) for (kind, p), n in requests.items() if p == provider]
        same = {kind: alike[kind, provider] for kind, _ in cells}
        spoiled = sum(same.values()) - same.get("genuine", 0), sum(n for kind, n in cells if kind != "genuine")
        genuine = same.get("genuine", 0), dict(cells).get("genuine", 0)
        print(f"{provider:<20}{'{} of {}'.format(*genuine):>16}{'{} of {}'.format(*spoiled):>16}{len(cells) - 1:>8}")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
