"""Whatever is deleted or edited by hand is repaired, and nothing else is changed by the repair."""

import pytest

from api import CHILD_KINDS, JSON_PATCH, STRATEGIC
from blueprints import create, essence, wait_ready
from waiting import eventually, settled

SPEC = {"env": [{"name": "GREETING", "value": "hello"}], "disruption": {"enabled": True}, "labels": {"team": "a"},
        "annotations": {"example.com/note": "ours"},
        "ports": [{"name": "http", "port": 8080, "servicePort": 80}, {"name": "admin", "port": 9090}]}


def container(body):
    return {"spec": {"template": {"spec": {"containers": [{"name": "shop", **body}]}}}}


EDITS = {
    "image": ("Deployment", STRATEGIC, container({"image": "registry.example/evil:1"})),
    "env-value": ("Deployment", STRATEGIC, container({"env": [{"name": "GREETING", "value": "bye"}]})),
    "env-removed": ("Deployment", STRATEGIC, container({"env": [{"name": "GREETING", "$patch": "delete"}]})),
    "probe-removed": ("Deployment", STRATEGIC, container({"livenessProbe": None})),
    "probe-path": ("Deployment", STRATEGIC, container({"readinessProbe": {"httpGet": {"path": "/other"}}})),
    "resources": ("Deployment", STRATEGIC, container({"resources": {"limits": {"memory": "1Gi"}}})),
    "container-port": ("Deployment", JSON_PATCH, [
        {"op": "replace", "path": "/spec/template/spec/containers/0/ports/0/containerPort", "value": 8081}]),
    "replicas": ("Deployment", STRATEGIC, {"spec": {"replicas": 2}}),
    "grace-period": ("Deployment", STRATEGIC, {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}),
    "pod-security": ("Deployment", STRATEGIC, container({"securityContext": {"readOnlyRootFilesystem": False}})),
    "deployment-label": ("Deployment", STRATEGIC, {"metadata": {"labels": {"team": "b"}}}),
    "deployment-label-removed": ("Deployment", STRATEGIC, {"metadata": {"labels": {"team": None}}}),
    "deployment-annotation": ("Deployment", STRATEGIC, {"metadata": {"annotations": {"example.com/note": "theirs"}}}),
    "service-selector": ("Service", STRATEGIC, {"spec": {"selector": {"app.kubernetes.io/name": "other"}}}),
    "service-port-number": ("Service", JSON_PATCH, [{"op": "replace", "path": "/spec/ports/0/port", "value": 81}]),
    "service-target-port": ("Service", JSON_PATCH, [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 1}]),
    "service-port-name": ("Service", JSON_PATCH, [{"op": "replace", "path": "/spec/ports/1/name", "value": "other"}]),
    "service-port-removed": ("Service", JSON_PATCH, [{"op": "remove", "path": "/spec/ports/1"}]),
    "service-label": ("Service", STRATEGIC, {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}}),
    "account-token": ("ServiceAccount", STRATEGIC, {"automountServiceAccountToken": True}),
    "account-label": ("ServiceAccount", STRATEGIC, {"metadata": {"labels": {"team": "b"}}}),
    "budget": ("PodDisruptionBudget", "application/merge-patch+json", {"spec": {"maxUnavailable": 0}}),
    "monitor-endpoint": ("ServiceMonitor", JSON_PATCH, [
        {"op": "replace", "path": "/spec/endpoints/0/path", "value": "/other"}]),
    "monitor-endpoint-removed": ("ServiceMonitor", JSON_PATCH, [{"op": "replace", "path": "/spec/endpoints",
                                                                "value": []}]),
    "monitor-selector": ("ServiceMonitor", "application/merge-patch+json", {
        "spec": {"selector": {"matchLabels": {"app.kubernetes.io/instance": "other"}}}}),
}


