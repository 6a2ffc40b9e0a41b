"""AWS's own command for template.yaml, in an environment of its own: it pins versions that the other tools do not take."""
import os
import subprocess
import venv

from repository import REPO, run

PLACE = REPO / "target" / "sam"
SAM = "aws-sam-cli==1.170.0"
# Brings zig, the linker that knows Amazon Linux's glibc.
CARGO_LAMBDA = "cargo-lambda==1.9.2"


def installed(*packages):
    """Whether they are there, or could be fetched."""
    stamp = PLACE / "packages.txt"
    present = set(stamp.read_text().split()) if stamp.exists() else set()
    if missing := set(packages) - present:
        if not present:
            venv.create(PLACE, clear=True, with_pip=True)
        pip = [PLACE / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *missing]
        if subprocess.run(pip, stdout=subprocess.DEVNULL).returncode:
            return False
        stamp.write_text("\n".join(present | missing))
    return True


def sam(*words):
    """What it says; its complaint where it fails. It sees no account, and leaves nothing in the home folder."""
    own = {
        "PATH": f"{PLACE / 'bin'}:{os.environ['PATH']}", "AWS_DEFAULT_REGION": "eu-west-1", "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(PLACE / "home"),
        # The toolchain is there; a build that fetches another one would not be the pinned one.
        "RUSTUP_DIST_SERVER": "http://127.0.0.1:9",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return run(PLACE / "bin/sam", *words, cwd=REPO, env=kept | own)
