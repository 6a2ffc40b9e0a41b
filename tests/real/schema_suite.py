#!/usr/bin/env python3
"""The JSON-Schema-Test-Suite, drafts 2020-12 and 7, through the schemas that sources demand (tests/benches/schema.rs).

The suite comes inside the source distribution of PyPI's `jsonschema`. Every schema that is refused on purpose is named in
EXCEPTIONS with the reason; any other difference fails, and so does an exception that is none any more.

    schema_suite.py [--bin-dir DIR]    where the built program is; else it is built
"""
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from harness import REPO, Tally

VERSION = "4.26.0"
DRAFTS = {"draft2020-12": "https://json-schema.org/draft/2020-12/schema", "draft7": "http://json-schema.org/draft-07/schema#"}

# What is in no file of the operator's is not fetched.
REMOTE = "Retrieval is disabled"
# A meta-schema of somebody's own.
OTHER = "its $schema is neither"
# What is refused as a schema, by the group's title: the reason that the refusal must give.
EXCEPTIONS = {
    ("draft2020-12", "dynamicRef.json"): {
        "strict-tree schema, guards against misspelled properties": REMOTE,
        "tests for implementation dynamic anchor and reference link": REMOTE,
        "$ref and $dynamicAnchor are independent of order - $defs first": REMOTE,
        "$ref and $dynamicAnchor are independent of order - $ref first": REMOTE,
        "$ref to $dynamicRef finds detached $dynamicAnchor": REMOTE,
    },
    ("draft2020-12", "refRemote.json"): {
        "remote ref": REMOTE,
        "fragment within remote ref": REMOTE,
        "anchor within remote ref": REMOTE,
        "ref within remote ref": REMOTE,
        "base URI change": REMOTE,
        "base URI change - change folder": REMOTE,
        "base URI change - change folder in subschema": REMOTE,
        "root ref in remote ref": REMOTE,
        "remote ref with ref to defs": REMOTE,
        "Location-independent identifier in remote ref": REMOTE,
        "retrieved nested refs resolve relative to their URI not $id": REMOTE,
        "remote HTTP ref with different $id": REMOTE,
        "remote HTTP ref with different URN $id": REMOTE,
        "remote HTTP ref with nested absolute ref": REMOTE,
        "$ref to $ref finds detached $anchor": REMOTE,
    },
    ("draft2020-12", "vocabulary.json"): {
        "schema that uses custom metaschema with with no validation vocabulary": OTHER,
        "ignore unrecognized optional vocabulary": OTHER,
    },
    ("draft7", "refRemote.json"): {
        "remote ref": REMOTE,
        "fragment within remote ref": REMOTE,
        "ref within remote ref": REMOTE,
        "base URI change": REMOTE,
        "base URI change - change folder": REMOTE,
        "base URI change - change folder in subschema": REMOTE,
        "root ref in remote ref": REMOTE,
        "remote ref with ref to definitions": REMOTE,
        "Location-independent identifier in remote ref": REMOTE,
        "retrieved nested refs resolve relative to their URI not $id": REMOTE,
        "$ref to $ref finds location-independent $id": REMOTE,
    },
}


def main():
    tally = Tally()
    suite = fetched()
    if suite is None:
        tally.skip("the JSON-Schema-Test-Suite (PyPI's jsonschema cannot be downloaded)")
        return tally.finish()
    groups = [(draft, path.name, group) for draft in DRAFTS for path in sorted((suite / draft).glob("*.json"))
              for group in json.loads(path.read_text())]
    asked = [json.dumps({"schema": of_draft(group["schema"], DRAFTS[draft]),
                         "instances": [test["data"] for test in group["tests"]]}) for draft, _, group in groups]
    run = subprocess.run([program()], input="\n".join(asked), capture_output=True, text=True, check=True)
    expected = {(*place, title): reason for place, known in EXCEPTIONS.items() for title, reason in known.items()}
    for (draft, file, group), line in zip(groups, run.stdout.splitlines(), strict=True):
        said, title = json.loads(line), group["description"]
        problem, name = said.get("problem"), f"{draft}/{file}: {title}"
        reason = expected.pop((draft, file, title), None)
        if reason is not None:
            tally.check(reason in (problem or ""), "exception", f"{name}: {problem or 'it is none any more'}")
        elif tally.check(problem is None, "schema", f"{name}: {problem}"):
            for test, valid in zip(group["tests"], said["valid"], strict=True):
                tally.check(valid == test["valid"], "verdict", f"{name} / {test['description']}: {valid}")
    tally.check(not expected, "exception", f"the suite does not have {sorted(expected)}")
    print(f"{len(groups)} schemas, {sum(map(len, EXCEPTIONS.values()))} of them exceptions")
    return tally.finish()


def fetched():
    """The suite's folder, or None."""
    folder = REPO / "target/tests/schema-suite"
    suite = folder / f"jsonschema-{VERSION}/json/tests"
    if not suite.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        got = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                              "--dest", str(folder), f"jsonschema=={VERSION}"])
        if got.returncode:
            return None
        with tarfile.open(folder / f"jsonschema-{VERSION}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return suite


def of_draft(schema, draft):
    """The suite's draft-07 schemas do not say which they are."""
    return {"$schema": draft, **schema} if isinstance(schema, dict) else schema


def program():
    if "--bin-dir" in sys.argv:
        return Path(sys.argv[sys.argv.index("--bin-dir") + 1]) / "schema"
    built = subprocess.run(["cargo", "build", "--locked", "-p", "conformance", "--bench", "schema", "--message-format=json"],
                           cwd=REPO, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, built.stdout.splitlines())
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "schema")


if __name__ == "__main__":
    sys.exit(main())
