#!/usr/bin/env python3
"""The providers' own verifiers against Doorbell: of fourteen providers as published on npm, of 31 others as on PyPI.

differential/verdicts.mjs (npm) and differential/verdicts.py (PyPI) make random requests, leave each genuine or spoil it in one
way, and ask the provider's verifier. Here each goes to a running `doorbell serve`, and both must say the same: 200 is accepted,
401 is refused. What both may rightly see differently is not generated; verdicts.mjs and vendors.py name it.

A cell of the table is a count of requests that were judged alike. Besides, every genuine request must be accepted and
every spoiled one refused by the provider's verifier: two that refuse everything would agree as well.

A failure is made again with --seed. Without node and npm, or without PyPI, that half is skipped; with CI=true it fails.
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

from harness import Client, Delivery, Serve, Tally, find_binary, install_node, install_python, tail

HERE = Path(__file__).resolve().parent
URL = "https://hooks.example.com"
SECRETS = {"github": "GITHUB_SECRET", "stripe": "STRIPE_SECRET", "standard-webhooks": "STANDARD_SECRET", "svix": "SVIX_SECRET",
           "line": "LINE_SECRET", "razorpay": "RAZORPAY_SECRET", "slack": "SLACK_SECRET", "mux": "MUX_SECRET",
           "paddle": "PADDLE_SECRET", "workos": "WORKOS_SECRET", "twilio": "TWILIO_SECRET"}
# Of these the script that signs has the private key, and says the public one.
KEYS = {"discord": "DISCORD_KEY", "telnyx": "TELNYX_KEY", "sendgrid": "SENDGRID_KEY"}
DESTINATION = """\
[destination.nowhere]
kind = "discard"
dangerously_discard = true

[[route]]
to = ["nowhere"]
"""
VERDICTS = {200: True, 401: False}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("registry", nargs="?", choices=REGISTRIES, help="default: both")
    args.add_argument("--bin-dir", help="where the binary is (default: target/release, then target/debug)")
    args.add_argument("--seed", type=int, default=random.getrandbits(32), help="default: a new one")
    args.add_argument("--requests", type=int, default=500, help="per provider (default: %(default)s)")
    args.add_argument("--install", action="store_true", help="only installs what comes from PyPI; ends with 69 if that cannot be")
    args = args.parse_args()
    if args.install:
        return 0 if verdicts_python() else 69
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    print(f"seed {args.seed}, {args.requests} requests per provider\n", flush=True)
    for registry in [args.registry] if args.registry else REGISTRIES:
        with REGISTRIES[registry](args.seed, args.requests, tally) as made:
            if made is not None:
                compare(binary, args.requests, *made, tally)
    return tally.finish()


@contextlib.contextmanager
def npm(seed, count, tally):
    """Sources as a config has them, their secrets by the names of their variables, and the cases; None if that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        tally.skip("the providers' own verifiers from npm (node is not installed)")
        yield None
        return
    chosen = random.Random(seed)
    keys = {name: "whsec_" + base64.b64encode(chosen.randbytes(24)).decode() for name in SECRETS.values()}
    node = install_node(HERE / "differential", "differential", ["verdicts.mjs"])
    with tempfile.TemporaryDirectory(prefix="doorbell-differential-") as temp:
        out = Path(temp) / "verdicts.jsonl"
        subprocess.run(["node", str(node / "verdicts.mjs"), str(seed), str(count), str(out)],
                       check=True, env=os.environ | keys | {"TWILIO_URL": f"{URL}/twilio"})
        keys |= json.loads(Path(f"{out}.keys").read_text())
        sources = {name: {"provider": name, "secret": f"env://{variable}"} for name, variable in (SECRETS | KEYS).items()}
        with open(out, "rb") as cases:
            yield sources, keys, cases


@contextlib.contextmanager
def pypi(seed, count, tally):
    """The same. A case is judged as soon as it is made: some of these signatures are good for seconds."""
    python = verdicts_python()
    if python is None:
        tally.skip("the providers' own verifiers from PyPI (they cannot be installed)")
        yield None
        return
    command = [python, "-B", HERE / "differential/verdicts.py", str(seed), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        made = json.loads(process.stdout.readline())
        yield made["sources"], made["keys"], process.stdout
    tally.check(process.returncode == 0, "input", f"verdicts.py ended with {process.returncode}")


def verdicts_python():
    return install_python(HERE / "differential/requirements.txt", "differential-pypi")


REGISTRIES = {"npm": npm, "pypi": pypi}


def compare(binary, count, sources, keys, cases, tally):
    requests, alike = Counter(), Counter()
    with tempfile.TemporaryDirectory(prefix="doorbell-differential-") as temp:
        with Serve(binary, temp, config=config(sources), **keys) as server, contextlib.closing(Client(server.port)) as client:
            for case in map(json.loads, cases):
                cell = case["kind"], case["provider"]
                requests[cell] += 1
                alike[cell] += judge(case, client, tally)
            if (code := server.process.poll()) is not None:
                print(f"doorbell serve ended with {code}:\n{tail(Path(temp) / 'serve.log')}")
    table(sources, requests, alike)
    for source in sources:
        made = sum(n for cell, n in requests.items() if cell[1] == source)
        tally.check(made == count, "input", f"{source}: {made} requests instead of {count}")


def config(sources):
    """Texts and lists of texts are written alike in JSON and TOML."""
    lines = [f'public_url = "{URL}"\n']
    for name, keys in sources.items():
        lines += [f"[source.{name}]", *(f"{k} = {json.dumps(v)}" for k, v in keys.items()), 'dedupe = "off"\n']
    return "\n".join(lines) + "\n" + DESTINATION


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


def table(sources, requests, alike):
    """A line for each source: genuine and spoiled requests that were judged alike, of how many; and the ways to spoil."""
    print(f"{'':<20}{'genuine':>16}{'spoiled':>16}{'ways':>8}")
    for provider in sources:
        cells = [(kind, n) for (kind, p), n in requests.items() if p == provider]
        same = {kind: alike[kind, provider] for kind, _ in cells}
        spoiled = sum(same.values()) - same.get("genuine", 0), sum(n for kind, n in cells if kind != "genuine")
        genuine = same.get("genuine", 0), dict(cells).get("genuine", 0)
        print(f"{provider:<20}{'{} of {}'.format(*genuine):>16}{'{} of {}'.format(*spoiled):>16}{len(cells) - 1:>8}")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
