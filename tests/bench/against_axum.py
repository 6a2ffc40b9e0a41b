#!/usr/bin/env python3
"""Doorbell's HTTP door against the least that could do its work: tests/benches/bare_axum.rs, one HMAC and nothing else.

One GitHub source, a real delivery of 7 kB, dedupe off, everything discarded, the log on. Proves:

    CPU           at most 1.35 times the CPU seconds per 100,000 deliveries: the median of the ratios of 9 rounds, the two
                  servers by turns, each on a processor of its own beside the generator (wrk, 16 connections)
    cold start    from exec to the first answer at most 5 ms more: the minimum of 15 starts each; medians of so short
                  times say more about the machine than about the program
    idle memory   less than 12 MB resident, ready and not yet asked

Absolute figures depend on the machine and on who else uses it; the ratios of a round hardly do.
"""
import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from program import Server, bench, github_delivery, harness

ROUNDS, STARTS, CONNECTIONS = 9, 15, 16
CPU_RATIO, COLD_MS, IDLE_MB = 1.35, 5, 12
SECRET = "a secret of the bench"
CONFIG = """\
[source.github]
provider = "github"
secret = "env://SECRET"
dedupe = "off"

[destination.nowhere]
kind = "discard"
dangerously_discard = true

[[route]]
to = ["nowhere"]
"""
LOAD = """\
wrk.method = "POST"
wrk.body = io.open(os.getenv("BENCH_BODY"), "rb"):read("*a")
%s
function done(summary)
  local e = summary.errors
  io.write(string.format('{"requests": %%d, "errors": %%d}\\n', summary.requests, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where doorbell-cloud-run is (default: target/release)")
    args.add_argument("--seconds", type=float, default=3, help="of each server in each round (default: %(default)s)")
    args = args.parse_args()
    tally = harness.Tally()
    doorbell = [harness.find_binary("doorbell-cloud-run", args.bin_dir)]
    bare = [bench("bare_axum")]
    cpus = sorted(os.sched_getaffinity(0))
    server_cpu, load_cpu = (cpus[0], cpus[1]) if len(cpus) > 1 else (None, None)
    delivery = github_delivery(SECRET)
    with tempfile.TemporaryDirectory(prefix="doorbell-bench-") as folder:
        config = Path(folder) / "doorbell.toml"
        config.write_text(CONFIG)
        starts = {
            "doorbell": lambda: Server(doorbell, server_cpu, DOORBELL_CONFIG=str(config), SECRET=SECRET),
            "bare axum": lambda: Server(bare, server_cpu, WEBHOOK_SECRET=SECRET),
        }
        answers(starts, delivery, tally)
        cold = {name: min(first_answer(start, delivery) for _ in range(STARTS)) for name, start in starts.items()}
        idle = {name: idle_memory(start) for name, start in starts.items()}
        if have_wrk():
            cpu = rounds(starts, delivery, Path(folder), (args.seconds, load_cpu), tally)
        else:
            cpu = tally.skip("CPU per delivery (wrk is not installed)")
    report(cold, idle, cpu, tally)
    return tally.finish()


def answers(starts, delivery, tally):
    """Both verify: what they cost is compared only if they do the same."""
    headers, body = delivery
    for name, start in starts.items():
        with start().wait() as server:
            good, forged = post(server.port, headers, body), post(server.port, headers, body[:-1] + b" ")
        tally.check((good, forged) == (200, 401), "answers", f"{name} answers {good} and {forged}, not 200 and 401")


def post(port, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/github", body, dict(headers))
    status = connection.getresponse().status
    connection.close()
    return status


def first_answer(start, delivery):
    """Milliseconds from exec to the first signed delivery answered."""
    with start() as server:
        while True:
            try:
                status = post(server.port, *delivery)
                break
            except ConnectionRefusedError:
                if server.process.poll() is not None:
                    raise RuntimeError(f"{server.process.args[0]}: exit code {server.process.returncode}") from None
        took = time.perf_counter() - server.started
        assert status == 200, status
    return took * 1000


def idle_memory(start):
    with start().wait() as server:
        time.sleep(0.3)
        return server.rss()


def rounds(starts, delivery, folder, load, tally):
    """Per server the CPU seconds per 100,000 deliveries of each round."""
    headers, body = delivery
    (folder / "body").write_bytes(body)
    fields = "\n".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in headers)
    (folder / "load.lua").write_text(LOAD % fields)
    cpu = {name: [] for name in starts}
    for round in range(ROUNDS):
        order = list(starts) if round % 2 == 0 else list(reversed(starts))
        for name in order:
            with starts[name]().wait() as server:
                wrk(server, folder, (0.3, load[1]))
                before = server.cpu_seconds()
                counted = wrk(server, folder, load)
                spent = server.cpu_seconds() - before
            tally.check(counted["errors"] == 0, "load", f"{name}: {counted['errors']} errors or refusals")
            cpu[name].append(spent * 100_000 / counted["requests"])
    return cpu


def wrk(server, folder, load):
    seconds, cpu = load
    pin = ["taskset", "-c", str(cpu)] if cpu is not None and shutil.which("taskset") else []
    # wrk counts whole seconds; a shorter warm-up is cut off.
    command = [*pin, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}", "-s", str(folder / "load.lua"),
               f"http://127.0.0.1:{server.port}/github"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"BENCH_BODY": str(folder / "body")})
    return json.loads(said.stdout.splitlines()[-1])


def have_wrk():
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "wrk"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return shutil.which("wrk") is not None


def report(cold, idle, cpu, tally):
    print(f"{'':<12}{'CPU s/100k (min..max)':>26}{'first answer, ms':>20}{'idle, MB':>12}")
    for name in cold:
        spent = f"{statistics.median(cpu[name]):.2f} ({min(cpu[name]):.2f}..{max(cpu[name]):.2f})" if cpu else "-"
        print(f"{name:<12}{spent:>26}{cold[name]:>20.2f}{idle[name]:>12.1f}")

    def judge(what, ok, figure):
        if tally.check(ok, what, figure):
            print(f"PASS {what}: {figure}")

    if cpu:
        ratios = [ours / theirs for ours, theirs in zip(cpu["doorbell"], cpu["bare axum"])]
        ratio = statistics.median(ratios)
        judge("CPU", ratio <= CPU_RATIO, f"x {ratio:.2f} ({min(ratios):.2f}..{max(ratios):.2f}), at most x {CPU_RATIO}")
    more = cold["doorbell"] - cold["bare axum"]
    judge("cold start", more <= COLD_MS, f"{more:+.2f} ms, at most {COLD_MS:+} ms")
    judge("idle memory", idle["doorbell"] < IDLE_MB, f"{idle['doorbell']:.1f} MB, less than {IDLE_MB} MB")


if __name__ == "__main__":
    sys.exit(main())
