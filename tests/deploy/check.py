"""Holds what is deployed, without a cloud: every manifest against its schema, every script, every gcloud command.

    tests/deploy/check.py                     what needs no build
    tests/deploy/check.py --doorbell PATH     also `doorbell check` on the example configs, and its own bindings in `setup`
    DOORBELL_REGENERATE=1 tests/deploy/check.py [--doorbell PATH]     writes the snapshots of `setup --dry-run` anew
"""
import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from unittest import mock

import sam
import setup_commands
from repository import CLOUD_RUN, HERE, INFRA, PLACEHOLDER, REPO, TOOLS, Skip, documents, fits, load, refused, render, run, write

KNATIVE = "@kubernetes-models/knative@4.0.0"


def install():
    """The tools of requirements.txt, in this interpreter's place: runs this script again inside."""
    wanted = (HERE / "requirements.txt").read_text()
    stamp = TOOLS / "requirements.txt"
    if not (stamp.exists() and stamp.read_text() == wanted):
        venv.create(TOOLS, clear=True, with_pip=True)
        run(TOOLS / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt")
        stamp.write_text(wanted)
    if Path(sys.prefix).resolve() != TOOLS:
        python = TOOLS / "bin/python"
        os.execv(python, [python, *sys.argv])


# ---- manifests ----


def every_manifest_parses():
    seen = 0
    for path in [*INFRA.rglob("*"), *REPO.glob("*.yaml"), *REPO.glob("*.yml")]:
        if path == REPO / "template.yaml":
            seen += bool(the_template())
        elif path.suffix in (".yaml", ".yml"):
            seen += len(documents(path))
        elif path.suffix == ".json":
            json.loads(path.read_text())
            seen += 1
        elif path.suffix == ".toml":
            tomllib.loads(path.read_text())
            seen += 1
    assert seen >= 10, f"only {seen}"


def cloudbuild_fits_its_schema():
    run(TOOLS / "bin/check-jsonschema", "--builtin-schema", "vendor.cloudbuild", REPO / "cloudbuild.yaml")
    [build] = documents(REPO / "cloudbuild.yaml")
    fits("cloudbuild.v1", "Build", build, "cloudbuild.yaml")
    refused(fits, "cloudbuild.v1", "Build", build | {"timout": "1s"}, "planted")


def cloudbuild_scripts_are_sound():
    [build] = documents(REPO / "cloudbuild.yaml")
    ids = [step["id"] for step in build["steps"]]
    assert len(set(ids)) == len(ids)
    for step in build["steps"]:
        assert set(step.get("waitFor", [])) <= {"-", *ids}, step["id"]
        # What Cloud Build sets, and what the file itself does.
        given = "PROJECT_ID BUILD_ID".split() + list(build["substitutions"])
        known = "".join(f"export {name}=x\n" for name in given)
        script = step["script"]
        first, _, rest = script.partition("\n")
        run(TOOLS / "bin/shellcheck", "--shell", Path(first).name, "-", input=known + rest)
        used = set(re.findall(r"\$\{?(_[A-Z]+)", script))
        assert used <= set(build["substitutions"]), f"{step['id']}: {used}"


def the_cloud_run_service_fits_its_schema():
    import yaml
    [service] = documents(CLOUD_RUN / "service.yaml")
    fits("run.v1", "Service", service, "service.yaml")
    for name in ("door", "worker"):
        text = render("service", name)
        left = PLACEHOLDER.findall(text)
        assert not left, f"{name}: not replaced: {left}"
        whole = yaml.safe_load(text)
        fits("run.v1", "Service", whole, name)
        [container] = whole["spec"]["template"]["spec"]["containers"]
        variables = {variable["name"]: variable["value"] for variable in container["env"]}
        config = "doorbell.toml" if name == "door" else "worker.toml"
        assert variables["DOORBELL_CONFIG_TOML"].strip() == render(config).strip(), "the config is not what was rendered"
        # docs.cloud.google.com/run/docs/configuring/services/environment-variables
        assert len(variables["DOORBELL_CONFIG_TOML"].encode()) <= 32768
    container = service["spec"]["template"]["spec"]["containers"][0]
    container["readynessProbe"] = container.pop("readinessProbe")
    refused(fits, "run.v1", "Service", service, "planted")


def the_annotations_are_cloud_runs_own():
    import discovery
    described = discovery.schemas("run.v1")["ObjectMeta"]["properties"]["annotations"]["description"]
    places = dict(re.findall(r"`((?:run|autoscaling)\.[^`]+)`: ([^.*]+)", described))
    [service] = documents(CLOUD_RUN / "service.yaml")
    for metadata, place in ((service["metadata"], "Service"), (service["spec"]["template"]["metadata"], "Revision")):
        for name, value in metadata["annotations"].items():
            allowed = places.get(name, "")
            assert place in allowed or "All resources" in allowed, f"{name} on a {place}: {allowed or 'not known'}"
            assert isinstance(value, str), f"{name}: an annotation is text"


def the_service_holds_what_the_process_may_take_on():
    limits = (REPO / "handler/cloud-run/src/server.rs").read_text()
    bodies = int(re.search(r"in_flight: (\d+) << 20", limits)[1])
    drain = int(re.search(r"drain: Duration::from_secs\((\d+)\)", limits)[1])
    assert drain < 10, "Cloud Run kills 10 s after SIGTERM"
    for path, manifest in ((CLOUD_RUN / "service.yaml", 0), (INFRA / "knative/service.yaml", 1)):
        template = documents(path)[manifest]["spec"]["template"]["spec"]
        [container] = template["containers"]
        memory = int(re.fullmatch(r"(\d+)Mi", container["resources"]["limits"]["memory"])[1])
        assert memory >= 3 * bodies + 32, f"{path}: {memory} MiB for {bodies} MiB of bodies"
        probes = {container[name]["httpGet"]["path"] for name in ("readinessProbe", "livenessProbe")}
        assert probes == {"/-/ready", "/-/live"}, probes
        assert template["timeoutSeconds"] <= 600, "a Knative cluster refuses more"


def the_knative_manifest_fits_its_types():
    if not (shutil.which("node") and shutil.which("npm")):
        raise Skip("node is not installed")
    folder = TOOLS / "node"
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, KNATIVE)
    config, service = documents(INFRA / "knative/service.yaml")
    assert config["kind"] == "ConfigMap"
    tomllib.loads(config["data"]["doorbell.toml"])

    def typed(manifest):
        run("node", HERE / "knative.mjs", folder, input=json.dumps([manifest]))

    typed(service)
    typed(documents(CLOUD_RUN / "service.yaml")[0])
    # Its schema lets a misspelt key pass; Cloud Run's knows every key that this manifest uses, but for these.
    [container] = service["spec"]["template"]["spec"]["containers"]
    assert container.pop("securityContext") == {
        "runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
    fits("run.v1", "Service", service, "knative/service.yaml")
    service["spec"]["template"]["spec"]["containerConcurrency"] = "many"
    refused(typed, service)


# ---- what is counted, and what pages ----


def metrics_fit_their_schema_and_the_log():
    log = (REPO / "handler/adapters/src/log.rs").read_text()
    for path in sorted((CLOUD_RUN / "metrics").glob("*.json")):
        metric = json.loads(path.read_text())
        fits("logging.v2", "LogMetric", metric, path.name)
        assert metric["name"] == f"doorbell_{path.stem}", metric["name"]
        labels = {label["key"] for label in metric["metricDescriptor"]["labels"]}
        assert labels == set(metric["labelExtractors"]), path.name
        for field in re.findall(r"jsonPayload\.(\w+)", path.read_text()):
            assert f'"{field}"' in log, f"{path.name}: the log has no field {field}"


def alerts_fit_their_schema_and_what_is_counted():
    codes = set(re.findall(r'=> "([a-z-]+)"', (REPO / "shared/src/reply.rs").read_text()))
    metrics = {path.stem: json.loads(path.read_text()) for path in (CLOUD_RUN / "metrics").glob("*.json")}
    alerts = sorted((CLOUD_RUN / "alerts").glob("*.json"))
    assert len(alerts) >= 4
    for path in alerts:
        alert = json.loads(path.read_text())
        fits("monitoring.v3", "AlertPolicy", alert, path.name)
        assert alert["userLabels"] == {"doorbell": path.stem, "environment": "my-env"}, "setup finds it by these"
        left = PLACEHOLDER.findall(render(f"alerts/{path.name}"))
        assert not left, f"{path.name}: not replaced: {left}"
        for condition in alert["conditions"]:
            kinds = [key for key in condition if key.startswith("condition")]
            [kind] = kinds
            filter = condition[kind]["filter"]
            if own := re.search(r"logging\.googleapis\.com/user/doorbell_(\w+)", filter):
                labels = set(metrics[own[1]]["labelExtractors"])
                named = re.findall(r"metric\.labels\.(\w+)", filter + json.dumps(condition[kind].get("aggregations")))
                assert set(named) <= labels, f"{path.name}: {named}"
                outcomes = set(re.findall(r'metric\.labels\.outcome!?="([^"]+)"', filter))
                assert outcomes <= codes, f"{path.name}: no outcome {outcomes - codes}"
            # cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies: a matched line needs a rate.
            assert kind != "conditionMatchedLog" or "notificationRateLimit" in alert["alertStrategy"], path.name
    refused(fits, "monitoring.v3", "AlertPolicy", alert | {"combiner": "XOR"}, "planted")


# ---- the image ----


def the_dockerfile_is_sound():
    run(TOOLS / "bin/hadolint", REPO / "Dockerfile")


def the_dockerfile_names_what_is_in_the_repository():
    text = (REPO / "Dockerfile").read_text()
    toolchain = tomllib.loads((REPO / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    for path in ("Dockerfile", "cloudbuild.yaml"):
        images = re.findall(r"\brust:([\w.]+)-", (REPO / path).read_text())
        assert images and set(images) == {toolchain}, f"{path}: rust {images}, and rust-toolchain.toml says {toolchain}"
    members = tomllib.loads((REPO / "Cargo.toml").read_text())["workspace"]["members"]
    copied = re.findall(r"^COPY (\S+)/Cargo.toml \1/$", text, re.M)
    assert sorted(copied) == sorted(members), "a member is missing in the layer of dependencies"
    benches = {bench["name"] for bench in tomllib.loads((REPO / "tests/Cargo.toml").read_text()).get("bench", [])}
    assert benches == set(re.findall(r"tests/benches/(\w+)", text)), "a bench has no stand-in"
    ignored = (REPO / ".dockerignore").read_text()
    for member in members:
        assert f"!{member.split('/')[0]}" in ignored, f".dockerignore leaves {member} out"


def the_layer_of_dependencies_resolves():
    """The stand-ins of the Dockerfile are a workspace that cargo takes as it is locked."""
    if not shutil.which("cargo"):
        raise Skip("cargo is not installed")
    text = (REPO / "Dockerfile").read_text()
    script = re.search(r"^RUN (set -eu; \\\n    for crate.*?)    cargo build", text, re.M | re.S)[1]
    with tempfile.TemporaryDirectory() as folder:
        for words in re.findall(r"^COPY (.*Cargo.*)$", text, re.M):
            *sources, to = words.split()
            for source in sources:
                place = Path(folder) / to / Path(source).name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPO / source, place)
        run("sh", "-c", script.replace("\\\n", " ") + " true", cwd=folder)
        run("cargo", "metadata", "--locked", "--format-version=1", cwd=folder)


# ---- scripts ----


def scripts():
    """Every shell script of infra and .ci, by its first line."""
    for path in [*INFRA.rglob("*"), *(REPO / ".ci").iterdir()]:
        if path.is_file() and re.match(rb"#!.*\b(ba|da)?sh\b", path.read_bytes()[:64]):
            yield path


def shell_scripts_are_sound():
    found = list(scripts())
    assert len(found) >= 5, found
    for path in found:
        assert os.access(path, os.X_OK) or path.parent.name == ".ci", f"{path} cannot be executed"
        # info and style are left to taste.
        run(TOOLS / "bin/shellcheck", "--severity=warning", path)


def no_command_stands_in_a_page_that_a_shell_refuses():
    for page in INFRA.rglob("*.md"):
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S):
            # Capital words are for the reader to fill in.
            run("bash", "-n", "-c", block)


def every_link_in_a_page_leads_somewhere():
    for page in INFRA.rglob("*.md"):
        for to in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / to).exists(), f"{page}: {to}"


