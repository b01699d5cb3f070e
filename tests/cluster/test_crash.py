"""A crash of the operator at any instant converges without help after its restart, and restarts no pod."""

import time

import pytest

from api import CHILD_KINDS
from blueprints import change, controlled_by, create, wait_ready

BLUEPRINTS = 8


@pytest.mark.parametrize("instant", [0.0, 0.05, 0.15, 0.4, 1.0])
def test_killed_while_it_creates(api, operator, namespace, instant):
    """The instants are arbitrary places in the work; what must hold does not depend on where exactly they fall."""
    for number in range(BLUEPRINTS):
        create(api, namespace, f"shop-{number}", disruption={"enabled": True})
    time.sleep(instant)
    operator.kill()
    operator.start()
    for number in range(BLUEPRINTS):
        instance = wait_ready(api, namespace, f"shop-{number}", timeout=300)
        children = api.children(namespace, f"shop-{number}")
        assert sorted(children) == sorted(CHILD_KINDS)
        assert all(controlled_by(child, instance) for child in children.values())


def test_killed_between_a_change_and_its_effect(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True}, command=["run"])
    wait_ready(api, namespace, "shop")
    operator.kill()
    change(api, namespace, "shop", {"disruption": None, "monitoring": {"enabled": False}, "command": None})
    operator.start()
    wait_ready(api, namespace, "shop")
    children = api.children(namespace, "shop")
    assert sorted(children) == ["Deployment", "Service", "ServiceAccount"]
    assert "command" not in children["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def test_pods_outlive_the_operator(api, operator, namespace):
    create(api, namespace, "shop", replicas=2)
    wait_ready(api, namespace, "shop")
    before = {one["metadata"]["uid"] for one in api.list("Pod", namespace)}
    operator.kill()
    assert api.list("Pod", namespace)
    operator.start()
    operator.restart()
    wait_ready(api, namespace, "shop")
    assert {one["metadata"]["uid"] for one in api.list("Pod", namespace)} == before
