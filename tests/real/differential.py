#!/usr/bin/env python3
"""The providers' own verifiers against Doorbell: GitHub, Stripe and Standard Webhooks, as published on npm.

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
SECRETS = {"github": "GITHUB_SECRET", "stripe": "STRIPE_SECRET", "standard-webhooks": "STANDARD_SECRET"}
CONFIG = "".join(f"""\
[source.{provider}]
provider = "{provider}"
secret = "env://{secret}"
dedupe = "off"

""" for provider, secret in SECRETS.items()) + """\
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
                       check=True, env=os.environ | keys)
        with Serve(binary, temp, config=CONFIG, **keys) as server, contextlib.closing(Client(server.port)) as client:
            for case in map(json.loads, out.read_bytes().splitlines()):
                cell = case["kind"], case["provider"]
                requests[cell] += 1
                alike[cell] += judge(case, client, tally)
            if (code := server.process.poll()) is not None:
                print(f"doorbell serve ended with {code}:\n{tail(Path(temp) / 'serve.log')}")
    table(requests, alike)
    for provider in SECRETS:
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
        status = client.post(delivery, "/" + case["provider"]).status
    except OSError as e:
        status = e
        client.close()
    return tally.check(
        VERDICTS.get(status) == case["accepted"], f"{case['provider']} {case['kind']}",
        lambda: f"{what}: the provider {'accepts' if case['accepted'] else 'refuses'} it ({case['why']}), Doorbell "
                f"answers {status}\n  {case['headers']}\n  {body[:300]}")


def table(requests, alike):
    print(f"{'':<24}" + "".join(f"{p:>20}" for p in SECRETS))
    for kind in sorted({kind for kind, _ in requests}, key=lambda k: (k != "genuine", k)):
        cells = ((alike[kind, p], requests[kind, p]) for p in SECRETS)
        print(f"{kind:<24}" + "".join(f"{f'{a} of {n}' if n else '-':>20}" for a, n in cells))
    sums = ((sum(n for (_, q), n in c.items() if q == p) for c in (alike, requests)) for p in SECRETS)
    print(f"{'all':<24}" + "".join(f"{'{} of {}'.format(*s):>20}" for s in sums) + "\n")


if __name__ == "__main__":
    sys.exit(main())
