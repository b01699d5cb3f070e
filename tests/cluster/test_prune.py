"""A child that is no longer wanted goes, a field that is no longer written is gone, and nothing else is."""

import pytest

from api import CHILD_KINDS
from blueprints import change, create, essence, wait_ready
from waiting import eventually

EVERYTHING = {
    "command": ["/run"], "args": ["--fast"], "workingDir": "/work", "version": "7", "owner": "team-a",
    "imagePullSecrets": [{"name": "pull"}], "labels": {"team": "a"}, "annotations": {"example.com/a": "b"},
    "podLabels": {"tier": "web"}, "podAnnotations": {"example.com/c": "d"}, "replicas": 2,
    "env": [{"name": "ONE", "value": "1"}, {"name": "TWO", "value": "2"}],
    "secrets": [{"name": "db", "env": {"DB": "password"}}, {"name": "all", "envPrefix": "ALL_"},
                {"name": "tls", "mountPath": "/etc/tls"}],
    "ports": [{"name": "http", "port": 8081, "servicePort": 81}, {"name": "admin", "port": 9090}],
    "resources": {"requests": {"cpu": "20m"}, "limits": {"cpu": "1", "memory": "512Mi"}},
    "probes": {"liveness": {"path": "/live", "periodSeconds": 7}, "readiness": {"tcp": True},
               "startup": {"budgetSeconds": 60}},
    "shutdown": {"delaySeconds": 3, "drainSeconds": 4, "preStop": {"exec": {"command": ["/bye"]}}},
    "monitoring": {"endpoints": [{"port": "admin", "path": "/m", "interval": "15s"}], "labels": {"release": "x"}},
    "rollout": {"maxSurge": 1, "minReadySeconds": 1, "revisionHistoryLimit": 2, "restartToken": "a"},
    "disruption": {"enabled": True, "maxUnavailable": "50%"}, "scheduling": {"spread": "ZoneAndHost"},
    "security": {"runAsUser": 1000, "writablePaths": ["/tmp", "/cache"]},
    "serviceAccount": {"annotations": {"example.com/role": "r"}, "automountToken": True},
    "network": {"policy": True, "allowFrom": [{"namespace": "web"}]}, "expose": {"hosts": ["shop.example"]},
    "sidecars": [{"name": "proxy", "image": "registry.example/proxy:1",
                  "ports": [{"name": "proxy", "port": 7070}]}],
    "initContainers": [{"name": "prepare", "image": "registry.example/prepare:1"}],
    "tracing": {"enabled": True, "endpoint": "http://collector.example:4318"}, "runtime": "Go",
}
TOGGLES = {
    "disruption": ({"disruption": {"enabled": True}}, {"disruption": {"enabled": False}}, {"PodDisruptionBudget"}),
    "monitoring": ({"monitoring": {"enabled": True}}, {"monitoring": {"enabled": False}}, {"ServiceMonitor"}),
    "ports": ({"ports": None}, {"ports": []}, {"Service", "ServiceMonitor"}),
    "service-account": ({"serviceAccount": None}, {"serviceAccount": {"name": "default"}}, {"ServiceAccount"}),
    "scaled-to-zero": ({"replicas": 1}, {"replicas": 0}, {"PodDisruptionBudget"}),
}

GATEWAY = {"hosts": ["shop.example"], "gateway": {"name": "edge"}}
OPTIONAL_CHILDREN = {
    "NetworkPolicy": ({"network": {"policy": True}}, {"network": None}),
    "Ingress": ({"expose": {"hosts": ["shop.example"]}}, {"expose": None}),
    "HTTPRoute": ({"expose": GATEWAY}, {"expose": None}),
    "PrometheusRule": ({"monitoring": {"alerts": {"enabled": True}}}, {"monitoring": None}),
    "HorizontalPodAutoscaler": ({"autoscaling": {"maxReplicas": 3}}, {"autoscaling": None}),
}


def kinds(api, namespace):
    return {kind for kind, child in api.children(namespace, "shop").items()
            if "deletionTimestamp" not in child["metadata"]}


def expect_kinds(api, namespace, wanted):
    def check():
        assert kinds(api, namespace) == wanted
    eventually(check)


@pytest.mark.parametrize("toggle", TOGGLES)
def test_an_optional_child_is_toggled_off_and_on(api, operator, namespace, toggle):
    on, off, gone = TOGGLES[toggle]
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    for _ in range(2):
        change(api, namespace, "shop", off)
        expect_kinds(api, namespace, set(CHILD_KINDS) - gone)
        change(api, namespace, "shop", on)
        expect_kinds(api, namespace, set(CHILD_KINDS))
    wait_ready(api, namespace, "shop")


def expect_child(api, namespace, kind, there):
    def check():
        listed = {one["kind"] for one in api.get("ServiceBlueprint", namespace, "shop")["status"]["resources"]}
        assert bool(api.get(kind, namespace, "shop")) == there
        assert (kind in listed) == there
    eventually(check)


