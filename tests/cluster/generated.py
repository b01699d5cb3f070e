"""Blueprints that nobody wrote, from a seed: parts of all golden and sample blueprints put together anew, and in some of
them a value that stands at a bound of the schema, one step over it, or is odd (unicode, empty, a duplicate).

What people wrote has the shape of what people write; the bounds come from the published definition, so a new field takes
part as soon as it has one golden case.
"""

import copy
import functools
import random
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_REPLICAS = 3  # one machine carries the cluster
MOST_READY_SECONDS = 3  # the test waits for them
ODD_TEXTS = ["", " ", "ä", "日本語", "a\u0000b", "-", "x" * 70, "UPPER", "a..b", "../etc", "$(POD_NAME)", "\u202e", "a\nb"]


@functools.cache
def schema():
    """Of spec, as published."""
    definition = yaml.safe_load((ROOT / "crds/serviceblueprints.yaml").read_text(encoding="utf-8"))
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


@functools.cache
def written_specs():
    """The specs of the golden cases that are not refused, and of the samples."""
    found = []
    files = [file for file in sorted((ROOT / "tests/golden").glob("*/blueprint.yaml"))
             if not (file.parent / "error.txt").exists()]
    for file in files + sorted((ROOT / "crds/samples").glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if document and document["kind"] == "ServiceBlueprint":
                found.append(document["spec"])
    return found


class Generator:
    """`spec()` is a new one each time, the same series for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.schema = schema()
        self.specs = written_specs()
        self.fields = {}
        for spec in self.specs:
            for field, value in spec.items():
                self.fields.setdefault(field, []).append(value)

    def spec(self, odd):
        """With `odd`, one value is at or over a bound or strange; else all of it is like what people write."""
        spec = copy.deepcopy(self.random.choice(self.specs))
        for field in self.random.sample(sorted(self.fields), self.random.randint(1, 5)):
            spec[field] = copy.deepcopy(self.random.choice(self.fields[field]))
        for field in self.random.sample(sorted(spec), self.random.randint(0, 2)):
            if field != "image":
                del spec[field]
        if "autoscaling" in spec:
            spec.pop("replicas", None)
        if odd:
            self._make_odd(spec)
        return self._small(spec)

    def _make_odd(self, spec):
        places = list(self._places(self.schema, spec))
        holder, key, node = self.random.choice(places)
        holder[key] = self.random.choice(list(self._odd_values(node, holder[key])))

    def _places(self, node, value):
        """Every value below `value` with its schema: (holder, key, schema)."""
        if isinstance(value, dict):
            for key, member in value.items():
                below = node.get("properties", {}).get(key) or node.get("additionalProperties")
                if isinstance(below, dict):
                    yield value, key, below
                    yield from self._places(below, member)
        elif isinstance(value, list):
            for index, member in enumerate(value):
                below = node.get("items")
                if isinstance(below, dict):
                    yield value, index, below
                    yield from self._places(below, member)

    def _odd_values(self, node, value):
        if "enum" in node:
            yield from [*node["enum"], "Other"]
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, (int, float)):
            yield from (number + step for number in (node.get("minimum", 0), node.get("maximum", 2**31 - 1))
                        for step in (-1, 0, 1))
        elif isinstance(value, str):
            yield from ODD_TEXTS
            longest = node.get("maxLength", 100)
            yield from ("a" * longest, "a" * (longest + 1))
        elif isinstance(value, list):
            yield []
            yield value + copy.deepcopy(value[:1])
            yield (copy.deepcopy(value) * (node.get("maxItems", 16) + 1))[:node.get("maxItems", 16) + 1]
        elif isinstance(value, dict):
            yield {}
            yield {**value, "unknown": 1}
        yield None
        yield "text"
        yield 5

    @staticmethod
    def _small(spec):
        if isinstance(spec.get("replicas"), int):
            spec["replicas"] = min(spec["replicas"], MOST_REPLICAS)
        rollout = spec.get("rollout")
        if isinstance(rollout, dict) and isinstance(rollout.get("minReadySeconds"), int):
            rollout["minReadySeconds"] = min(rollout["minReadySeconds"], MOST_READY_SECONDS)
        scaling = spec.get("autoscaling")
        if isinstance(scaling, dict) and isinstance(scaling.get("minReplicas"), int):
            scaling["minReplicas"] = min(scaling["minReplicas"], MOST_REPLICAS)
        return spec
