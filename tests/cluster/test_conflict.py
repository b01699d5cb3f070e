"""An object of the same name that is not ours stays as it is, byte by byte; the blueprint says so and waits."""

import json

import pytest

from api import CHILD_KINDS
from blueprints import change, condition, create, expect_condition, wait_ready
from waiting import eventually, settled

SELECTOR = {"app": "foreign"}
FOREIGN = {
    "Deployment": {"spec": {"replicas": 0, "selector": {"matchLabels": SELECTOR}, "template": {
        "metadata": {"labels": SELECTOR}, "spec": {"containers": [{"name": "x", "image": "registry.example/x:1"}]}}}},
    "Service": {"spec": {"selector": SELECTOR, "ports": [{"name": "other", "port": 1234}]}},
    "ServiceAccount": {"automountServiceAccountToken": True},
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": SELECTOR}}},
    "ServiceMonitor": {"spec": {"selector": {"matchLabels": SELECTOR}, "endpoints": [{"port": "other"}]}},
}


def make_foreign(api, namespace, kind):
    """Creates it and waits until its own controllers are done with it; returns its bytes."""
    api.create(kind, namespace, {"metadata": {"name": "shop", "labels": {"made-by": "somebody"}}, **FOREIGN[kind]})
    return settled(lambda: bytes_of(api, namespace, kind))


def bytes_of(api, namespace, kind):
    return json.dumps(api.get(kind, namespace, "shop"), sort_keys=True)


def expect_conflict(api, namespace, kind):
    found = expect_condition(api, namespace, "shop", "Ready", "False", "NameConflict")
    assert kind in found["message"], found
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Stalled")["status"] == "True"
    assert condition(instance, "Accepted")["reason"] == "NameConflict"


@pytest.mark.parametrize("kind", CHILD_KINDS)
def test_a_foreign_object_keeps_every_byte_and_the_blueprint_goes_on_once_it_is_gone(api, operator, namespace, kind):
    before = make_foreign(api, namespace, kind)
    create(api, namespace, "shop", disruption={"enabled": True})
    expect_conflict(api, namespace, kind)
    # A change of the blueprint is a new attempt at once.
    change(api, namespace, "shop", {"labels": {"team": "a"}})
    expect_conflict(api, namespace, kind)
    assert bytes_of(api, namespace, kind) == before
    api.delete(kind, namespace, "shop")
    wait_ready(api, namespace, "shop")
    assert sorted(api.children(namespace, "shop")) == sorted(CHILD_KINDS)


@pytest.mark.parametrize("kind", ["Service", "ServiceAccount"])
def test_a_conflict_holds_back_that_child_only(api, operator, namespace, kind):
    make_foreign(api, namespace, kind)
    create(api, namespace, "shop", disruption={"enabled": True})
    expect_conflict(api, namespace, kind)

    def check():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        ours = {child for child, body in api.children(namespace, "shop").items()
                if body["metadata"].get("ownerReferences", [{}])[0].get("uid") == instance["metadata"]["uid"]}
        assert ours == set(CHILD_KINDS) - {kind}
    eventually(check)


@pytest.mark.parametrize("kind", ["Deployment", "Service", "ServiceAccount"])
def test_a_foreign_object_that_takes_the_name_meanwhile_keeps_every_byte(api, operator, namespace, kind):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    operator.terminate()
    api.delete(kind, namespace, "shop")
    eventually(lambda: _gone(api, namespace, kind))
    before = make_foreign(api, namespace, kind)
    operator.start()
    expect_conflict(api, namespace, kind)
    assert bytes_of(api, namespace, kind) == before


def test_a_child_whose_owner_reference_was_taken_away_is_foreign(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    operator.terminate()
    api.patch("Service", namespace, "shop", {"metadata": {"ownerReferences": None}})
    before = settled(lambda: bytes_of(api, namespace, "Service"))
    operator.start()
    expect_conflict(api, namespace, "Service")
    assert bytes_of(api, namespace, "Service") == before


def test_deleting_the_blueprint_leaves_the_foreign_object(api, operator, namespace):
    before = make_foreign(api, namespace, "Service")
    create(api, namespace, "shop")
    expect_conflict(api, namespace, "Service")
    api.delete("ServiceBlueprint", namespace, "shop")
    eventually(lambda: _gone(api, namespace, "Deployment"), timeout=120)
    assert bytes_of(api, namespace, "Service") == before


def _gone(api, namespace, kind):
    assert api.get(kind, namespace, "shop") is None