@pytest.mark.parametrize("kind", OPTIONAL_CHILDREN)
def test_a_child_that_a_field_makes_comes_and_goes_with_it(api, operator, namespace, kind):
    on, off = OPTIONAL_CHILDREN[kind]
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    for _ in range(2):
        change(api, namespace, "shop", on)
        expect_child(api, namespace, kind, True)
        change(api, namespace, "shop", off)
        expect_child(api, namespace, kind, False)
    wait_ready(api, namespace, "shop")


def test_an_ingress_and_a_route_take_turns(api, operator, namespace):
    create(api, namespace, "shop", expose={"hosts": ["shop.example"]})
    wait_ready(api, namespace, "shop")
    for gateway, there, gone in ((GATEWAY["gateway"], "HTTPRoute", "Ingress"), (None, "Ingress", "HTTPRoute")):
        change(api, namespace, "shop", {"expose": {"gateway": gateway}})
        expect_child(api, namespace, there, True)
        expect_child(api, namespace, gone, False)


def test_what_was_pruned_is_out_of_the_inventory(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"disruption": {"enabled": False}})

    def check():
        listed = {one["kind"] for one in api.get("ServiceBlueprint", namespace, "shop")["status"]["resources"]}
        assert listed == set(CHILD_KINDS) - {"PodDisruptionBudget"}
    eventually(check)


def test_a_child_that_is_no_longer_ours_is_not_pruned(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    operator.terminate()
    change(api, namespace, "shop", {"disruption": {"enabled": False}})
    api.delete("PodDisruptionBudget", namespace, "shop")
    foreign = api.create("PodDisruptionBudget", namespace, {
        "metadata": {"name": "shop"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}})
    operator.start()
    wait_ready(api, namespace, "shop")
    assert api.get("PodDisruptionBudget", namespace, "shop")["metadata"]["uid"] == foreign["metadata"]["uid"]


def comparable(child, namespace):
    """Without what differs between two namespaces."""
    found = essence(child)
    for owner in found["owners"]:
        owner.pop("uid")
    for key in ("clusterIP", "clusterIPs"):
        found.get("spec", {}).pop(key, None)
    assert namespace not in str(found)
    return found


@pytest.fixture
def other_namespace(api, namespace):
    name = f"{namespace}-fresh"
    api.create("Namespace", "", {"metadata": {"name": name, "labels": {
        "pod-security.kubernetes.io/enforce": "restricted"}}})
    yield name
    api.delete("Namespace", "", name)


def expect_same_as_fresh(api, namespace, fresh):
    def check():
        found, wanted = api.children(namespace, "shop"), api.children(fresh, "shop")
        assert sorted(found) == sorted(wanted)
        for kind in wanted:
            assert comparable(found[kind], namespace) == comparable(wanted[kind], fresh), kind
    eventually(check)


def test_all_fields_removed_is_as_a_fresh_one(api, operator, namespace, other_namespace):
    create(api, namespace, "shop", **EVERYTHING)
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", dict.fromkeys(EVERYTHING))
    create(api, other_namespace, "shop")
    wait_ready(api, namespace, "shop")
    wait_ready(api, other_namespace, "shop")
    expect_same_as_fresh(api, namespace, other_namespace)


def test_each_field_removed_alone_is_as_a_fresh_one_without_it(api, operator, namespace, other_namespace):
    """In one pair of namespaces, one field after another: fewer and fewer are left, and the fresh one is made anew."""
    create(api, namespace, "shop", **EVERYTHING)
    wait_ready(api, namespace, "shop")
    left = dict(EVERYTHING)
    for field in EVERYTHING:
        if field == "ports":  # endpoints name a port of it
            continue
        left.pop(field)
        change(api, namespace, "shop", {field: None})
        create(api, other_namespace, "shop", **left)
        wait_ready(api, namespace, "shop")
        wait_ready(api, other_namespace, "shop")
        expect_same_as_fresh(api, namespace, other_namespace)
        api.kubectl("delete", "sb/shop", "--namespace", other_namespace, "--cascade=foreground", "--timeout=120s")


def test_one_entry_of_each_list_and_map_removed_is_gone(api, operator, namespace):
    create(api, namespace, "shop", **EVERYTHING)
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"env": EVERYTHING["env"][1:], "secrets": EVERYTHING["secrets"][:1],
                                    "labels": {"team": None}, "podAnnotations": {"example.com/c": None},
                                    "resources": {"limits": {"cpu": None}}})
    wait_ready(api, namespace, "shop")

    def check():
        deployment = api.get("Deployment", namespace, "shop")
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        assert "ONE" not in [one["name"] for one in container["env"]]
        assert not container.get("envFrom")
        assert "/etc/tls" not in [one["mountPath"] for one in container["volumeMounts"]]
        assert "cpu" not in container["resources"]["limits"]
        assert "team" not in deployment["metadata"]["labels"]
        assert "example.com/c" not in deployment["spec"]["template"]["metadata"].get("annotations", {})
    eventually(check)
