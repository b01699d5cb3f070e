"""A count of replicas changes hands between the blueprint and an autoscaler, and the pods do not notice."""

import itertools
import subprocess
import time

import pytest

import metrics_api

from api import MERGE
from blueprints import blueprint, change, create, expect_condition, wait_ready
from waiting import eventually, settled

AUTOSCALED = {"minReplicas": 2, "maxReplicas": 6}
OURS, HANDOVER = "serviceblueprint-operator", "serviceblueprint-operator-handover"
REAL_AUTOSCALER = "kube-controller-manager"


class CountsSeen:
    """spec.replicas of every version of a Deployment, from a watch that begins with the block."""

    def __init__(self, api, namespace):
        self.command = [api.kubectl_program, f"--kubeconfig={api.kubeconfig}", "get", "deployments", "--namespace",
                        namespace, "--watch", "--output", 'jsonpath={.spec.replicas}{"\\n"}']

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.counts = [int(line) for line in self.process.communicate(timeout=30)[0].split()]


def deployment(api, namespace):
    return api.get("Deployment", namespace, "shop")


def count(api, namespace):
    return deployment(api, namespace)["spec"]["replicas"]


def owners_of_count(found):
    return {entry["manager"] for entry in found["metadata"]["managedFields"]
            if "f:replicas" in entry["fieldsV1"].get("f:spec", {}) and entry.get("subresource", "") != "status"}


def autoscaler_acts(api, namespace, replicas):
    api.patch("Deployment", namespace, "shop", {"spec": {"replicas": replicas}}, MERGE,
              f"fieldManager={REAL_AUTOSCALER}", "scale")


def wait_handed_over(api, namespace):
    def check():
        assert api.get("HorizontalPodAutoscaler", namespace, "shop"), "no autoscaler yet"
        owners = owners_of_count(deployment(api, namespace))
        assert OURS not in owners, owners
    eventually(check)


def wait_static(api, namespace, replicas):
    def check():
        found = deployment(api, namespace)
        assert found["spec"]["replicas"] == replicas
        assert OURS in owners_of_count(found)
        assert not api.get("HorizontalPodAutoscaler", namespace, "shop")
    eventually(check)


@pytest.mark.parametrize("replicas, expected", [(3, 3), (1, 2), (0, 2)])
def test_from_static_to_autoscaled_by_one_that_never_acts(api, operator, namespace, replicas, expected):
    create(api, namespace, "shop", replicas=replicas)
    wait_ready(api, namespace, "shop", reason="Serving" if replicas else "ScaledToZero")
    with CountsSeen(api, namespace) as seen:
        change(api, namespace, "shop", {"replicas": None, "autoscaling": AUTOSCALED})
        wait_handed_over(api, namespace)
        settled(lambda: deployment(api, namespace)["spec"]["replicas"])
    assert count(api, namespace) == expected
    assert set(seen.counts) <= {replicas, expected}
    assert HANDOVER in owners_of_count(deployment(api, namespace))


def test_an_autoscaled_one_begins_with_its_minimum(api, operator, namespace):
    with CountsSeen(api, namespace) as seen:
        create(api, namespace, "shop", autoscaling=AUTOSCALED)
        wait_handed_over(api, namespace)
        wait_ready(api, namespace, "shop")
    assert set(seen.counts) == {2}


def test_an_autoscaler_that_acts_is_left_to_it_and_static_is_exact_again(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=AUTOSCALED)
    wait_handed_over(api, namespace)
    autoscaler_acts(api, namespace, 5)
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:2"})
    wait_ready(api, namespace, "shop")
    assert count(api, namespace) == 5
    assert OURS not in owners_of_count(deployment(api, namespace))
    with CountsSeen(api, namespace) as seen:
        change(api, namespace, "shop", {"autoscaling": None, "replicas": 3})
        wait_static(api, namespace, 3)
        wait_ready(api, namespace, "shop")
    assert set(seen.counts) <= {5, 3}


def test_the_real_autoscaler_scales_and_its_count_stays(cluster, api, operator, namespace, audit):
    with metrics_api.served(cluster, api, namespace, millicores=5000), CountsSeen(api, namespace) as seen:
        create(api, namespace, "shop", autoscaling=AUTOSCALED)
        wait_handed_over(api, namespace)

        def scaled_up():
            found = deployment(api, namespace)
            assert found["spec"]["replicas"] == AUTOSCALED["maxReplicas"]
            assert owners_of_count(found) == {REAL_AUTOSCALER}
        eventually(scaled_up, timeout=180)
        wait_ready(api, namespace, "shop")
        expect_condition(api, namespace, "shop", "Autoscaling", "True", "Active")
        change(api, namespace, "shop", {"image": "registry.example/team/checkout:2"})
        wait_ready(api, namespace, "shop")
        start = audit.position()
        settled(lambda: deployment(api, namespace)["metadata"]["resourceVersion"], quiet_seconds=8)
        assert [one for one in audit.writes_since(start) if f"/{namespace}/deployments" in one[1]] == []
        assert count(api, namespace) == AUTOSCALED["maxReplicas"]
        change(api, namespace, "shop", {"autoscaling": None, "replicas": 3})
        wait_static(api, namespace, 3)
        wait_ready(api, namespace, "shop")
    *scaled, static = [number for number, _ in itertools.groupby(seen.counts)]
    assert (scaled, static) == (sorted(scaled), 3), "never down before it is static again"
    assert scaled[-1] == AUTOSCALED["maxReplicas"]


