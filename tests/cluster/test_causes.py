"""A service that is not ready says why, in the words of whoever knows: the pod, the scheduler, the quota."""

import pytest

from blueprints import change, condition, create, expect_condition, wait_ready
from waiting import eventually, settled

LOOKS = 180  # seconds: pods are asked each 5 to 60 s, and a running one must be late for its probes


def pods_of(api, namespace):
    return api.list("Pod", namespace, "app.kubernetes.io/instance=shop")


def fail(api, namespace, state=None, last=None, started=False, init=None):
    """Every pod reports this state of its container, as a kubelet would."""
    def container(name, ready):
        return {"name": name, "image": "x", "imageID": "", "restartCount": 4, "ready": ready, "started": started,
                "state": state or {}, "lastState": {"terminated": last} if last else {}}
    status = {"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady",
                              "lastTransitionTime": "2026-01-01T00:00:00Z"}],
              "containerStatuses": [container("shop", False)]}
    if init:
        status["initContainerStatuses"] = [container(init, False)]
        status["containerStatuses"] = []
    for pod in pods_of(api, namespace):
        api.patch("Pod", namespace, pod["metadata"]["name"], {"status": status}, subresource="status")


def exit_of(code, reason="Error"):
    return {"exitCode": code, "reason": reason, "startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:00:01Z"}


CASES = {
    "image": ("ImagePullBackOff", "no such tag",
              {"state": {"waiting": {"reason": "ErrImagePull", "message": "no such tag"}}}),
    "secret": ("CreateContainerConfigError", 'secret "db" not found',
               {"state": {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}}}),
    "crash": ("CrashLoopBackOff", "exit code 3",
              {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}, "last": exit_of(3)}),
    "memory": ("OOMKilled", "memory",
               {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "last": exit_of(137, "OOMKilled")}),
    "probe": ("ProbeFailing", "readiness probe",
              {"state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}, "started": True}),
    "init": ("CrashLoopBackOff", 'init container "migrate"',
             {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "last": exit_of(1), "init": "migrate"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_pods_say_is_the_cause(api, operator, namespace, case):
    reason, words, report = CASES[case]
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    fail(api, namespace, **report)
    ready = expect_condition(api, namespace, "shop", "Ready", "False", reason, timeout=LOOKS)
    assert words in ready["message"]
    available = condition(api.get("ServiceBlueprint", namespace, "shop"), "Available")
    assert (available["status"], available["reason"]) == ("False", reason)


def test_a_cause_that_stays_writes_no_status_again_and_a_restart_says_the_same(api, operator, namespace, audit):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    fail(api, namespace, **CASES["crash"][2])
    expect_condition(api, namespace, "shop", "Ready", "False", "CrashLoopBackOff", timeout=LOOKS)
    settled(lambda: api.get("ServiceBlueprint", namespace, "shop")["metadata"]["resourceVersion"], quiet_seconds=8)
    start = audit.position()
    operator.restart()

    def looked():
        assert any("/pods?" in uri for _, uri in audit.since(start))
    eventually(looked)
    settled(lambda: len(audit.writes_since(start)), quiet_seconds=8)
    assert [one for one in audit.writes_since(start) if namespace in one[1]] == []
    assert condition(api.get("ServiceBlueprint", namespace, "shop"), "Ready")["reason"] == "CrashLoopBackOff"


def test_an_impossible_node_is_told_in_the_schedulers_words(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"scheduling": {"nodeSelector": {"disk": "diamond"}}})
    ready = expect_condition(api, namespace, "shop", "Ready", "False", "Unschedulable", timeout=LOOKS)
    assert "nodes are available" in ready["message"]
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Reconciling")["reason"] == "Unschedulable"
    assert condition(instance, "Available")["status"] == "True", "the pod of before serves on"
    change(api, namespace, "shop", {"scheduling": None})
    wait_ready(api, namespace, "shop")


def test_a_quota_is_told_in_the_servers_words(api, operator, namespace):
    api.create("ResourceQuota", namespace, {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})

    def counted():
        assert api.get("ResourceQuota", namespace, "none").get("status", {}).get("hard")
    eventually(counted)
    create(api, namespace, "shop")
    ready = expect_condition(api, namespace, "shop", "Ready", "False", "ReplicaFailure")
    assert "exceeded quota: none" in ready["message"]
    api.delete("ResourceQuota", namespace, "none")
    wait_ready(api, namespace, "shop", timeout=LOOKS)


def test_a_rollout_past_its_deadline_is_stalled_with_the_cause(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"scheduling": {"nodeSelector": {"disk": "diamond"}},
                                    "probes": {"startup": {"budgetSeconds": 30}},
                                    "rollout": {"progressDeadlineSeconds": 20}})

    def stalled():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        assert condition(instance, "Stalled").get("reason") == "Unschedulable", instance["status"]
        assert condition(instance, "Reconciling") == {}
        assert "no progress in time" in condition(instance, "Ready")["message"]
    eventually(stalled, LOOKS)
