#!/usr/bin/env python3
"""A 200 means that the delivery is on the disk: what `kill -9` and the system calls say about it.

    crash.py             Three times: a stream of signed deliveries from several clients, kill -9 at a random moment, restart
                         on the same journal. Proves that every delivery answered 200 is in the journal, whole; a torn
                         line may only be one that nobody was told of. What kill -9 cannot lose is what the kernel has
                         been given, so this proves the order of write and answer, not the flush to the disk.
    crash.py --strace    The server under strace. Proves for every `HTTP/1.1 200` written to a socket that an fdatasync (or
                         fsync) of the journal ended before it which began after that delivery's record was written.
                         One delivery after the other, then 16 at a time. Needs strace; without it skipped, with CI=true
                         it fails.
"""
import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness import Client, Serve, Tally, find_binary, read_journal, record_body, sign_delivery

KILLS, CLIENTS = 3, 8
ALONE, TOGETHER, EACH = 100, 16, 25
WRITES = ("write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg")
SYNCS = ("fdatasync", "fsync")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args.add_argument("--strace", action="store_true", help="check the order of system calls instead of killing")
    args.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the kill moments and body sizes")
    args.add_argument("--keep", metavar="FILE", help="keep the trace here")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    if args.strace and not have_strace():
        tally.skip("system call order (strace is not installed or may not trace)")
        return tally.finish()
    with tempfile.TemporaryDirectory(prefix="doorbell-crash-") as folder:
        if args.strace:
            trace_order(binary, Path(folder).resolve(), tally, args.keep)
        else:
            print(f"seed {args.seed}")
            kill_thrice(binary, Path(folder), random.Random(args.seed), tally)
    return tally.finish()


class Stream:
    """Clients that post fresh deliveries until told to stop or cut off, and remember what they were told."""

    def __init__(self, server, secret, clients, rng, each=None, sizes=(100, 3000)):
        self.secret, self.each, self.sizes = secret, each, sizes
        self.sent, self.replies, self.cut_off, self.stopped = {}, {}, 0, False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._post, args=(Client(server.port), random.Random(rng.random())))
                        for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _post(self, client, rng):
        count = 0
        while not self.stopped and count != self.each:
            count += 1
            id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            # Now and then a body that needs more than one page, so that a write can be torn.
            size = 30_000 if self.each is None and rng.random() < 0.02 else rng.randint(*self.sizes)
            body = json.dumps({"id": id, "padding": "x" * size}).encode()
            with self.lock:
                self.sent[id] = body
            try:
                reply = client.post(sign_delivery(count, id, body, self.secret))
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.cut_off += 1
                break
            with self.lock:
                self.replies[id] = reply
        client.close()

    def join(self):
        for thread in self.threads:
            thread.join()

    def accepted(self):
        return {id: reply for id, reply in self.replies.items() if reply.status == 200}


def kill_thrice(binary, folder, rng, tally):
    secret = os.urandom(32).hex()
    sent, accepted = {}, set()
    for kill in range(1, KILLS + 1):
        server = Serve(binary, folder, secret)
        stream = Stream(server, secret, CLIENTS, rng)
        time.sleep(rng.uniform(0.2, 1.2))
        server.stop(signal.SIGKILL)
        stream.stopped = True
        stream.join()
        told = stream.accepted()
        print(f"kill {kill}: {len(stream.sent)} sent, {len(told)} answered 200, {stream.cut_off} cut off")
        tally.check(told and stream.cut_off, "mid-stream", f"kill {kill} did not come in mid-stream; it proves nothing")
        others = Counter(r.status for r in stream.replies.values() if r.status != 200)
        tally.check(not others, "answers", f"kill {kill}: other answers than 200: {dict(others)}")
        sent |= stream.sent
        accepted |= told.keys()
    with Serve(binary, folder, secret) as server:
        stream = Stream(server, secret, 1, rng, each=1)
        stream.join()
        sent |= stream.sent
        accepted |= stream.accepted().keys()
        tally.check(stream.accepted(), "restart", "the delivery after the last restart was not answered 200")

    records, torn = read_journal(folder)
    lines = Counter(r.get("id") for r in records)
    print(f"journal: {len(records)} records, {len(torn)} torn lines, {len(records) - len(lines)} repeated")
    tally.check(len(torn) <= KILLS, "torn", f"{len(torn)} torn lines after {KILLS} kills: each may leave one")
    for id in accepted:
        tally.check(lines[id] >= 1, "lost", f"{id} was answered 200 and is not in the journal")
    for record in records:
        id = record.get("id")
        tally.check(id in sent and record_body(record) == sent[id], "body", f"the record of {id} is not what was sent")


@dataclass
class Call:
    """A system call: the trace lines on which it began and ended, what it was about, what it returned."""
    name: str
    path: str
    text: str
    start: int
    end: int | None = None
    result: int | None = None