def every_guard_is_explained():
    guards = set(re.findall(r'=> "([\w-]+)"', (REPO / "shared/src/rejection.rs").read_text()))
    page = (CLOUD_RUN / "refused.md").read_text()
    told = set(re.findall(r"^\| `([\w-]+)` \|", page, re.M))
    assert told == guards, f"refused.md: {told ^ guards}"


# ---- with the real command: --doorbell ----


def the_example_configs_are_proven(doorbell):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("doorbell.toml", "worker.toml"):
            run(doorbell, "check", "--target", "cloud-run", "--config", CLOUD_RUN / name)
            rendered = Path(folder) / name
            rendered.write_text(render(name))
            run(doorbell, "check", "--target", "cloud-run", "--config", rendered)
        config = documents(INFRA / "knative/service.yaml")[0]["data"]["doorbell.toml"]
        knative = Path(folder) / "knative.toml"
        knative.write_text(config)
        run(doorbell, "check", "--target", "knative", "--config", knative)


# ---- AWS ----


def the_template():
    """With CloudFormation's own tags as plain values: `!Ref a` is `{"Ref": "a"}`."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def tag(loader, suffix, node):
        value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True)
        return {suffix: value}

    Loader.add_multi_constructor("!", tag)
    return yaml.load(template_text(), Loader)


def template_text():
    return (REPO / "template.yaml").read_text()


def the_template_is_sound():
    run(TOOLS / "bin/cfn-lint", REPO / "template.yaml")
    planted = template_text().replace("VisibilityTimeout:", "VisibiltyTimeout:")
    refused(lint, planted)


def sam_takes_the_template():
    if not sam.installed(sam.SAM):
        raise Skip("aws-sam-cli cannot be installed")
    sam.sam("validate", "--lint", "--template", REPO / "template.yaml")


def lint(text):
    with tempfile.TemporaryDirectory() as folder:
        run(TOOLS / "bin/cfn-lint", write(Path(folder) / "template.yaml", text))


def the_template_has_no_alias():
    # CloudFormation refuses them, cfn-lint does not
    # (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html).
    assert not re.search(r"^\s*[^#\n]*: [&*]\w", template_text(), re.M)


def both_environments_are_there():
    environments = tomllib.loads((REPO / "samconfig.toml").read_text())
    allowed = the_template()["Parameters"]["Environment"]["AllowedValues"]
    for name in allowed:
        assert environments[name]["deploy"]["parameters"]["parameter_overrides"] == f"Environment={name}"


def the_zip_is_of_the_same_template():
    module = load(INFRA / "aws/zip")
    made = module.template("arm64")
    lint(made)
    assert "BuildMethod" not in made and "CodeUri: bootstrap.zip" in made and "    Default: arm64\n" in made
    assert module.glibc(b"\0GLIBC_2.36\0GLIBC_2.4\0GLIBC_2.2.5\0") == {(2, 36), (2, 4), (2, 2, 5)}
    assert max(module.glibc(b"\0GLIBC_2.36\0")) > module.GLIBC


def no_config_takes_anothers_place_in_the_zip():
    for names in (("one/doorbell.toml", "two/doorbell.toml"), ("one/bootstrap",)):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in names]
            for path in paths:
                path.parent.mkdir()
                path.write_text("")
            done = subprocess.run([INFRA / "aws/zip", *(word for path in paths for word in ("--config", path))],
                                  capture_output=True, text=True)
            assert done.returncode and "keeps its name in the zip" in done.stderr, f"{names}: {done.stderr}"


def transformed(text, **parameters):
    """The template as CloudFormation gets it from SAM's transform."""
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    class Managed:
        """No policy is known by its name: a template that names one is refused."""

        def load(self):
            return {}

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    template = yaml_parse(text.replace("CodeUri: handler/lambda", "CodeUri: s3://bucket/key"))
    defaults = {name: str(parameter.get("Default")) for name, parameter in template["Parameters"].items()}
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION="eu-west-1"):
        return transform(template, defaults | parameters, Managed())["Resources"]


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def sam_makes_no_role_and_adds_no_policy():
    roles = of_type(transformed(template_text()), "AWS::IAM::Role")
    assert set(roles) == {"DoorRole", "WorkerRole"}, f"roles: {set(roles)}"
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role["Properties"], f"{name} has managed policies"


