"""What the checks of this folder share: the repository, its files rendered, commands run."""
import os
import re
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
INFRA = REPO / "infra"
CLOUD_RUN = INFRA / "cloud-run"
TOOLS = REPO / "target" / "deploy-tools"
# Made-up names; the snapshots have them.
PLACE = {"PROJECT": "acme-hooks", "REGION": "europe-west1", "ENV": "staging", "PROJECT_NUMBER": "123456789012"}
# The words that `render` replaces.
PLACEHOLDER = re.compile(r"\bmy-(project|region|env|service|ingress|account|image|config)\b")


class Skip(Exception):
    """This machine lacks something."""


def run(*command, **more):
    """What a command says; its complaint where it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, (done.stdout + done.stderr).strip()[-2000:]
    return done.stdout


def environment(**more):
    return {k: v for k, v in os.environ.items() if k not in ("DOORBELL", "CHANNEL", "IMAGE", *PLACE)} | PLACE | more


def render(*words, **more):
    return run(CLOUD_RUN / "render", *words, env=environment(IMAGE="r.example.com/doorbell@sha256:" + "0" * 64, **more))


def load(script):
    """A script of Python as a module; its name has no ending."""
    loader = SourceFileLoader(script.name, str(script))
    module = module_from_spec(spec_from_loader(script.name, loader))
    loader.exec_module(module)
    return module


def documents(path):
    import yaml
    return [document for document in yaml.safe_load_all(path.read_text()) if document is not None]


def fits(api, name, value, where):
    import discovery
    known = discovery.schemas(api)
    wrong = list(discovery.misfits(known, {"$ref": name}, value, where))
    assert not wrong, "\n".join(wrong)


def refused(what, *arguments):
    """A check that never says no holds nothing."""
    try:
        what(*arguments)
    except AssertionError:
        return
    raise AssertionError(f"{what.__name__} lets a mistake pass")


def write(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path
