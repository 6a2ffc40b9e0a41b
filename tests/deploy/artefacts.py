"""Makes what is deployed to Lambda and runs it as Lambda does: a signed delivery of GitHub's is 200, a forged one is 401.

    tests/deploy/artefacts.py zip     infra/aws/zip, without and with a config in the zip
    tests/deploy/artefacts.py arm64   infra/aws/zip for Graviton, run by qemu; needs that Rust target and a linker for it
    tests/deploy/artefacts.py sam     sam build, as infra/aws/deploy.md has it
"""
import argparse
import io
import os
import re
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path

import sam
from repository import INFRA, REPO, load, run

sys.path.insert(0, str(REPO / "tests" / "real"))
from events import event, reply  # noqa: E402
from harness import Tally, environment, sign_delivery  # noqa: E402
from runtime_api import Error, RuntimeApi  # noqa: E402

ARM64 = "aarch64-unknown-linux-gnu"
SECRET = "a secret of this test only"
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
CONFIG = """\
[source.github]
provider = "github"
secret = "env://DOORBELL_SECRET"

[destination.log]
kind = "stdout"
dangerously_stdout = true

[[route]]
to = ["log"]
"""


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("which", choices=("zip", "arm64", "sam"))
    which, tally = flags.parse_args().which, Tally()
    {"zip": the_zip, "arm64": the_zip_of_arm64, "sam": what_sam_builds}[which](tally)
    return tally.finish()


def the_zip(tally):
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "doorbell.toml"
        config.write_text(CONFIG)
        # The last one is left in target/lambda: it has no config of this test.
        for more, files in ((["--config", config], ["bootstrap", "doorbell.toml"]), ([], ["bootstrap"])):
            run(INFRA / "aws/zip", *more)
            made = REPO / "target/lambda/bootstrap.zip"
            task = Path(folder) / f"task{len(files)}"
            # zipfile forgets the modes; Lambda does not.
            with zipfile.ZipFile(made) as opened:
                tally.check(sorted(opened.namelist()) == files, "files", opened.namelist())
                opened.extractall(task)
                for entry in opened.infolist():
                    (task / entry.filename).chmod(entry.external_attr >> 16)
            own = {"DOORBELL_CONFIG": str(task / "doorbell.toml")} if more else {"DOORBELL_CONFIG_TOML": CONFIG}
            it_is_the_pinned_binary(task, tally)
            it_proves_who_rings(task, own, tally)
            print(f"{', '.join(files)}: {made.stat().st_size} bytes, {(task / 'bootstrap').stat().st_size} unpacked")


def the_zip_of_arm64(tally):
    run(INFRA / "aws/zip", "--target", ARM64)
    made = REPO / "target/lambda/bootstrap.zip"
    architectures = re.findall(r"^    Default: (arm64|x86_64)$", (REPO / "target/lambda/template.yaml").read_text(), re.M)
    tally.check(architectures == ["arm64"], "template", f"deploys it as {architectures}")
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder)
        with zipfile.ZipFile(made) as opened:
            opened.extractall(task)
        (task / "bootstrap").chmod(0o755)
        # e_machine of the ELF header: 183 is AArch64.
        machine = int.from_bytes((task / "bootstrap").read_bytes()[18:20], "little")
        tally.check(machine == 183, "architecture", f"machine {machine} of the ELF specification, not 183")
        it_is_the_pinned_binary(task, tally)
        it_proves_who_rings(task, {"DOORBELL_CONFIG_TOML": CONFIG}, tally, by=["qemu-aarch64-static"])
        print(f"{ARM64}: {made.stat().st_size} bytes, {(task / 'bootstrap').stat().st_size} unpacked")


def what_sam_builds(tally):
    if not sam.installed(sam.SAM, sam.CARGO_LAMBDA):
        return tally.skip("sam build (aws-sam-cli and cargo-lambda cannot be installed)")
    lock, started = (REPO / "Cargo.lock").read_bytes(), time.monotonic()
    # As the page has it: for size.
    os.environ["CARGO_PROFILE_RELEASE_OPT_LEVEL"] = "s"
    sam.sam("build", "--config-env", "staging")
    took = time.monotonic() - started
    # sam takes no --locked.
    tally.check((REPO / "Cargo.lock").read_bytes() == lock, "lock", "the build changed Cargo.lock")
    built = REPO / ".aws-sam/build"
    places = re.findall(r"^      CodeUri: (\S+)$", (built / "template.yaml").read_text(), re.M)
    tally.check(len(places) == 2 and len(set(places)) == 1, "once", f"two functions, built into {places}")
    task = built / places[0]
    tally.check(os.listdir(task) == ["bootstrap"], "files", os.listdir(task))
    it_is_the_pinned_binary(task, tally)
    it_proves_who_rings(task, {"DOORBELL_CONFIG_TOML": CONFIG}, tally)
    # As sam deploy packs it.
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.write(task / "bootstrap", "bootstrap")
    size, unpacked = len(packed.getvalue()), (task / "bootstrap").stat().st_size
    largest = load(INFRA / "aws/zip").LARGEST
    tally.check(size <= largest, "size", f"{size} bytes, over {largest}")
    print(f"sam build: {size} bytes, {unpacked} unpacked, in {took:.0f} s")


def it_is_the_pinned_binary(task, tally):
    binary = (task / "bootstrap").read_bytes()
    toolchain = tomllib.loads((REPO / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    tally.check(f"rustc version {toolchain} ".encode() in binary, "toolchain", f"not made by {toolchain}")
    script = load(INFRA / "aws/zip")
    newer = [version for version in script.glibc(binary) if version > script.GLIBC]
    tally.check(not newer, "glibc", f"asks for {newer}, Amazon Linux 2023 has {script.GLIBC}")
    # Built beside the other members of the workspace it would get their features, and be half as large again.
    tally.check(b"google.pubsub" not in binary, "features", "it carries Google's clients")


def it_proves_who_rings(task, own, tally, by=()):
    delivery = sign_delivery(1, DELIVERY, (INFRA / "examples/github-push.json").read_bytes(), SECRET)
    rings = {"signed": (delivery, 200), "tampered": (delivery.tampered(), 401), "unsigned": (delivery.unsigned(), 401)}
    env = environment(DOORBELL_SECRET=SECRET, **own)
    with RuntimeApi([*by, task / "bootstrap"], env, cwd=task) as function:
        answers = function.run(event("url", ring, as_base64=True) for ring, _ in rings.values())
        for (name, (_, wanted)), (_, answer) in zip(rings.items(), answers):
            status = None if isinstance(answer, Error) else reply("url", answer).status
            tally.check(status == wanted, name, lambda: f"{status}, not {wanted}\n{function.log()}")
        handed_off = function.log(1 << 20).count(f'"id":"{DELIVERY}"')
        tally.check(handed_off == 1, "handed off", lambda: f"{handed_off} times\n{function.log()}")


if __name__ == "__main__":
    sys.exit(main())