def whoever_calls_reaches_the_alias():
    """Rolling back moves the alias: what called the function itself would stay."""
    resources = transformed(template_text(), HttpApi="true")
    permissions = of_type(resources, "AWS::Lambda::Permission")
    callers = {"DoorUrl": "TargetFunctionArn", "Api": "Target", "WorkerDeliveries": "FunctionName"}
    for name, key in (callers | dict.fromkeys(permissions, "FunctionName")).items():
        to = resources[name]["Properties"][key]
        assert to == {"Ref": "WorkerAliaslive" if name == "WorkerDeliveries" else "DoorAliaslive"}, f"{name}: {key} is {to}"
    # A Function URL without either is 403 (docs.aws.amazon.com/lambda/latest/dg/urls-auth.html); SAM adds both.
    given = [permission["Properties"] for permission in permissions.values()]
    public = {permission["Action"]: permission for permission in given if permission["Principal"] == "*"}
    assert set(public) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}, set(public)
    assert public["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True, "anybody could invoke it without its URL"


def what_changes_a_function_publishes_a_version():
    def versions(text, **parameters):
        return set(of_type(transformed(text, **parameters), "AWS::Lambda::Version"))

    text = template_text()
    # Lambda refuses one that differs in nothing that a version holds (github.com/aws/serverless-application-model/issues/3281).
    assert versions(text) == versions(text, DoorConcurrency="5"), "a deployment that only changes the number of instances fails"
    for old, new in (("Timeout: 15", "Timeout: 14"), ("/github\n", "/gitlab\n"), ("MemorySize: 256", "MemorySize: 512")):
        assert old in text and versions(text) != versions(text.replace(old, new)), f"{new} reaches nobody"
    # The new value of a parameter publishes none, so that no config may depend on one that can change.
    parameters = set(the_template()["Parameters"]) - {"Environment"}
    for name in ("Door", "Worker"):
        config = the_template()["Resources"][name]["Properties"]["Environment"]["Variables"]["DOORBELL_CONFIG_TOML"]["Sub"]
        used = set(re.findall(r"\$\{(\w+)", config)) & parameters
        assert not used, f"{name}: a new value of {used} would reach nobody"


# What each service counts, by the dimension used (docs.aws.amazon.com: lambda/latest/dg/monitoring-metrics-types.html and
# urls-monitoring.html, apigateway/latest/developerguide/http-api-metrics.html,
# AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
AWS_METRICS = {
    "AWS/Lambda": {("FunctionName", name) for name in ("Errors", "Throttles", "Duration", "Url5xxCount", "UrlRequestLatency")},
    "AWS/ApiGateway": {("ApiId", name) for name in ("4xx", "5xx", "Latency", "IntegrationLatency")},
    "AWS/SQS": {("QueueName", name) for name in ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible")},
}


def every_alarm_counts_what_is_there():
    resources = the_template()["Resources"]
    filters = {it["Properties"]["MetricTransformations"][0]["MetricName"]["Sub"]: it["Properties"]
               for it in of_type(resources, "AWS::Logs::MetricFilter").values()}
    log = (REPO / "handler/adapters/src/log.rs").read_text()
    codes = set(re.findall(r'=> "([a-z-]+)"', (REPO / "shared/src/reply.rs").read_text()))
    for properties in filters.values():
        for field, value in re.findall(r'\$\.(\w+) = "([^"]*)"', properties["FilterPattern"]):
            assert f'"{field}"' in log, f"the log has no field {field}"
            assert field != "outcome" or value in codes, f"no outcome {value}"
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    counted = set()
    for name, alarm in alarms.items():
        alarm = alarm["Properties"]
        assert alarm["TreatMissingData"] == "notBreaching", f"{name}: no traffic is no alarm"
        if alarm["Namespace"] == "Doorbell":
            counted.add(alarm["MetricName"]["Sub"])
        else:
            [dimension] = alarm["Dimensions"]
            known = AWS_METRICS[alarm["Namespace"]]
            assert (dimension["Name"], alarm["MetricName"]) in known, f"{name}: {dimension['Name']} {alarm['MetricName']}"
    assert counted == set(filters), f"counted, and nobody is told: {counted ^ set(filters)}"


ACCOUNT = "eu-west-1:123456789012"
# What the template makes, and refers to.
MADE = {
    "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "Environment": "staging",
    "Deliveries": "https://sqs.eu-west-1.amazonaws.com/123456789012/doorbell-staging",
    "Deliveries.Arn": f"arn:aws:sqs:{ACCOUNT}:doorbell-staging",
    "Claims": "claims", "Claims.Arn": f"arn:aws:dynamodb:{ACCOUNT}:table/claims",
    "WorkerClaims": "worker-claims", "WorkerClaims.Arn": f"arn:aws:dynamodb:{ACCOUNT}:table/worker-claims",
    "DoorLog.Arn": f"arn:aws:logs:{ACCOUNT}:log-group:/aws/lambda/doorbell-staging:*",
    "WorkerLog.Arn": f"arn:aws:logs:{ACCOUNT}:log-group:/aws/lambda/doorbell-worker-staging:*",
}


def resolved(value):
    """`!Sub`, `!Ref` and `!GetAtt` with what is made filled in."""
    if isinstance(value, str):
        return value
    [(tag, text)] = value.items()
    return re.sub(r"\$\{([^}]+)\}", lambda found: MADE[found[1]], text) if tag == "Sub" else MADE[text]


def the_template_allows_what_its_configs_need(doorbell):
    """The configs of the template, with what is made there filled in, against the roles beside them: action and resource."""
    resources = the_template()["Resources"]
    for name in ("Door", "Worker"):
        config = resolved(resources[name]["Properties"]["Environment"]["Variables"]["DOORBELL_CONFIG_TOML"])
        assert len(config.encode()) < 4096, f"{name}: all variables together may hold 4 KB"
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder) / "doorbell.toml", config)
            run(doorbell, "check", "--target", "lambda-url", "--config", path)
            region = os.environ | {"AWS_REGION": MADE["AWS::Region"]}
            printed = json.loads(run(doorbell, "emit", "iam", "--aws", "--json", "--config", path, env=region))
        # No config names the account of a table or of a secret.
        needed = {(right["action"], right["resource"].replace(":*:", f":{MADE['AWS::AccountId']}:")) for right in printed}
        # What Lambda itself does under the function's role.
        needed |= {(action, MADE[f"{name}Log.Arn"]) for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
        if name == "Worker":
            reading = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
            needed |= {(action, MADE["Deliveries.Arn"]) for action in reading}
        [policy] = resources[f"{name}Role"]["Properties"]["Policies"]
        allowed = {(action, resolved(statement["Resource"]))
                   for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]}
        assert needed == allowed, f"{name}: lacks {sorted(needed - allowed)}, has {sorted(allowed - needed)} for nothing"


