#!/usr/bin/env python3
"""Doorbell's function against the least that could do its work: tests/benches/bare_lambda.rs, `lambda_http` and one HMAC.

A real GitHub delivery of 7 kB as the event of a Function URL, one at a time, from a stand-in of the Runtime API; dedupe off,
the log on. Three functions by turns on a processor of their own: the bare one, Doorbell that discards, and Doorbell with a
client of AWS's, which hands off to a stand-in of SQS. Proves:

    start         from exec to the first answer with the client of AWS's at most 1.6 times the bare one's, and 8 ms: the
                  minimum of 15 starts each
    CPU           at most 1.25 times the bare one's for an invocation that discards: the median of the ratios of 7 rounds
    idle memory   less than 20 MB resident after the first answer, the client of AWS's among it
"""
import argparse
import json
import os
import re
import select
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from program import bench, github_delivery, harness
from events import event

ROUNDS, STARTS, WARM = 7, 15, 200
START_RATIO, START_MS, CPU_RATIO, IDLE_MB = 1.6, 8, 1.25, 20
SECRET = "a secret of the bench"
SOURCE = """\
[source.github]
provider = "github"
secret = "env://SECRET"
dedupe = "off"
[[route]]
to = ["there"]
[destination.there]
"""
DISCARD = 'kind = "discard"\ndangerously_discard = true\n'
QUEUE = 'kind = "sqs"\nqueue_url = "http://127.0.0.1:{port}/123456789012/deliveries"\n'


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where doorbell-lambda is (default: target/release)")
    args.add_argument("--invocations", type=int, default=3000, help="of each function in each round (default: %(default)s)")
    args = args.parse_args()
    tally = harness.Tally()
    doorbell, bare = harness.find_binary("doorbell-lambda", args.bin_dir), bench("bare_lambda")
    headers, body = github_delivery(SECRET)
    delivery = harness.Delivery(0, "push", dict(headers)["X-GitHub-Delivery"], tuple(headers), body)
    genuine = json.dumps(event("url", delivery)).encode()
    forged = json.dumps(event("url", delivery.tampered())).encode()
    cpus = sorted(os.sched_getaffinity(0))
    function_cpu = cpus[0] if len(cpus) > 1 else None
    if function_cpu is not None:
        os.sched_setaffinity(0, {cpus[1]})
    queue = answering_queue()
    ours = {"SECRET": SECRET, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{queue}"}
    functions = {
        "bare": (bare, {"WEBHOOK_SECRET": SECRET}),
        "discard": (doorbell, ours | {"DOORBELL_CONFIG_TOML": SOURCE + DISCARD}),
        "sqs": (doorbell, ours | {"DOORBELL_CONFIG_TOML": SOURCE + QUEUE.format(port=queue)}),
    }
    for name, (program, variables) in functions.items():
        with Function(program, variables, function_cpu) as function:
            tally.check(function.invoke(genuine) == 200, f"{name}: genuine", "refused")
            tally.check(function.invoke(forged) == 401, f"{name}: forged", "taken")
    starts, idle = {name: [] for name in functions}, {}
    for _ in range(STARTS):
        for name, (program, variables) in functions.items():
            with Function(program, variables, function_cpu) as function:
                function.invoke(genuine)
                starts[name].append((time.perf_counter() - function.began) * 1000)
                idle[name] = function.rss()
    cpu = {name: [] for name in functions}
    for _ in range(ROUNDS):
        for name, (program, variables) in functions.items():
            with Function(program, variables, function_cpu) as function:
                wrong = sum(function.invoke(genuine) != 200 for _ in range(WARM))
                before = function.cpu_us()
                wrong += sum(function.invoke(genuine) != 200 for _ in range(args.invocations))
                cpu[name].append((function.cpu_us() - before) / args.invocations)
                tally.check(wrong == 0, f"{name}: under load", f"{wrong} were refused")
    report({name: min(took) for name, took in starts.items()}, cpu, idle, tally)
    return tally.finish()


class Function:
    """A function under a Runtime API that costs little, so that what is measured is the function."""

    def __init__(self, program, variables, cpu):
        self._listener = socket.create_server(("127.0.0.1", 0))
        api = f"127.0.0.1:{self._listener.getsockname()[1]}"
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(program)], preexec_fn=pin, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=harness.environment(**variables, AWS_LAMBDA_RUNTIME_API=api, AWS_LAMBDA_FUNCTION_NAME="bench",
                                    AWS_LAMBDA_FUNCTION_VERSION="1", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="256",
                                    AWS_LAMBDA_LOG_GROUP_NAME="g", AWS_LAMBDA_LOG_STREAM_NAME="s", AWS_REGION="us-east-1"))
        self._listener.settimeout(20)
        self._connections, self._invocations = [], 0
        self._waiting = self._until("/invocation/next")[0]

    def invoke(self, event):
        """The status of the answer to one event."""
        self._invocations += 1
        deadline = int((time.time() + 15) * 1000)
        self._waiting.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(event)}\r\n"
            f"Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{self._invocations:012}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\nLambda-Runtime-Trace-Id: Root=1-0-0;Sampled=0\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\r\n".encode() + event)
        connection, answer = self._until("/response")
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self._waiting = self._until("/invocation/next")[0]
        return json.loads(answer)["statusCode"]

    def _until(self, end):
        """The next request, which must be for a path with that end; whatever connection it comes on."""
        while True:
            ready, _, _ = select.select([self._listener, *self._connections], [], [], 20)
            if not ready:
                raise RuntimeError(f"the function is silent (exit code {self.process.poll()})")
            for one in ready:
                if one is self._listener:
                    self._connections.append(self._listener.accept()[0])
                    continue
                head, body = request(one)
                if head is None:
                    self._connections.remove(one)
                    continue
                path = head.split(b" ", 2)[1].decode()
                if not path.endswith(end):
                    raise RuntimeError(f"{path} where {end} was due: {body[:300]}")
                return one, body

    def cpu_us(self):
        """What it took of the processor so far, all threads, from the scheduler (docs.kernel.org/scheduler/sched-stats.html)."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(stat.read_text().split()[0]) for stat in threads) / 1000

    def rss(self):
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for one in [self._listener, *self._connections]:
            one.close()


def request(connection):
    """One request with its body, counted or in chunks; (None, b"") where the peer is gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(1 << 16)
        if not more:
            return None, b""
        received += more
    head, body = received.split(b"\r\n\r\n", 1)
    if length := re.search(rb"(?i)\r\ncontent-length: *(\d+)", head):
        while len(body) < int(length[1]):
            body += connection.recv(1 << 16)
    elif b"chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(1 << 16)
        whole = b""
        while (size := int(body.split(b"\r\n", 1)[0], 16)):
            rest = body.split(b"\r\n", 1)[1]
            whole, body = whole + rest[:size], rest[size + 2:]
        body = whole
    return head, body


