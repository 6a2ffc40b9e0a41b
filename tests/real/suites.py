#!/usr/bin/env python3
"""Public suites against the libraries behind extracted values and conditions: JSONPath (RFC 9535, all of it), and the conformance
tests of CEL, of which what Doorbell's conditions do not have is named below. Both come from npm (`jsonpath-rfc9535` carries the
suite of jsonpath-standard, `@bufbuild/cel-spec` that of cel-spec).
"""
import json
import shutil
import subprocess
import sys
from collections import Counter

from harness import REPO, Tally

PACKAGES = ["@bufbuild/cel-spec@0.6.1", "jsonpath-rfc9535@1.3.0"]
CTS = "node_modules/jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json"
DUMP = """
import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";
const out = [];
const walk = (suite, path) => {
  for (const inner of suite.suites ?? []) walk(inner, [...path, inner.name]);
  for (const test of suite.tests ?? []) out.push({ suite: path.join("/"), ...test.original });
};
walk(tests, []);
const plain = (key, value) => typeof value === "bigint" || key === "doubleValue" ? String(value) : value;
console.log(JSON.stringify(out, plain));
"""
# What a condition on JSON has no use for, by suite.
WITHOUT = {
    "bindings_ext": "extension: cel.bind", "block_ext": "extension: cel.block", "encoders_ext": "extension: base64",
    "math_ext": "extension: math", "string_ext": "extension: strings", "macros2": "extension: loops with two variables",
    "optionals": "optional values", "dynamic": "types of protocol buffers", "enums": "types of protocol buffers",
    "proto2": "types of protocol buffers", "proto2_ext": "types of protocol buffers", "proto3": "types of protocol buffers",
    "wrappers": "types of protocol buffers", "timestamps": "times of day, which bring the world's time zones along",
    "type_deductions": "a type checker", "namespace": "containers",
}
# The same inside other suites: what the test's text mentions.
MENTIONS = ["google.protobuf", "objectValue", "TestAllTypes", "timestamp(", "duration(", "typeValue", "optional", "checkOnly", "`"]


def main():
    tally = Tally()
    if not (shutil.which("node") and shutil.which("npm")):
        tally.skip("JSONPath's and CEL's suites (node is not installed)")
        return tally.finish()
    folder = REPO / "target" / "suites"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, check=True)
    (folder / "dump.mjs").write_text(DUMP)
    tests = subprocess.run(["node", "dump.mjs"], cwd=folder, check=True, capture_output=True, text=True).stdout
    (folder / "cel.json").write_text(tests)

    differs, count = run("jsonpath", folder / CTS)
    print(f"JSONPath: {count - len(differs)} of {count}")
    tally.check(not differs, "jsonpath", lambda: str(differs))

    differs, count = run("cel", folder / "cel.json")
    texts = {(test["suite"], test["name"]): json.dumps(test) for test in json.loads(tests)}
    reasons, strange = Counter(), []
    for suite, name in differs:
        named = WITHOUT.get(suite.split("/")[0])
        mentioned = next((word for word in MENTIONS if word in texts[suite, name]), None)
        reason = named or (f"mentions {mentioned}" if mentioned else None)
        reasons[reason] += 1
        if not reason:
            strange.append(f"{suite} {name}")
    print(f"CEL: {count - len(differs)} of {count}; without " + ", ".join(f"{reason} ({n})" for reason, n in reasons.most_common()))
    tally.check(not strange, "cel", lambda: "\n".join(strange))
    return tally.finish()


def run(suite, path):
    """What differs as (suite, name), and how many tests there are."""
    command = ["cargo", "bench", "--quiet", "--locked", "-p", "conformance", "--bench", "suites", "--profile", "dev", "--", suite, str(path)]
    said = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return [tuple(line.split("\t")) for line in said[:-1]], int(said[-1].split()[0])


if __name__ == "__main__":
    sys.exit(main())
