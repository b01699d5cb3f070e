"""The CustomResourceDefinition as the repository has it, and the paths of its fields.

`[]` stands for an element of a list, `{}` for a value of a map, as in spec.env[].name.
"""

from functools import lru_cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the definition is long
DEFINITION = ROOT / "crds/serviceblueprints.yaml"


@lru_cache
def schema():
    definition = yaml.load(DEFINITION.read_text(encoding="utf-8"), FAST_LOADER)
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def nodes(node, path=""):
    """Every node of the schema with its path."""
    yield node, path
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}" if path else name)
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if key in node:
            yield from nodes(node[key], path + mark)


@lru_cache
def rules():
    """(node, field, message) of every CEL rule: the node that has it, and the field that its answer names."""
    return [(path, path + rule.get("fieldPath", ""), rule["message"])
            for node, path in nodes(schema()) for rule in node.get("x-kubernetes-validations", [])]
