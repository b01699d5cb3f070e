"""The golden cases as pairs of a blueprint and the children that it becomes, and paths into both.

A path goes from a document to values: `.name` is a field, `['key']` the key of a map, `[]` every element of a list, `[0]` one
of them, `[name=A]` those whose field has the value. It gives all values that it reaches.
"""

import re
from dataclasses import dataclass

import yaml

from definition import FAST_LOADER, ROOT

GOLDEN = ROOT / "tests/golden"
SAMPLES = ROOT / "crds/samples"
INSTANCE = "app.kubernetes.io/instance"
STEP = re.compile(r"\.?([\w-]+)|\['([^']+)'\]|\[(\w+)=([^\]]+)\]|\[(\d*)\]")


@dataclass(frozen=True)
class Case:
    name: str
    spec: dict
    children: list


def documents(file):
    return [each for each in yaml.load_all(file.read_text(encoding="utf-8"), FAST_LOADER) if each]


def pairs(name, source, rendered):
    """One case for each blueprint of the file."""
    children = documents(rendered)
    for blueprint in documents(source):
        if blueprint["kind"] == "ServiceBlueprint":
            mine = [each for each in children if each["metadata"]["labels"][INSTANCE] == blueprint["metadata"]["name"]]
            yield Case(name, {"spec": blueprint["spec"]}, mine)


def cases():
    """Those that a platform's configuration does not change."""
    found = []
    for sample in sorted(SAMPLES.glob("*.yaml")):
        found += pairs(f"sample-{sample.stem}", sample, GOLDEN / f"sample-{sample.stem}/expected.yaml")
    for source in sorted(GOLDEN.glob("*/blueprint.yaml")):
        rendered = source.parent / "expected.yaml"
        if rendered.exists() and not source.parent.name.startswith(("platform-", "hardened", "render-version-")):
            found += pairs(source.parent.name, source, rendered)
    return found


def one_step(value, step):
    field, key, selector, wanted, index = step
    if field or key:
        return [value[field or key]] if isinstance(value, dict) and (field or key) in value else []
    elements = value if isinstance(value, list) else []
    if selector:
        return [each for each in elements if str(each.get(selector)) == wanted]
    return elements[int(index):int(index) + 1] if index else elements


def reach(document, path):
    values = [document]
    for step in STEP.findall(path):
        values = [found for value in values for found in one_step(value, step)]
    return values


def in_children(case, place):
    """All values at "KIND PATH"."""
    kind, path = place.split(" ", 1)
    return [value for child in case.children if child["kind"] == kind for value in reach(child, path)]


def is_part_of(value, whole):
    """Whether every field and element of `value` is in `whole`; a number is the same as its text."""
    if isinstance(value, dict):
        return isinstance(whole, dict) and all(key in whole and is_part_of(value[key], whole[key]) for key in value)
    if isinstance(value, list):
        return isinstance(whole, list) and all(any(is_part_of(one, other) for other in whole) for one in value)
    return type(whole) in (str, int, float, bool) and str(value) == str(whole)
