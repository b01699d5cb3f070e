"""What others add to a child, and the blueprint lacks, survives every reconcile."""

import pytest

from api import APPLY, STRATEGIC
from blueprints import change, create, wait_ready
from waiting import eventually

RESTRICTED = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
              "seccompProfile": {"type": "RuntimeDefault"}}


@pytest.fixture
def shop(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True}, labels={"team": "a"})
    wait_ready(api, namespace, "shop")
    return namespace


def write_every_child(api, namespace):
    """A change that makes the operator apply each child twice over."""
    for team in ("b", "c"):
        change(api, namespace, "shop", {"labels": {"team": team}, "podAnnotations": {"example.com/round": team},
                                        "monitoring": {"labels": {"round": team}}})
        wait_ready(api, namespace, "shop")

        def check(wanted=team):
            for kind, child in api.children(namespace, "shop").items():
                assert child["metadata"]["labels"]["team"] == wanted, kind
        eventually(check)


def test_annotations_and_labels_of_others_survive(api, shop):
    for kind in api.children(shop, "shop"):
        api.patch(kind, shop, "shop", {"metadata": {"annotations": {"example.com/theirs": "yes"},
                                                    "labels": {"example.com/theirs": "yes"}}})
    write_every_child(api, shop)
    for kind, child in api.children(shop, "shop").items():
        assert child["metadata"]["annotations"]["example.com/theirs"] == "yes", kind
        assert child["metadata"]["labels"]["example.com/theirs"] == "yes", kind


def test_a_sidecar_of_another_manager_survives(api, shop):
    sidecar = {"name": "aside", "image": "registry.example/aside:1", "securityContext": RESTRICTED}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"},
            "spec": {"template": {"spec": {"containers": [sidecar]}}}}
    api.patch("Deployment", shop, "shop", body, APPLY, "fieldManager=mesh-team")
    write_every_child(api, shop)
    containers = api.get("Deployment", shop, "shop")["spec"]["template"]["spec"]["containers"]
    assert [one["name"] for one in containers] == ["shop", "aside"]


def test_fields_that_the_blueprint_lacks_survive(api, shop):
    api.patch("Service", shop, "shop", {"spec": {"sessionAffinity": "ClientIP"}}, STRATEGIC)
    api.patch("Deployment", shop, "shop", {"spec": {"template": {"spec": {"hostAliases": [
        {"ip": "192.0.2.1", "hostnames": ["legacy"]}]}}}}, STRATEGIC)
    api.patch("ServiceMonitor", shop, "shop", {"spec": {"sampleLimit": 1000}})
    write_every_child(api, shop)
    children = api.children(shop, "shop")
    assert children["Service"]["spec"]["sessionAffinity"] == "ClientIP"
    assert children["Deployment"]["spec"]["template"]["spec"]["hostAliases"][0]["ip"] == "192.0.2.1"
    assert children["ServiceMonitor"]["spec"]["sampleLimit"] == 1000


def test_a_port_and_a_variable_of_others_survive(api, shop):
    api.patch("Service", shop, "shop", {"spec": {"ports": [{"name": "debug", "port": 6060}]}}, STRATEGIC)
    api.kubectl("set", "env", "deployment/shop", "THEIRS=yes", "--namespace", shop)
    write_every_child(api, shop)
    ports = {one["name"]: one["port"] for one in api.get("Service", shop, "shop")["spec"]["ports"]}
    assert ports == {"http": 80, "debug": 6060}
    container = api.get("Deployment", shop, "shop")["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "THEIRS", "value": "yes"} in container["env"]


def test_additions_of_others_cause_no_write(api, shop, audit):
    start = audit.position()
    api.patch("Service", shop, "shop", {"metadata": {"annotations": {"example.com/theirs": "yes"}}})
    api.patch("ServiceAccount", shop, "shop", {"metadata": {"labels": {"example.com/theirs": "yes"}}})
    create(api, shop, "later")  # reconciled after those events, so that they have been seen
    wait_ready(api, shop, "later")
    assert [one for one in audit.writes_since(start) if f"/namespaces/{shop}/" in one[1] and "/shop" in one[1]] == []


def test_every_field_of_ours_has_our_apply_manager(api, shop):
    """P8: creation by POST included, once there has been a first apply."""
    write_every_child(api, shop)
    for kind, child in api.children(shop, "shop").items():
        ours = [one for one in child["metadata"]["managedFields"] if one["manager"] == "serviceblueprint-operator"]
        assert [one["operation"] for one in ours] == ["Apply"], kind