@pytest.fixture
def shop(api, operator, namespace):
    """A Ready blueprint and what its children look like."""
    create(api, namespace, "shop", **SPEC)
    wait_ready(api, namespace, "shop")
    return {kind: essence(child) for kind, child in api.children(namespace, "shop").items()}


def expect_as_before(api, namespace, kind, before):
    def check():
        assert essence(api.get(kind, namespace, "shop")) == before[kind]
    eventually(check)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_undone(api, namespace, shop, edit):
    kind, content_type, body = EDITS[edit]
    edited = api.patch(kind, namespace, "shop", body, content_type)
    assert essence(edited) != shop[kind], "the edit changed nothing, so the test shows nothing"
    uid = edited["metadata"]["uid"]
    expect_as_before(api, namespace, kind, shop)
    assert api.get(kind, namespace, "shop")["metadata"]["uid"] == uid  # changed, never made anew
    wait_ready(api, namespace, "shop")


@pytest.mark.parametrize("kind", CHILD_KINDS)
def test_a_deleted_child_comes_back_as_it_was(api, namespace, shop, kind):
    uid = api.get(kind, namespace, "shop")["metadata"]["uid"]
    api.delete(kind, namespace, "shop")

    def check():
        child = api.get(kind, namespace, "shop")
        assert child and child["metadata"]["uid"] != uid
        found, wanted = essence(child), dict(shop[kind])
        if kind == "Service":  # the server chooses the address
            for one in (found, wanted):
                one["spec"] = {key: value for key, value in one["spec"].items() if not key.startswith("clusterIP")}
        assert found == wanted
    eventually(check)
    wait_ready(api, namespace, "shop")


def test_all_children_deleted_at_once_come_back(api, namespace, shop):
    for kind in shop:
        api.delete(kind, namespace, "shop")

    def check():
        assert sorted(api.children(namespace, "shop")) == sorted(shop)
        assert not any("deletionTimestamp" in one["metadata"] for one in api.children(namespace, "shop").values())
    eventually(check)
    wait_ready(api, namespace, "shop")


def test_kubectl_set_env_and_edit_by_apply_with_force_are_undone(api, namespace, shop):
    api.kubectl("set", "env", "deployment/shop", "GREETING=bye", "--namespace", namespace)
    expect_as_before(api, namespace, "Deployment", shop)
    forced = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
              "spec": {"selector": {"app.kubernetes.io/name": "elsewhere"}}}
    api.patch("Service", namespace, "shop", forced, "application/apply-patch+yaml", "fieldManager=somebody&force=true")
    expect_as_before(api, namespace, "Service", shop)


def test_an_edit_while_the_operator_is_down_is_undone_after_its_start(api, operator, namespace, shop):
    operator.terminate()
    api.patch("Deployment", namespace, "shop", EDITS["image"][2], STRATEGIC)
    api.delete("ServiceMonitor", namespace, "shop")
    operator.start()
    expect_as_before(api, namespace, "Deployment", shop)
    expect_as_before(api, namespace, "ServiceMonitor", shop)


def test_a_reordered_environment_is_put_back(api, namespace, shop):
    """A reorder leaves managedFields as they are, but a variable may refer to those before it."""
    path = "/spec/template/spec/containers/0/env"
    env = api.get("Deployment", namespace, "shop")["spec"]["template"]["spec"]["containers"][0]["env"]
    api.patch("Deployment", namespace, "shop", [{"op": "replace", "path": path, "value": env[::-1]}], JSON_PATCH)
    expect_as_before(api, namespace, "Deployment", shop)


def test_repairing_is_followed_by_silence(api, namespace, shop, audit):
    start = audit.position()
    api.patch("Deployment", namespace, "shop", EDITS["image"][2], STRATEGIC)
    expect_as_before(api, namespace, "Deployment", shop)
    wait_ready(api, namespace, "shop")

    def quiet():
        return [one for one in audit.other_than_watches_since(start) if f"/{namespace}/" in one[1]]
    settled(quiet, quiet_seconds=10)
