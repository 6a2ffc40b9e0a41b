#!/usr/bin/env python3
"""Instructions per delivery, counted by valgrind: the same on a busy machine as on a quiet one.

Proves that the number of sources costs nothing: a delivery among 10,000 sources takes at most 5 % more instructions than
one at the only source, its HMAC not counted (that is the same in both, and would hide the rest). And that the gate costs
little over the bare HMAC of the same body: at most a tenth of 7 kB, at most 3 % of 100 kB. A route that
asks for the type or a header costs under a microsecond, the last of a thousand under fifty. Each figure is the difference of two runs of tests/benches/receive.rs, so
that the start cancels out. valgrind has no SHA instructions: the HMAC is the portable one, slower than on a real processor.
"""
import re
import shutil
import subprocess
import sys

from program import bench, harness

FEW, MANY = 100, 600
ALLOWED = 1.05
ROUNDS = 9
# Bytes of the body, and what the gate may cost over its bare HMAC.
GATE = [(7_000, 1.10), (100_000, 1.03)]


def main():
    tally = harness.Tally()
    if not shutil.which("valgrind"):
        tally.skip("instructions per delivery (valgrind is not installed)")
        return tally.finish()
    receive = bench("receive")
    one, many = per_delivery(receive, "chain", 1), per_delivery(receive, "chain", 10_000)
    hmac = per_delivery(receive, "hmac")
    rows = [("the chain, 1 source", one), ("the chain, 10,000 sources", many), ("bare HMAC", hmac)]
    print(f"{'instructions per delivery of 7 kB':<36}{'all':>12}{'less the HMAC':>16}")
    for name, count in rows:
        print(f"{name:<36}{count:>12,.0f}{count - hmac:>16,.0f}")
    ratio = (many - hmac) / (one - hmac)
    print(f"10,000 sources over one: x {many / one:.4f}; less the HMAC x {ratio:.4f}")
    tally.check(ratio <= ALLOWED, "sources", f"10,000 sources cost x {ratio:.3f}, more than x {ALLOWED}")
    for size, allowed in GATE:
        head, gate, hmac = (per_delivery(receive, part, bytes=size) for part in ("head", "verify", "hmac"))
        ratio = (gate - head) / hmac
        print(f"the gate over the bare HMAC of {size:,} bytes: x {ratio:.4f} ({gate - head:,.0f} over {hmac:,.0f})")
        tally.check(ratio <= allowed, "gate", f"the gate costs x {ratio:.3f} of the bare HMAC of {size:,} bytes, more than x {allowed}")
    any_, *asking = (per_delivery(receive, "chain", routes=routes) for routes in ("any", "type", "header", "many"))
    for what, count in zip(("one that asks for the type", "one that asks for a header in CEL", "the last of 1,000 that ask for the body"), asking):
        print(f"a route that takes all -> {what}: {count - any_:,.0f} instructions more")
    any_, *asking = times(receive, ("any", "type", "header", "many"))
    for what, took, allowed in zip(("type", "header", "1,000 routes"), asking, (1, 1, 50)):
        print(f"{what}: {took - any_:.2f} us more than a route that takes all (least of {ROUNDS} interleaved rounds)")
        tally.check(took - any_ <= allowed, "routes", f"{what}: {took - any_:.2f} us, more than {allowed} us")
    return tally.finish()


def times(program, all_routes):
    """Microseconds per delivery, the least of some rounds in which all take turns."""
    least = [float("inf")] * len(all_routes)
    for _ in range(ROUNDS):
        for index, routes in enumerate(all_routes):
            run = subprocess.run([program, "--part", "chain", "--routes", routes, "--deliveries", "2000"], capture_output=True, text=True, check=True)
            least[index] = min(least[index], int(run.stdout) / 2000 / 1000)
    return least


def per_delivery(program, part, sources=1, bytes=None, routes="any"):
    few, many = (instructions(program, part, sources, deliveries, bytes, routes) for deliveries in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def instructions(program, part, sources, deliveries, bytes, routes):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program,
               "--part", part, "--sources", str(sources), "--deliveries", str(deliveries), "--routes", routes]
    if bytes:
        command += ["--bytes", str(bytes)]
    run = subprocess.run(command, capture_output=True, text=True)
    counted = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not counted:
        sys.exit(f"{' '.join(map(str, command))}: exit code {run.returncode}\n{run.stderr}")
    return int(counted[1])


if __name__ == "__main__":
    sys.exit(main())
