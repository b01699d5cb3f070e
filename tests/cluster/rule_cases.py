"""The table of the definition's rules, rules/*.yaml, and the blueprints made from it. An entry is one rule, or one bound:

  says      the message, exactly as in the definition
  where     the field that the server names in its answer, or a list of them. Left out, the entry is for every field whose
            rule has the message, and the values go into the node that has the rule.
  at        the field into which the values go, where that is another one than `where`
  with      the rest of the spec, where the rule needs one
  accepts   values that the server takes
  refuses   values that the server refuses, naming the field and giving the message

Where an entry is for several fields, the first has all values, the others one of each kind. What an element or object on
the way to the field must have besides it is filled in.
"""

import copy
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from definition import FAST_LOADER, rules, schema

TABLE = Path(__file__).parent / "rules"
MAP_KEY = "some-key"

# What required fields are, where nothing else is said.
EXAMPLES = {"name": "some", "key": "some", "path": "some", "value": "some", "image": "some", "container": "some",
            "topologyKey": "some", "preference": {}, "podAffinityTerm": {"topologyKey": "some"}, "port": 9000, "mountPath": "/some", "command": ["/some"], "weight": 1,
            "hosts": ["some.example.com"], "maxReplicas": 100, "periodSeconds": 60, "claimName": "some", "kind": "Some",
            "metric": {"name": "some"}, "target": {"type": "AverageValue", "averageValue": 1},
            "describedObject": {"kind": "Some", "name": "some"}}
# An object that has the first field needs the second; one that may have the field needs one of the others.
NEEDED_BY = {"items": ("mountPath", "/some"), "defaultMode": ("mountPath", "/some"),
             "probes": ("ports", [{"name": "some", "port": 9000}])}
ONE_OF = {"envPrefix": {"envPrefix": "", "env": None, "mountPath": None},
          "emptyDir": {"emptyDir": {}, "persistentVolumeClaim": None},
          "cidr": {"namespace": "some", "blueprint": None, "cidr": None},
          "matchLabelKeys": {"labelSelector": {}},
          "tolerationSeconds": {"key": "some"}}


@dataclass(frozen=True)
class Case:
    """One blueprint to apply. `refusal` is None where it must be accepted."""

    label: str
    name: str
    document: str
    field: str
    refusal: str | None


@lru_cache
def entries():
    texts = [file.read_text(encoding="utf-8") for file in sorted(TABLE.glob("*.yaml"))]
    return [entry for text in texts for entry in yaml.load(text, FAST_LOADER)]


def places(entry):
    """(where the values go, the field that the answer names) of an entry."""
    if "where" not in entry:
        return [(node, field) for node, field, message in rules() if message == entry["says"]]
    where = entry["where"] if isinstance(entry["where"], list) else [entry["where"]]
    return [(entry.get("at", field), field) for field in where]


def steps(path):
    """spec.env[].name -> spec, env, 0, name; an element of a list is its first, a key in brackets stands for itself."""
    for name, key, mark in re.findall(r"([\w-]+)|\['([^']+)'\]|(\[\]|\{\})", path):
        yield name or key or (0 if mark == "[]" else MAP_KEY)


def reported(path):
    """The path as the server writes it: spec.env[0].name, spec.labels.some-key."""
    return "".join("[0]" if step == 0 else f".{step}" for step in steps(path)).removeprefix(".")


def put(target, path, value):
    """Sets the field; what is on the way there is made where it is missing. A value for the spec adds to what it has, one
    for the whole object ("") takes its place."""
    walk = list(steps(path))
    if not walk:
        target |= value
        return
    for step, following in zip(walk, walk[1:]):
        empty = [] if following == 0 else {}
        if step == 0:
            if not target:
                target.append(empty)
            target = target[0]
        else:
            target = target.setdefault(step, empty)
    if walk[-1] == 0:
        target[:1] = [value]
    elif path == "spec":
        target["spec"] |= value
    else:
        target[walk[-1]] = value


def choice(name, options, value):
    """An operator that fits the values, a type that fits the field that is there, else the first one."""
    if name == "operator":
        return "In" if "values" in value else "Exists"
    exact = [option for option in options if option[0].lower() + option[1:] in value]
    similar = [option for option in options if any(field.endswith(option) for field in value)]
    return [*exact, *similar, options[0]][0]


def fill(node, value):
    """Gives an object what the definition wants it to have besides."""
    fields = node.get("properties", {})
    for name in node.get("required", []):
        if name not in value:
            options = fields[name].get("enum")
            value[name] = choice(name, options, value) if options else copy.deepcopy(EXAMPLES[name])
    for field, (needed, example) in NEEDED_BY.items():
        if field in value:
            value.setdefault(needed, copy.deepcopy(example))
    for field, others in ONE_OF.items():
        if field in fields and not others.keys() & value.keys():
            name, example = next(iter(others.items()))
            value[name] = copy.deepcopy(example)


def fill_way(document, path):
    """Fills the objects on the way to the field, from the innermost outwards."""
    way, node, value = [], schema(), document
    for step in steps(path):
        way.append((node, value))
        node = node["items"] if step == 0 else \
            node["properties"][step] if "properties" in node else node["additionalProperties"]
        value = value[step]
    for node, value in reversed(way):
        if isinstance(value, dict):
            fill(node, value)


def blueprint(name, entry, place, value):
    made = {"apiVersion": "serviceblueprint.dev/v1alpha1", "kind": "ServiceBlueprint", "metadata": {"name": name},
            "spec": {"image": "registry.example/checkout:1.4.2", **copy.deepcopy(entry.get("with", {}))}}
    put(made, place, copy.deepcopy(value))
    fill_way(made, place)
    return made


def values(entry, is_first):
    """(value, refusal)"""
    number = None if is_first else 1
    yield from ((value, None) for value in entry["accepts"][:number])
    yield from ((value, entry["says"]) for value in entry["refuses"][:number])


def cases():
    made = []
    for entry in entries():
        for index, (place, field) in enumerate(places(entry)):
            for value, refusal in values(entry, is_first=index == 0):
                document = blueprint(f"case-{len(made)}", entry, place, value)
                answer = "refuses" if refusal else "accepts"
                made.append(Case(f"{field} {answer} {json.dumps(value)[:60]}", document["metadata"]["name"],
                                 json.dumps(document), reported(field), refusal))
    return made
