#!/usr/bin/env python3
"""Steady load for a while: nothing grows that should not, and nobody is turned away.

`doorbell-cloud-run` with a journal and dedupe in memory, as it would run in production; every delivery comes twice. Proves:

    answers   every one of them is a 2xx
    once      the journal holds every delivery, once
    memory    resident at the end at most twice what it was after 10 s. What is remembered for dedupe is counted in; it
              grows with the deliveries up to 100,000 records, so a longer soak wants a lower rate
"""
import argparse
import json
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter

from program import Server, harness

CLIENTS, WARM_SECONDS, GROWTH = 8, 10, 2
SECRET = "a secret of the bench"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where doorbell-cloud-run is (default: target/release, then target/debug)")
    args.add_argument("--seconds", type=int, default=60, help="more than %s (default: %%(default)s)" % WARM_SECONDS)
    args.add_argument("--rate", type=int, default=200, help="requests a second (default: %(default)s)")
    args = args.parse_args()
    tally = harness.Tally()
    binary = harness.find_binary("doorbell-cloud-run", args.bin_dir)
    with tempfile.TemporaryDirectory(prefix="doorbell-soak-") as folder:
        config = harness.write_config(folder)
        with Server([binary], DOORBELL_CONFIG=str(config), DOORBELL_SECRET=SECRET).wait() as server:
            load = Load(server.port, args.seconds, args.rate)
            time.sleep(WARM_SECONDS)
            early = server.rss()
            load.join()
            late = server.rss()
            answers, sent = load.answers, load.sent
        records, torn = harness.read_journal(folder)
    print(f"{sum(answers.values())} answers in {args.seconds} s: {dict(answers)}; "
          f"{early:.1f} MB after {WARM_SECONDS} s, {late:.1f} MB at the end; {len(records)} records")
    tally.check(set(answers) == {200}, "answers", f"not all 2xx: {dict(answers)}")
    tally.check(sum(answers.values()) >= args.seconds * args.rate * 0.9, "load", "it fell behind its rate: not a steady load")
    kept = Counter(record.get("id") for record in records)
    tally.check(kept == Counter(sent) and not torn, "once", f"{len(sent)} deliveries, {len(records)} records, {len(torn)} torn")
    tally.check(late <= GROWTH * early, "memory", f"{early:.1f} MB after {WARM_SECONDS} s, {late:.1f} MB at the end")
    return tally.finish()


class Load:
    """Clients that post each delivery twice, in time with the rate."""

    def __init__(self, port, seconds, rate):
        self.answers, self.sent, self.lock = Counter(), [], threading.Lock()
        self.end = time.monotonic() + seconds
        self.pause = 2 * CLIENTS / rate
        self.threads = [threading.Thread(target=self.post, args=(harness.Client(port), n)) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def post(self, client, number):
        due = time.monotonic() + self.pause * number / CLIENTS
        while due < self.end:
            time.sleep(max(0, due - time.monotonic()))
            due += self.pause
            id = str(uuid.uuid4())
            body = json.dumps({"id": id, "padding": "x" * 2000}).encode()
            for _ in range(2):
                try:
                    status = client.post(harness.sign_delivery(0, id, body, SECRET)).status
                except OSError as error:
                    status = type(error).__name__
                with self.lock:
                    self.answers[status] += 1
            self.sent.append(id)
        client.close()

    def join(self):
        for thread in self.threads:
            thread.join()


if __name__ == "__main__":
    sys.exit(main())
