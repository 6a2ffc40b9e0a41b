"""Google's own description of its resources: does a manifest fit it, to the last key?

The documents come inside google-api-python-client. `gcloud` drops or refuses what does not fit only in the cloud, and
Knative's own schema lets a misspelt key pass.
"""
import json
from importlib.util import find_spec
from pathlib import Path

NUMBERS = {"integer": int, "number": (int, float)}
FORMS = {"string": str, "boolean": bool, "array": list, "object": dict} | NUMBERS


def schemas(name):
    """The schemas of an API: `run.v1`."""
    package = Path(find_spec("googleapiclient").origin).parent
    return json.loads((package / "discovery_cache" / "documents" / f"{name}.json").read_text())["schemas"]


def misfits(known, schema, value, where):
    """Everything in `value` that `schema` does not have, a line each."""
    if "$ref" in schema:
        schema = known[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "any":
        return
    # A 64-bit number may be written as text.
    written = (str, int) if schema.get("format") in ("int64", "uint64") else FORMS[kind]
    if not isinstance(value, written) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{where}: {value!r} is no {kind}"
    elif kind == "object":
        named, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, inner in value.items():
            if key in named or others:
                yield from misfits(known, named.get(key, others), inner, f"{where}.{key}")
            else:
                yield f"{where}.{key}: no such key"
    elif kind == "array":
        for index, inner in enumerate(value):
            yield from misfits(known, schema["items"], inner, f"{where}[{index}]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {', '.join(schema['enum'])}"