def answering_queue():
    """The port of a queue that says yes to everything at once."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        while request(connection)[0] is not None:
            answer = b'{"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274","Attributes":{}}'
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                               b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def report(start, cpu, idle, tally):
    print(f"{'':<10}{'first answer, ms':>18}{'CPU us/invocation (min..max)':>34}{'idle, MB':>10}")
    for name in start:
        spent = f"{statistics.median(cpu[name]):.0f} ({min(cpu[name]):.0f}..{max(cpu[name]):.0f})"
        print(f"{name:<10}{start[name]:>18.2f}{spent:>34}{idle[name]:>10.1f}")

    def judge(what, ok, figure):
        if tally.check(ok, what, figure):
            print(f"PASS {what}: {figure}")

    allowed = START_RATIO * start["bare"] + START_MS
    judge("start", start["sqs"] <= allowed, f"{start['sqs']:.2f} ms, at most {allowed:.2f} ms")
    ratio = {name: statistics.median(a / b for a, b in zip(cpu[name], cpu["bare"])) for name in ("discard", "sqs")}
    judge("CPU", ratio["discard"] <= CPU_RATIO, f"x {ratio['discard']:.2f}, at most x {CPU_RATIO}")
    print(f"     with a signed call to the queue x {ratio['sqs']:.2f}")
    judge("idle memory", idle["sqs"] < IDLE_MB, f"{idle['sqs']:.1f} MB, less than {IDLE_MB} MB")


if __name__ == "__main__":
    sys.exit(main())
