#!/usr/bin/env python3
"""`infra/local/up` and `down`: what they start serves a config, once started it is found again, and it stops."""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import emulators
from harness import REPO, Tally, environment, find_binary, write_config

CONFIG = """
[dedupe]
store = "firestore"
project = "demo"

[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.builds]
kind = "pubsub"
topic = "projects/demo/topics/builds"

[[route]]
to = ["builds"]
"""

ON_AWS = """
[dedupe]
store = "dynamodb"
table = "claims"
region = "eu-west-1"

[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.builds]
kind = "sqs"
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/builds"
claim_check = "large"

[destination.large]
kind = "s3"
bucket = "parked"

[destination.bus]
kind = "eventbridge"
bus = "arn:aws:events:eu-west-1:123456789012:event-bus/builds"

[[route]]
to = ["builds", "bus"]
"""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin-dir", help="where the binaries are (default: target/release, then target/debug)")
    args = args.parse_args()
    binary, tally = find_binary("doorbell", args.bin_dir), Tally()
    if emulators.sdk() is None:
        tally.skip("infra/local/up for Google (java, or the gcloud SDK's emulators, are not installed)")
    else:
        serves(binary, tally, CONFIG, 2, "projects/demo/topics/builds")
    if emulators.install_moto() is None:
        tally.skip("infra/local/up for AWS (moto cannot be installed)")
    else:
        serves(binary, tally, ON_AWS, 4, "amazonaws.com/123456789012/builds")
    return tally.finish()


def serves(binary, tally, text, lines, destination):
    with tempfile.TemporaryDirectory(prefix="doorbell-local-") as folder:
        config = write_config(folder, text)
        try:
            first, again = up(binary, config), up(binary, config)
            tally.check(first.stdout == again.stdout and first.stdout.count("export ") == lines, "up",
                        lambda: f"{first.stdout}{first.stderr} and then {again.stdout}{again.stderr}")
            env = dict(line.removeprefix("export ").split("=", 1) for line in first.stdout.splitlines())
            tally.check(online(binary, config, env).returncode == 0, "serves", lambda: online(binary, config, env).stdout)
        finally:
            subprocess.run([REPO / "infra/local/down"], check=True)
        after = online(binary, config, env)
        tally.check(after.returncode == 1 and destination in after.stdout, "down", lambda: after.stdout)


def up(binary, config):
    return subprocess.run([REPO / "infra/local/up", "--doorbell", binary, "--config", config], capture_output=True,
                          text=True, env=environment(CLOUDSDK_CONFIG=os.environ.get("CLOUDSDK_CONFIG", "")))


def online(binary, config, env):
    return subprocess.run([binary, "check", "--online", "--config", config], capture_output=True, text=True,
                          env=environment(DOORBELL_SECRET="a secret", **env))


if __name__ == "__main__":
    sys.exit(main())
