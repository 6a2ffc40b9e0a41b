"""Holds infra/cloud-run/setup: what it prints, what it does, and whether each gcloud command is one."""
import difflib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from repository import CLOUD_RUN, HERE, REPO, Skip, documents, environment, refused, run, write

# Stands in for `doorbell emit iam --gcp --config F --member M` where `--doorbell` does not name the real one.
EMIT = """#!/bin/sh
[ "$1 $2 $3 $4 $6" = "emit iam --gcp --config --member" ] || { echo "not asked like this: $*" >&2; exit 64; }
sed -n 's|^secret *= "gcp-sm://\\([^/]*\\)/\\([^"]*\\)".*|gcloud secrets add-iam-policy-binding \\2 --project=\\1 --role=roles/secretmanager.secretAccessor|p
s|^topic *= "projects/\\([^/]*\\)/topics/\\([^"]*\\)".*|gcloud pubsub topics add-iam-policy-binding \\2 --project=\\1 --role=roles/pubsub.publisher|p
s|^project *= "\\([^"]*\\)".*|gcloud projects add-iam-policy-binding \\1 --role=roles/datastore.user --condition=None|p' "$5" |
  sed "s|\\$| --member=$7|"
"""
# Stands in for gcloud: writes down what it was asked; finds nothing, or everything.
GCLOUD = """#!/bin/sh
case " $* " in
  *" describe "*value*) echo projects/acme-hooks/notificationChannels/NUMBER; exit ;;
  *" describe "*) exit {found} ;;
  *" list "*) [ {found} = 1 ] || echo projects/acme-hooks/alertPolicies/NUMBER; exit ;;
esac
{{ printf gcloud; for word; do printf ' %s' "$word"; done; echo; }} >> {asked}
"""


def setup(doorbell, *flags, **more):
    return run(CLOUD_RUN / "setup", *flags, env=environment(DOORBELL=str(doorbell), **more))


def commands(text):
    return [line for line in text.splitlines() if line.startswith("gcloud ")]


def setup_prints_what_it_did_last_time(doorbell):
    for name, flags in (("new", ["--dry-run"]), ("present", ["--dry-run", "--present"])):
        snapshot = HERE / f"setup-{name}.txt"
        said = setup(doorbell, *flags)
        if os.environ.get("DOORBELL_REGENERATE") == "1":
            snapshot.write_text(said)
        difference = difflib.unified_diff(snapshot.read_text().splitlines(), said.splitlines(), lineterm="", n=0)
        assert snapshot.read_text() == said, "\n".join(difference)


def setup_does_what_it_prints(doorbell):
    """A dry run that differs from the real one is worse than none."""
    with tempfile.TemporaryDirectory() as folder:
        for flags, found in ((["--dry-run"], 1), (["--dry-run", "--present"], 0)):
            asked = Path(folder) / f"asked-{found}"
            write(Path(folder) / "gcloud", GCLOUD.format(found=found, asked=asked))
            setup(doorbell, PATH=f"{folder}:{os.environ['PATH']}")
            done = asked.read_text().splitlines()
            printed = [re.sub(r"'([^']*)'", r"\1", line) for line in commands(setup(doorbell, *flags))]
            assert done == printed, "\n".join(difflib.unified_diff(printed, done, "printed", "done", "", "", 0, ""))


def setup_stops_where_a_step_fails(doorbell):
    with tempfile.TemporaryDirectory() as folder:
        broken = write(Path(folder) / "doorbell", "#!/bin/sh\necho gcloud projects list\nexit 69\n")
        refused(setup, broken, "--dry-run")
        chatty = write(Path(folder) / "doorbell", "#!/bin/sh\necho curl evil.example\n")
        refused(setup, chatty, "--dry-run")
    refused(lambda: setup(doorbell, "--dry-run", ENV="test"))
    refused(lambda: setup(doorbell, "--present"))


def every_gcloud_command_is_one(doorbell):
    if not shutil.which("gcloud"):
        raise Skip("gcloud is not installed")
    every = [*commands(setup(doorbell, "--dry-run")), *commands(setup(doorbell, "--dry-run", "--present"))]
    [build] = documents(REPO / "cloudbuild.yaml")
    texts = [step["script"] for step in build["steps"]]
    for page in CLOUD_RUN.glob("*.md"):
        texts += re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
    for text in texts:
        every += named_commands(text)
    every = sorted(set(every))
    assert len(every) > 50, len(every)
    wrong = lint(every)
    assert not wrong, "\n".join(wrong)
    for planted in ("gcloud run services replace x.yaml --regoin=r", "gcloud pubsub topics create x --regoin=r"):
        assert lint([planted]), f"the lint lets a misspelt flag pass: {planted}"


def named_commands(text):
    """The gcloud commands of a script, each on one line, what a shell would put in replaced by a word."""
    text = re.sub(r"\\\n\s*", " ", text)
    # From the inside out: a command in a command is one of its own.
    found = []
    while inner := re.search(r'"?\$\(([^()]*)\)(/\w+)?"?', text):
        found.append(inner[1])
        text = text[:inner.start()] + "word" + text[inner.end():]
    found += text.splitlines()
    for line in found:
        for part in re.split(r"\s\|\|?\s|\s&&\s|;\s|\s>\s", line):
            part = part.strip()
            if part.startswith("gcloud "):
                yield re.sub(r"\$\{?\w+\}?", "word", part)


def lint(every):
    """What gcloud's own parser says of commands, offline."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([{"command_string": command} for command in every], file)
        file.flush()
        quiet = environment(CLOUDSDK_CORE_DISABLE_PROMPTS="1", CLOUDSDK_CORE_DISABLE_USAGE_REPORTING="true",
                            CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK="true")
        said = json.loads(run("gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file.name}", env=quiet))
    assert len(said) == len(every), f"{len(said)} of {len(every)} were looked at"
    wrong = []
    for one in said:
        # `gcloud run` leaves flags that it does not know to a later look; the list of those that it has is in the answer.
        known = set(named(one.get("args_structure") or {}))
        used = [word.removeprefix("--") for word in one.get("command_args") or {} if word.startswith("--")]
        unknown = [flag for flag in used if flag not in known and flag.removeprefix("no-") not in known]
        if not one["success"]:
            wrong.append(f"{one['command_string']}\n  {one['error_message']}")
        elif unknown:
            wrong.append(f"{one['command_string']}\n  no such flag: {', '.join(unknown)}")
    return wrong


def named(arguments):
    """The names of a tree of arguments and groups."""
    if "name" in arguments:
        yield arguments["name"]
    for inner in [*arguments.get("arguments", []), *([arguments["group"]] if "group" in arguments else [])]:
        yield from named(inner)