def trace_order(binary, folder, tally, keep):
    secret, rng, trace = os.urandom(32).hex(), random.Random(1), folder / "trace"
    # -y names the file behind each descriptor; -s shows the records of a whole group commit.
    tracer = ("strace", "-f", "-y", "-tt", "-s", "65536", "-e", "signal=none", "-e", f"trace={','.join(WRITES + SYNCS)}", "-o", str(trace), "--")
    phases = {}
    with Serve(binary, folder, secret, tracer) as server:
        for name, clients, each in (("one at a time", 1, ALONE), (f"{TOGETHER} at a time", TOGETHER, EACH)):
            stream = phases[name] = Stream(server, secret, clients, rng, each, sizes=(20, 200))
            stream.join()
    if keep:
        shutil.copyfile(trace, keep)

    calls = list(parse(trace.read_text(errors="replace").splitlines()))
    journal = str(folder / "events.jsonl")
    written, begun, syncs = {}, [], []
    for call in calls:
        if call.path != journal or call.end is None:
            continue
        if call.name in SYNCS and call.result == 0:
            syncs.append(call)
        elif call.name in WRITES and call.result == asked(call):
            begun += re.findall(r'\\"doorbellid\\":\s*\\"([^"\\]+)\\"', call.text)
            if '\\n"' in call.text:  # A record is written when its line is.
                written |= dict.fromkeys(begun, call)
                begun = []
    answered = {}
    for call in calls:
        if call.path != journal and call.name in WRITES and '"HTTP/1.1 200' in call.text:
            id = re.search(r"x-doorbell-id: *([^\\]+)\\r", call.text, re.IGNORECASE)
            answered[id[1] if id else f"(line {call.start + 1})"] = call
    owner = {r.get("doorbellid"): r.get("id") for r in read_journal(folder)[0]}

    total = 0
    for name, stream in phases.items():
        told = stream.accepted()
        tally.check(len(told) == len(stream.sent), name, f"{len(told)} of {len(stream.sent)} answered 200, {stream.cut_off} cut off")
        total += len(told)
        for delivery, reply in told.items():
            tally.check(owner.get(reply.id) == delivery, f"{name}: id", f"X-Doorbell-Id {reply.id} is not that of the record of {delivery}")
            tally.check(reply.id in answered, f"{name}: trace", f"the reply {reply.id} is not in the trace")
        ids = {r.id for r in told.values()}
        print(f"{name}: {len(told)} answered 200, {len({written[i].start for i in ids if i in written})} journal writes")
    for id, call in answered.items():
        record = written.get(id)
        if tally.check(record, "write", f"line {call.start + 1}: 200 for {id}, but no whole write of its record is in the trace"):
            safe = any(s.start > record.end and s.end < call.start for s in syncs)
            tally.check(safe, "order", f"line {call.start + 1}: 200 for {id}, whose record (line {record.end + 1}) no fdatasync had covered")
    tally.check(len(answered) == total, "replies", f"{len(answered)} replies in the trace, {total} at the clients")
    print(f"{len(answered)} replies checked against {len(written)} records and {len(syncs)} syncs")


def parse(lines):
    """The calls of a trace. The order of its lines is the order in which strace stopped the threads: what one thread did
    before it let another go on stands before what the other did then. A call that other threads' lines interrupt is cut
    in two: `name(... <unfinished ...>` where it began, `<... name resumed>` where it ended."""
    unfinished = {}
    for at, line in enumerate(lines):
        head = re.match(r"(\d+) +[\d:.]+ (.*)", line)
        if not head:
            continue
        thread, text = head.groups()
        if re.match(r"<\.\.\. \w+ resumed>", text):
            call = unfinished.pop(thread, None)
            if call is None:
                continue
        else:
            begun = re.match(r"(\w+)\(\d+<(.*?)>(?=[,) ])", text)
            if not begun:
                continue
            call = Call(begun[1], begun[2], text, at)
            yield call
            if text.endswith("<unfinished ...>"):
                call.text = text.removesuffix("<unfinished ...>")
                unfinished[thread] = call
                continue
        result = re.search(r"\) += (-?\d+)[^)]*(\(.*\))?$", text)
        call.end, call.result = at, int(result[1]) if result else None


def asked(call):
    """How many bytes the call was to write."""
    if lengths := re.findall(r"iov_len=(\d+)", call.text):
        return sum(map(int, lengths))
    length = re.search(r'"(?:\.\.\.)?, (\d+)[^"]*$', call.text)
    return int(length[1]) if length else None


def have_strace():
    if shutil.which("strace") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "strace"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return shutil.which("strace") and subprocess.run(["strace", "-o", os.devnull, "true"], stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
