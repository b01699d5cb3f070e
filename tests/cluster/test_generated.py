"""Generated blueprints: each is refused with a message that names the place, or ends in Ready or a named reason; and what
a series of edits leaves is what a fresh blueprint of the last one would have.

GENERATED_CASES and GENERATED_SEED vary them; a failure names its seed and its spec.
"""

import json
import os
import re

import pytest
from kubernetes.client.exceptions import ApiException

from blueprints import condition, essence
from conftest import new_namespace
from generated import Generator
from waiting import eventually

SEED = int(os.environ.get("GENERATED_SEED", "20260101"))
CASES = int(os.environ.get("GENERATED_CASES", "400"))
LIVE = CASES // 5  # of the accepted ones, how many become pods
SERIES = 6
EDITS = 8
DRY_RUN = "dryRun=All"
SERVING = {"Serving", "ScaledToZero"}
# What a generated blueprint may come to without a fault of ours: no node fits it, or a default contradicts it.
NAMED = {"Unschedulable", "Invalid", "ReplicaFailure"}
OPTIONAL_KINDS = ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Deployment", "Service", "PodDisruptionBudget",
                  "Ingress", "HTTPRoute", "ServiceMonitor", "PrometheusRule", "HorizontalPodAutoscaler"]


def body(name, spec):
    return {"metadata": {"name": name}, "spec": spec}


def refusal_of(api, namespace, spec):
    """What the server says against it; None when it takes it."""
    try:
        api.create("ServiceBlueprint", namespace, body("generated", spec), query=DRY_RUN)
    except ApiException as refusal:
        return refusal
    return None


@pytest.fixture(scope="module")
def accepted(api, installed):
    """The specs that the server takes, after it has said why not of all others."""
    with new_namespace(api, "generated") as namespace:
        specs, refused = [], 0
        for number in range(CASES):
            spec = Generator(SEED + number).spec(odd=number % 2 == 0)
            refusal = refusal_of(api, namespace, spec)
            if refusal is None:
                specs.append((number, spec))
                continue
            refused += 1
            message = json.loads(refusal.body)["message"]
            assert refusal.status in (400, 422), (number, spec, message)
            assert re.search(r"\bspec\b", message), (number, spec, message)
    assert len(specs) > CASES // 4 and refused > CASES // 10, "the generator is one-sided"
    return specs


def test_each_ends_ready_or_with_a_named_reason(api, operator, accepted, namespace):
    panics = operator.metric("controller_runtime_reconcile_panics_total")
    position = operator.log_position()
    live = {f"g{number}": spec for number, spec in accepted[:LIVE]}
    for name, spec in live.items():
        api.create("ServiceBlueprint", namespace, body(name, spec))
    pending = dict(live)

    def all_settled():
        for instance in api.list("ServiceBlueprint", namespace):
            ready = condition(instance, "Ready")
            if ready and (ready["reason"] in SERVING or ready["reason"] in NAMED):
                pending.pop(instance["metadata"]["name"], None)
        name, spec = next(iter(pending.items()), (None, None))
        assert name is None, (len(pending), name, spec, api.get("ServiceBlueprint", namespace, name).get("status"))

    eventually(all_settled, 300)
    for instance in api.list("ServiceBlueprint", namespace):
        told = (instance["metadata"]["name"], instance["spec"], instance["status"]["conditions"])
        assert condition(instance, "Applied").get("reason") in ("Applied", None), told
        if condition(instance, "Ready")["reason"] == "Invalid":
            assert re.search(r"\bspec\.", condition(instance, "Accepted")["message"]), told
            assert not instance["status"].get("resources"), told
    assert operator.metric("controller_runtime_reconcile_panics_total") == panics
    denied = [line for line in operator.log_since(position) if line.get("message") == "child held back"]
    assert not denied


def written_by_us(child):
    """Without what names this very object, and what the server or another controller filled in."""
    kept = essence(child)
    kept["owners"] = [{key: value for key, value in owner.items() if key != "uid"} for owner in kept["owners"]]
    spec = kept.get("spec", {})
    for field in ("clusterIP", "clusterIPs"):
        spec.pop(field, None)
    return kept


def children_of(api, namespace):
    found = {}
    for kind in OPTIONAL_KINDS:
        for child in api.list(kind, namespace, "app.kubernetes.io%2Fmanaged-by%3Dserviceblueprint-operator"):
            essential = json.dumps(written_by_us(child)).replace(namespace, "NAMESPACE")  # alerts name it
            found[kind, child["metadata"]["name"]] = json.loads(essential)
    if any(kind == "HorizontalPodAutoscaler" for kind, _ in found):
        found["Deployment", "edited"]["spec"].pop("replicas")  # the live count goes on
    return found


def expect_same(api, edited, fresh):
    """The previous generated ConfigMap may still be there."""
    left, right = children_of(api, edited), children_of(api, fresh)
    extra = sorted(set(left) - set(right))
    assert [kind for kind, _ in extra] in ([], ["ConfigMap"]), extra
    for key, child in right.items():
        assert left.get(key) == child, key


def invalidity(api, namespace):
    accepted_word = condition(api.get("ServiceBlueprint", namespace, "edited"), "Accepted")
    return accepted_word["message"] if accepted_word["reason"] == "Invalid" else None


@pytest.mark.parametrize("series", range(SERIES))
def test_edits_end_as_a_fresh_blueprint(api, operator, accepted, namespace, series):
    specs = [spec for _, spec in accepted]
    picked = [specs[(series * 31 + step * 17) % len(specs)] for step in range(EDITS + 1)]
    created = api.create("ServiceBlueprint", namespace, body("edited", picked[0]))
    last = picked[0]
    for step, spec in enumerate(picked[1:]):
        current = api.get("ServiceBlueprint", namespace, "edited")
        try:
            api.replace("ServiceBlueprint", namespace, "edited", {**current, "spec": spec})
            last = spec
        except ApiException as refusal:
            assert refusal.status in (409, 422), refusal.body
        if (series + step) % 2:
            eventually(lambda: expect_observed(api, namespace))
    with new_namespace(api, "fresh") as fresh:
        api.create("ServiceBlueprint", fresh, body("edited", last))
        eventually(lambda: expect_observed(api, namespace))
        eventually(lambda: expect_observed(api, fresh))
        if invalidity(api, fresh):  # by a default: the children stay as they were, of which a fresh one has none
            assert invalidity(api, namespace) == invalidity(api, fresh)
        else:
            eventually(lambda: expect_same(api, namespace, fresh), 120)
    assert api.get("ServiceBlueprint", namespace, "edited")["metadata"]["uid"] == created["metadata"]["uid"]


def expect_observed(api, namespace):
    instance = api.get("ServiceBlueprint", namespace, "edited")
    assert instance.get("status", {}).get("observedGeneration") == instance["metadata"]["generation"], instance
