#!/usr/bin/env python3
"""Bodies made to hurt whoever reads them, against a real `doorbell serve` whose routes ask for everything: each is refused or
answered within its budget, the process takes no more memory than it should, and afterwards a plain delivery is answered as ever.
"""
import argparse
import hashlib
import hmac
import http.client
import re
import sys
import tempfile
import time
from pathlib import Path

from harness import Serve, Tally, find_binary, tail

SECRET = "a secret of this test"
CONFIG = r"""
[source.hook]
secret = "env://SECRET"
verify = { hmac = "sha256", header = "X-Sig", encoding = "hex", signed = ["body"] }
dedupe = "off"
limits = { body = "16MiB" }

[[route]]
when = 'type(body) == map && has(body.items) && body.items.exists(i, body.items.exists(j, i == j && i == "x"))'
to = ["nowhere"]

[[route]]
extract = { word = 're:(a+)+$', place = '/a/b//c[count(//d) > 1]', deep = '$..x[?@.y == 1]' }
when = 'word != "b" && (place == null || deep == null || true)'
on_error = "deliver"
to = ["nowhere"]

[destination.nowhere]
kind = "discard"
dangerously_discard = true
"""
MIB = 1 << 20
# The default budget of a source, less the way back.
BUDGET = 9.75


def bodies():
    """(what it is, the body, the answers that are right)"""
    part = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
    yield "a plain event", b'{"items":["x"]}', {200}
    yield "10 MB of one text", b'{"items":["' + b"a" * (10 * MIB) + b'"]}', {200}
    yield "10 MB of numbers", b'{"items":[0' + b",0" * (5 * MIB) + b"]}", {400}
    yield "as many values as are read", b'{"items":[0' + b",0" * 190_000 + b"]}", {503}
    yield "10 MB of empty objects", b"[" + b"{}," * (3 * MIB) + b"{}]", {400}
    yield "10,000 arrays deep", b"[" * 10_000 + b"]" * 10_000, {400}
    yield "5 million arrays deep", b"[" * (5 * MIB), {400}
    yield "10,000 elements deep", b"<a>" * 10_000 + b"</a>" * 10_000, {400}
    yield "billion laughs", b'<!DOCTYPE a [<!ENTITY a "' + b"ha" * 100 + b'">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(10)) + b"]><a>&a9;</a>", {400}
    yield "10 MB of elements", b"<a>" + b"<d/>" * (5 * MIB // 2) + b"</a>", {400}
    yield "as many elements as are read", b"<a><b>" + b"<d/>" * 190_000 + b"</b></a>", {200, 400}
    yield "a text for a catastrophic pattern", b"a" * (10 * MIB) + b"!", {200}
    yield "a million parts", part * 200_000 + b"--b--\r\n", {200}
    yield "a million fields", b"a=1&" * (2 * MIB), {400}
    yield "a form of 10 MB", b"a=" + b"%41" * (3 * MIB), {200}
    yield "10 MB of zeros", b"\0" * (10 * MIB), {200}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="doorbell-hostile-") as folder:
        with Serve(find_binary("doorbell", args.bin_dir), folder, config=CONFIG, SECRET=SECRET) as served:
            for what, body, right in bodies():
                began = time.monotonic()
                status = send(served.port, body)
                took, peak = time.monotonic() - began, memory(served.process.pid)
                print(f"{what:<36}{len(body):>12,} bytes  {status}  {took * 1000:>8.1f} ms  peak {peak / MIB:.0f} MiB")
                tally.check(status in right, "answer", f"{what}: {status}, not {sorted(right)}\n{tail(Path(folder) / 'serve.log', 600)}")
                tally.check(took < BUDGET, "budget", f"{what}: {took:.1f} s")
            # The body itself is held once; a tree of as many values as are read is some tens of MiB.
            tally.check(peak < 200 * MIB, "memory", f"peak of {peak / MIB:.0f} MiB")
            tally.check(send(served.port, b'{"items":["x"]}') == 200, "after", "a plain event is not answered any more")
    return tally.finish()


def send(port, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    connection.request("POST", "/hook", body, {"X-Sig": signature})
    return connection.getresponse().status


def memory(pid):
    """The most that the process held, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) << 10


if __name__ == "__main__":
    sys.exit(main())
