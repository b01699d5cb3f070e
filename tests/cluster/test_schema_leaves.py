"""Every field that an author can write drives a field of a child, and a golden case shows it; or the table says why not.

schema_leaves.yaml is the table: leaf of the definition -> what it drives. A leaf is a field that has no fields below it;
`spec.x.**` stands for all below spec.x, which are compared as one value. Entries:

  KIND PATH, or a list of them        the value itself is found there, and the smallest blueprint has another one
  {value: KIND PATH}                  the same, beside
  {keys: KIND PATH}, {values: ...}    the keys or values of a map are found there
  {changes: KIND PATH, case: NAME}    in that golden case the field is another one than in the smallest blueprint
  {removes: KIND PATH, case: NAME}    in that golden case the field, which the smallest blueprint has, is missing
  {none: REASON}                      it drives no field of a child
"""

from functools import lru_cache

import pytest
import yaml

from definition import ROOT, nodes, schema
from golden_cases import cases, in_children, is_part_of, reach

TABLE = yaml.safe_load((ROOT / "tests/cluster/schema_leaves.yaml").read_text(encoding="utf-8"))
CASES = cases()
SMALLEST = next(case for case in CASES if case.name == "minimal")
ALL_BELOW = ".**"
WAYS = ("value", "keys", "values", "changes", "removes")


def leaves():
    return [path for node, path in nodes(schema()["properties"]["spec"], "spec")
            if "properties" not in node and "items" not in node and not path.endswith("{}")]


def matches(entry, leaf):
    return leaf.startswith((entry.removesuffix("**"), entry.removesuffix(ALL_BELOW) + "[")) \
        if entry.endswith(ALL_BELOW) else leaf == entry


def places(driven):
    return driven if isinstance(driven, list) else [driven]


def reason(driven):
    return driven.get("none") if isinstance(driven, dict) else None


def claims():
    """(entry, how, place, name of the case or None) of everything that the table says is driven."""
    for entry, driven in TABLE.items():
        if isinstance(driven, dict):
            for how in WAYS:
                for place in places(driven.get(how, [])):
                    yield entry, how, place, driven.get("case")
        else:
            for place in places(driven):
                yield entry, "value", place, None


def wanted(case, entry, how):
    """The values of the leaf in the blueprint that have to be in the child."""
    values = reach(case.spec, entry.removesuffix(ALL_BELOW))
    if how == "keys":
        return [key for value in values for key in value]
    if how == "values":
        return [each for value in values for each in value.values()]
    return values


@lru_cache
def in_smallest(place):
    return in_children(SMALLEST, place)


def has(value, found):
    return any(is_part_of(value, whole) for whole in found)


def shows(case, entry, how, place):
    """Whether the case proves the claim."""
    if not reach(case.spec, entry.removesuffix(ALL_BELOW)):
        return False
    found = in_children(case, place)
    if how == "changes":
        return found not in ([], in_smallest(place))
    if how == "removes":
        return not found and in_smallest(place) != []
    return any(has(value, found) and not has(value, in_smallest(place)) for value in wanted(case, entry, how))


def test_every_leaf_has_an_entry():
    assert [leaf for leaf in leaves() if not any(matches(entry, leaf) for entry in TABLE)] == []


def test_every_entry_has_a_leaf():
    assert [entry for entry in TABLE if not any(matches(entry, leaf) for leaf in leaves())] == []


def test_every_entry_says_something():
    said = {entry for entry, _, _, _ in claims()} | {entry for entry, driven in TABLE.items() if reason(driven)}
    assert [entry for entry in TABLE if entry not in said] == []


@pytest.mark.parametrize(("entry", "how", "place", "named"), list(claims()))
def test_a_golden_case_shows_it(entry, how, place, named):
    assert (named is not None) == (how in ("changes", "removes"))
    shown_by = [case.name for case in CASES if named in (None, case.name) and shows(case, entry, how, place)]
    assert shown_by, f"no golden case shows that {entry} drives {place}"
