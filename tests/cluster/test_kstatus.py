"""Flux, Argo CD, kpt and kubectl judge a blueprint right: by kstatus's generic rules and by `kubectl wait`."""

from blueprints import change, create, expect_condition, wait_ready
from waiting import eventually

WAIT = ("wait", "--for=condition=Ready", "sb/shop")


def kstatus(instance):
    """The generic rules of sigs.k8s.io/cli-utils, pkg/kstatus: an old observedGeneration or Reconciling is in progress,
    Stalled has failed, and Ready (which Argo CD's health check and Flux read, too) must agree with the rest."""
    generation = instance["metadata"]["generation"]
    status = instance.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", [])}

    def is_true(kind):
        return conditions.get(kind, {}).get("status") == "True"
    if "deletionTimestamp" in instance["metadata"]:
        return "Terminating"
    if status.get("observedGeneration", generation) != generation:
        return "InProgress"
    if is_true("Reconciling"):
        return "InProgress"
    if is_true("Stalled"):
        return "Failed"
    if "Ready" not in conditions:
        return "Unknown"
    return "Current" if is_true("Ready") else "InProgress"


def expect(api, namespace, wanted, timeout=120):
    def check():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        assert kstatus(instance) == wanted, instance.get("status")
        return instance
    return eventually(check, timeout)


def test_progress_and_success(api, operator, namespace):
    create(api, namespace, "shop")
    api.kubectl(*WAIT, "--namespace", namespace, "--timeout=120s")
    expect(api, namespace, "Current")
    change(api, namespace, "shop", {"scheduling": {"nodeSelector": {"disk": "diamond"}}})
    instance = expect(api, namespace, "InProgress")
    assert api.kubectl(*WAIT, "--namespace", namespace, "--timeout=2s", check=False).returncode != 0
    change(api, namespace, "shop", {"scheduling": None})
    expect(api, namespace, "Current")
    assert instance["status"]["conditions"][0]["type"] == "Ready"


def test_failures(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"probes": {"readiness": {"port": "admin"}}})
    expect_condition(api, namespace, "shop", "Ready", "False", "Invalid")
    expect(api, namespace, "Failed")
    change(api, namespace, "shop", {"probes": None})
    expect(api, namespace, "Current")
    api.patch("ServiceBlueprint", namespace, "shop",
              {"metadata": {"annotations": {"serviceblueprint.dev/paused": "a while"}},
               "spec": {"replicas": 2}})
    expect(api, namespace, "Failed")


def test_a_status_is_never_taken_for_that_of_a_newer_generation(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    operator.terminate()
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:2.0.0"})
    assert kstatus(api.get("ServiceBlueprint", namespace, "shop")) == "InProgress"
    operator.start()
    expect(api, namespace, "Current")
