"""When every blueprint is Ready there is nothing to do, and nothing is done: counted in the server's own audit log."""

import time

from api import CHILD_KINDS
from blueprints import condition, create
from waiting import eventually, settled

IDLE_SECONDS = 60
MANY = 100


def all_ready(api, namespace, count):
    instances = api.list("ServiceBlueprint", namespace)
    ready = [one for one in instances if condition(one, "Ready").get("status") == "True"
             and condition(one, "Ready")["observedGeneration"] == one["metadata"]["generation"]]
    assert len(ready) == count, f"{len(ready)} of {count} are ready"


def make(api, namespace, count):
    for number in range(count):
        create(api, namespace, f"shop-{number}", disruption={"enabled": True})
    eventually(lambda: all_ready(api, namespace, count), timeout=420)


def wait_quiet(audit):
    """Count-only changes of the status may be written up to 5 s late."""
    start = audit.position()
    settled(lambda: len(audit.other_than_watches_since(start)), quiet_seconds=8, timeout=120)


def versions(api, namespace):
    return {(kind, one["metadata"]["name"]): one["metadata"]["resourceVersion"]
            for kind in ["ServiceBlueprint", *CHILD_KINDS] for one in api.list(kind, namespace)}


def test_an_idle_minute_makes_no_request_but_watches(api, operator, namespace, audit):
    make(api, namespace, 20)
    wait_quiet(audit)
    start = audit.position()
    time.sleep(IDLE_SECONDS)  # the promise is about this time
    assert audit.other_than_watches_since(start) == []
    assert operator.running()


def test_a_restart_over_many_unchanged_blueprints_writes_nothing(api, operator, namespace, audit):
    make(api, namespace, MANY)
    wait_quiet(audit)
    before = versions(api, namespace)
    start = audit.position()
    operator.restart()
    eventually(lambda: _looked_at_all(operator), timeout=120)
    wait_quiet(audit)
    assert audit.writes_since(start) == []
    assert {uri for _, uri in audit.other_than_watches_since(start) if f"/{namespace}/" in uri} == set()
    after = versions(api, namespace)
    deployments = {key for key in before if key[0] == "Deployment"}  # their status may move by itself
    assert {key: after[key] for key in before if key not in deployments} == {
        key: before[key] for key in before if key not in deployments}


def _looked_at_all(operator):
    assert operator.metric("controller_runtime_reconcile_total") >= MANY
    assert operator.metric("workqueue_depth") == 0
    assert operator.metric("controller_runtime_active_workers") == 0
