"""Random requests, genuine or spoiled in one way, each with the verdict of the provider's own verifier. Nothing here is
Doorbell's code. The same seed makes the same requests, but for the time in them, which is now.

    verdicts.py SEED N      N is per source; one JSON object a line: first the sources and their secrets, then the requests
"""
import json
import random
import sys

from draw import b64
from vendors import SOURCES


def secrets(name, seed, what):
    """One secret, or as many as the source has."""
    source, r = SOURCES[name], random.Random(f"{seed}/{what}/{name}")
    made = [source.secret(r) for _ in range(source.secrets)]
    return made if len(made) > 1 else made[0]


def variables(name):
    count = SOURCES[name].secrets
    return [f"{name.upper().replace('-', '_')}_{n}" for n in range(count)]


def preamble(seed):
    sources, keys = {}, {}
    for name, source in SOURCES.items():
        own = secrets(name, seed, "own")
        keys |= dict(zip(variables(name), [own] if isinstance(own, str) else own))
        sources[name] = {"provider": name} | source.config | {"secret": [f"env://{v}" for v in variables(name)]}
    return {"sources": sources, "keys": keys}


def case(name, n, seed):
    """Each has a start of its own: how often one draws may depend on the time, and must not change the next."""
    source, r = SOURCES[name], random.Random(f"{seed}/{name}/{n}")
    kind = "genuine" if r.random() < 0.4 else r.choice([*source.spoil])
    own = secrets(name, seed, "own")
    request = source.make(r, kind, secrets(name, seed, f"other {n}") if kind == "another secret" else own)
    if (spoil := source.spoil.get(kind)) is not None:
        spoil(request, r)
    try:
        accepted, why = bool(source.accepts(request, own)), ""
    except Exception as e:  # Each library has its own.
        accepted, why = False, f"{type(e).__name__}: {e}".splitlines()[0][:300]
    # HTTP does not mind the case of a name.
    spelling = r.choice([str, str, str.lower, str.upper])
    headers = [(spelling(k), v) for k, v in ({"Content-Type": "application/json"} | request.headers).items()]
    return {"provider": name, "n": n, "kind": kind, "headers": headers, "body_base64": b64(request.body),
            "accepted": accepted, "why": why} | ({"query": request.query} if request.query else {})


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    print(json.dumps(preamble(seed)), flush=True)
    for name in SOURCES:
        for n in range(count):
            print(json.dumps(case(name, n, seed)))


main()