OFFLINE = [
    every_manifest_parses,
    cloudbuild_fits_its_schema,
    cloudbuild_scripts_are_sound,
    the_cloud_run_service_fits_its_schema,
    the_annotations_are_cloud_runs_own,
    the_service_holds_what_the_process_may_take_on,
    the_knative_manifest_fits_its_types,
    metrics_fit_their_schema_and_the_log,
    alerts_fit_their_schema_and_what_is_counted,
    the_dockerfile_is_sound,
    the_dockerfile_names_what_is_in_the_repository,
    the_layer_of_dependencies_resolves,
    shell_scripts_are_sound,
    no_command_stands_in_a_page_that_a_shell_refuses,
    every_link_in_a_page_leads_somewhere,
    every_guard_is_explained,
    the_template_is_sound,
    sam_takes_the_template,
    the_template_has_no_alias,
    sam_makes_no_role_and_adds_no_policy,
    whoever_calls_reaches_the_alias,
    what_changes_a_function_publishes_a_version,
    every_alarm_counts_what_is_there,
    both_environments_are_there,
    the_zip_is_of_the_same_template,
    no_config_takes_anothers_place_in_the_zip,
]
SETUP = [
    setup_commands.setup_prints_what_it_did_last_time,
    setup_commands.setup_does_what_it_prints,
    setup_commands.setup_stops_where_a_step_fails,
    setup_commands.every_gcloud_command_is_one,
]
REAL = [the_example_configs_are_proven, the_template_allows_what_its_configs_need]


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--doorbell", type=Path, help="the built command")
    given = flags.parse_args().doorbell
    install()
    counts = {"passed": 0, "failed": 0, "skipped": 0}

    def check(function, *arguments):
        name = function.__name__.replace("_", " ")
        try:
            function(*arguments)
            counts["passed"] += 1
            print(f"ok  {name}")
        except Skip as why:
            # With CI=true nothing may be missing.
            counts["failed" if os.environ.get("CI") == "true" else "skipped"] += 1
            print(f"skipped: {name}: {why}")
        except Exception as error:
            counts["failed"] += 1
            print(f"NO  {name}: {'' if isinstance(error, AssertionError) else type(error).__name__ + ': '}{error}")

    with tempfile.TemporaryDirectory() as folder:
        doorbell = given.resolve() if given else write(Path(folder) / "doorbell", setup_commands.EMIT)
        for function in OFFLINE:
            check(function)
        for function in SETUP:
            check(function, doorbell)
        if given:
            for function in REAL:
                check(function, doorbell)
    print("\n" + ", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
