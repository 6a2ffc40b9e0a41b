#!/usr/bin/env python3
"""Real input: every example delivery that GitHub publishes, signed by GitHub's own library, through every front door.

Per door (HTTP by `doorbell serve`; Function URL, HTTP API, REST API and ALB events by `doorbell-lambda`) and delivery it proves:

    accepted   the signed delivery is answered 200
    body       its journal line holds exactly the bytes that were sent
    type, id   its CloudEvents attributes are GitHub's event name and delivery id
    tampered   one byte of the body changed: 401, and nothing in the journal
    unsigned   the signature removed: 401, and nothing in the journal
    twice      sent again under the same delivery id: 200, and still one line
    anew       the same body under a new delivery id: 200, and a line of its own
    reply      all five answers equal those of the first door: status, body, headers (but for the X-Doorbell-Id and
               what the server in front makes: Date, Connection, length and framing)

On the Lambda doors the body travels as text and as base64 by turns, a twin never as its elder did. The refusals go first,
under the very id that must be accepted afterwards: a refused delivery may not claim it.

Needs node and npm, for GitHub's libraries; without node it is skipped, with CI=true it fails.
"""
import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import events
from harness import (Client, Serve, Tally, environment, find_binary, install_node, read_deliveries, read_journal,
                     record_body, tail, write_config)
from runtime_api import Error, RuntimeApi

HERE = Path(__file__).resolve().parent
DOORS = ("http",) + events.DOORS
SENT = {"tampered": 401, "unsigned": 401, "accepted": 200, "twice": 200, "anew": 200}
COLUMNS = ("accepted", "body", "type", "id", "tampered", "unsigned", "twice", "anew", "reply")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args.add_argument("--doors", default=",".join(DOORS), help="some of %(default)s")
    args = args.parse_args()
    doors, tally = args.doors.split(","), Tally()
    if unknown := set(doors) - set(DOORS):
        sys.exit(f"no such door: {', '.join(sorted(unknown))}; there are {', '.join(DOORS)}")
    if not (shutil.which("node") and shutil.which("npm")):
        tally.skip("real input (node is not installed)")
        return tally.finish()
    binaries = {"http": find_binary("doorbell", args.bin_dir)} if "http" in doors else {}
    if set(doors) - {"http"}:
        binaries["lambda"] = find_binary("doorbell-lambda", args.bin_dir)
    secret = os.environ.get("DOORBELL_SECRET") or os.urandom(32).hex()
    with tempfile.TemporaryDirectory(prefix="doorbell-real-") as temp:
        deliveries = signed_examples(Path(temp), secret)
        print(f"{len(deliveries)} deliveries of {len({d.event for d in deliveries})} events, {len(SENT)} requests each, {len(doors)} doors\n")
        tally.check(len(deliveries) > 300, "input", f"only {len(deliveries)} examples: is the package whole?")
        print(f"{'door':<8}" + "".join(f"{c:>10}" for c in COLUMNS), flush=True)
        first = None
        for door in doors:
            folder = Path(temp) / door
            folder.mkdir()
            replies = exchange(door, deliveries, folder, secret, binaries, tally)
            first = first or replies
            counts = judge(door, deliveries, replies, first, folder, tally)
            print(f"{door:<8}" + "".join(f"{counts[c]:>10}" for c in COLUMNS), flush=True)
    print()
    return tally.finish()


def signed_examples(temp, secret):
    """Has node sign all examples."""
    here = install_node(HERE, "real", ["sign.mjs"])
    out = temp / "deliveries.jsonl"
    subprocess.run(["node", str(here / "sign.mjs"), str(out)], check=True, stderr=subprocess.DEVNULL,
                   env=os.environ | {"DOORBELL_SECRET": secret})
    return list(read_deliveries(out))


def new_id(delivery):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, delivery.delivery))


def requests(deliveries):
    for d in deliveries:
        yield from (d.tampered(), d.unsigned(), d, d, d.renamed(new_id(d)))


def exchange(door, deliveries, folder, secret, binaries, tally):
    """The replies of one fresh process to all requests, in order; None for those it no longer answered."""
    replies = []
    try:
        send = over_http if door == "http" else over_lambda
        with contextlib.closing(send(door, deliveries, folder, secret, binaries)) as answers:
            for reply in answers:
                replies.append(reply)
    except (RuntimeError, OSError, ValueError) as e:
        tally.check(False, door, f"after {len(replies)} requests: {e}\n{tail(folder / 'serve.log')}")
    return replies + [None] * (len(SENT) * len(deliveries) - len(replies))


def over_http(_door, deliveries, folder, secret, binaries):
    with Serve(binaries["http"], folder, secret) as server, contextlib.closing(Client(server.port)) as client:
        for request in requests(deliveries):
            yield client.post(request)


def over_lambda(door, deliveries, folder, secret, binaries):
    env = environment(DOORBELL_SECRET=secret, DOORBELL_CONFIG=str(write_config(folder)))
    made = (events.event(door, r, as_base64=i % 2 == 1) for i, r in enumerate(requests(deliveries)))
    with RuntimeApi([binaries["lambda"]], env) as runtime:
        for _, answer in runtime.run(made):
            if isinstance(answer, Error):
                raise RuntimeError(f"{answer.type}: {answer.message}\n{runtime.log()}")
            yield events.reply(door, answer)


def judge(door, deliveries, replies, first, folder, tally):
    """Checks replies and journal; returns how many deliveries passed in each column."""
    records, torn = read_journal(folder)
    by_id = defaultdict(list)
    for record in records:
        by_id[record.get("id")].append(record)
    counts = Counter()

    def check(column, delivery, ok, what):
        counts[column] += tally.check(ok, f"{door} {column}", lambda: f"delivery {delivery.n} ({delivery.event}): {what}")

    for i, d in enumerate(deliveries):
        part = slice(i * len(SENT), (i + 1) * len(SENT))
        answers = dict(zip(SENT, replies[part]))
        status = {kind: r and r.status for kind, r in answers.items()}
        elder, younger = by_id[d.delivery], by_id[new_id(d)]
        lines = f"{len(elder)} and {len(younger)} lines under its two ids"
        right = {kind: status[kind] == SENT[kind] for kind in SENT}
        both = elder + younger

        check("accepted", d, right["accepted"], f"answered {status['accepted']}")
        check("body", d, both and all(record_body(r) == d.body for r in both), f"the journal's bytes differ, or none; {lines}")
        check("type", d, both and all(r.get("type") == d.event for r in both), f"type {[r.get('type') for r in both]}; {lines}")
        check("id", d, both and all(r.get("specversion") == "1.0" for r in both), f"no CloudEvent 1.0 under its ids; {lines}")
        check("tampered", d, right["tampered"] and len(elder) <= 1, f"answered {status['tampered']}; {lines}")
        check("unsigned", d, right["unsigned"] and len(elder) <= 1, f"answered {status['unsigned']}; {lines}")
        check("twice", d, right["twice"] and len(elder) == 1, f"answered {status['twice']}; {lines}")
        check("anew", d, right["anew"] and len(younger) == 1, f"answered {status['anew']}; {lines}")
        odd = [(a, b) for a, b in zip(replies[part], first[part]) if not (a and b and a.same(b))]
        check("reply", d, not odd, f"here, there: {odd[:1]}")

    tally.check(len(records) == 2 * len(deliveries) and not torn, f"{door} journal",
                f"{len(records)} lines and {len(torn)} torn ones for {len(deliveries)} deliveries under two ids each")
    return counts


if __name__ == "__main__":
    sys.exit(main())