def test_to_the_default_count_and_back(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=AUTOSCALED)
    wait_handed_over(api, namespace)
    autoscaler_acts(api, namespace, 4)
    with CountsSeen(api, namespace) as seen:
        change(api, namespace, "shop", {"autoscaling": None, "profile": "production"})
        wait_static(api, namespace, 2)
        change(api, namespace, "shop", {"autoscaling": AUTOSCALED})
        wait_handed_over(api, namespace)
        autoscaler_acts(api, namespace, 6)
        wait_ready(api, namespace, "shop")
    assert set(seen.counts) <= {4, 2, 6}
    assert count(api, namespace) == 6


@pytest.mark.parametrize("instant", [0.0, 0.03, 0.1, 0.3])
def test_a_crash_at_any_instant_of_the_hand_overs_converges(api, operator, namespace, instant):
    """The instants are arbitrary places in the work; what must hold does not depend on where they fall."""
    create(api, namespace, "shop", replicas=4)
    wait_ready(api, namespace, "shop")
    with CountsSeen(api, namespace) as seen:
        change(api, namespace, "shop", {"replicas": None, "autoscaling": AUTOSCALED})
        time.sleep(instant)
        operator.kill()
        operator.start()
        wait_handed_over(api, namespace)
        change(api, namespace, "shop", {"replicas": 3, "autoscaling": None})
        time.sleep(instant)
        operator.kill()
        operator.start()
        wait_static(api, namespace, 3)
    assert set(seen.counts) <= {4, 3}


def test_a_deleted_deployment_of_an_autoscaled_one_comes_back_within_its_bounds(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=AUTOSCALED)
    wait_handed_over(api, namespace)
    with CountsSeen(api, namespace) as seen:
        before = deployment(api, namespace)["metadata"]["uid"]
        api.delete("Deployment", namespace, "shop")

        def back():
            found = deployment(api, namespace)
            assert found and found["metadata"]["uid"] != before
        eventually(back)
        wait_handed_over(api, namespace)
        wait_ready(api, namespace, "shop")
    assert min(seen.counts) >= 2


def test_an_autoscaler_of_somebody_else_is_not_touched(api, operator, namespace):
    body = {"metadata": {"name": "shop"}, "spec": {
        "maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "elsewhere"}}}
    foreign = api.create("HorizontalPodAutoscaler", namespace, body)
    create(api, namespace, "shop", replicas=1)
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:2"})
    wait_ready(api, namespace, "shop")
    after = api.get("HorizontalPodAutoscaler", namespace, "shop")
    assert (after["metadata"]["uid"], after["spec"]) == (foreign["metadata"]["uid"], foreign["spec"])


@pytest.mark.parametrize("spec", [{}, {"replicas": 1}])
def test_kubectl_scales_the_blueprint(api, operator, namespace, spec):
    create(api, namespace, "shop", **spec)
    wait_ready(api, namespace, "shop")
    api.kubectl("scale", "sb/shop", "--replicas=3", "--namespace", namespace)
    wait_static(api, namespace, 3)
    assert wait_ready(api, namespace, "shop")["status"]["replicas"] == 3


def test_kubectl_scale_of_an_autoscaled_blueprint_is_refused(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=AUTOSCALED)
    done = api.kubectl("scale", "sb/shop", "--replicas=3", "--namespace", namespace, check=False)
    assert done.returncode != 0
    assert "autoscaling" in done.stderr


def test_a_foreign_deployment_is_never_scaled(api, operator, namespace):
    labels = {"app": "theirs"}
    body = {"metadata": {"name": "shop"}, "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {
        "metadata": {"labels": labels}, "spec": {
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "a", "image": "registry.example/a:1", "securityContext": {
                "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}}}
    api.create("Deployment", namespace, body)
    instance = api.create("ServiceBlueprint", namespace, blueprint("shop", autoscaling=AUTOSCALED))

    def others_are_made():
        assert api.get("Service", namespace, instance["metadata"]["name"])
    eventually(others_are_made)
    settled(lambda: api.get("HorizontalPodAutoscaler", namespace, "shop"))
    assert not api.get("HorizontalPodAutoscaler", namespace, "shop")
    assert count(api, namespace) == 1
