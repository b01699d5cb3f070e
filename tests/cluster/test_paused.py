"""A paused blueprint: nothing of it is written but its status, and resuming catches up."""

from blueprints import change, condition, create, expect_condition, wait_ready
from waiting import eventually, settled

PAUSED = "serviceblueprint.dev/paused"


def pause(api, namespace, reason):
    api.patch("ServiceBlueprint", namespace, "shop", {"metadata": {"annotations": {PAUSED: reason}}})


def child_writes(audit, start, namespace):
    return [one for one in audit.writes_since(start)
            if f"/{namespace}/" in one[1] and "/serviceblueprints/" not in one[1] and "/events" not in one[1]]


def quiet(audit, start):
    settled(lambda: len(audit.writes_since(start)), quiet_seconds=5)


def test_paused_and_changed_is_stalled_and_resuming_applies(api, operator, namespace, audit):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    pause(api, namespace, "incident 42")
    expect_condition(api, namespace, "shop", "Applied", "True", "Paused")
    start = audit.position()
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:1.5.0"})
    ready = expect_condition(api, namespace, "shop", "Ready", "Unknown", "Paused")
    assert "incident 42" in ready["message"]
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Stalled")["reason"] == "Paused"
    assert instance["status"]["observedGeneration"] == instance["metadata"]["generation"]
    api.delete("Service", namespace, "shop")
    quiet(audit, start)
    assert child_writes(audit, start, namespace) == []
    assert api.get("Service", namespace, "shop") is None
    pause(api, namespace, None)
    wait_ready(api, namespace, "shop")
    image = api.get("Deployment", namespace, "shop")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.endswith(":1.5.0")
    assert api.get("Service", namespace, "shop")


def test_paused_as_applied_stays_ready_and_drift_waits(api, operator, namespace, audit):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    pause(api, namespace, "")
    expect_condition(api, namespace, "shop", "Applied", "True", "Paused")
    start = audit.position()
    api.patch("Deployment", namespace, "shop", {"spec": {"replicas": 3}})

    def scaled():
        assert api.get("Deployment", namespace, "shop")["status"].get("availableReplicas") == 3
    eventually(scaled)
    quiet(audit, start)
    assert child_writes(audit, start, namespace) == []
    expect_condition(api, namespace, "shop", "Ready", "True", "Serving")
    pause(api, namespace, None)

    def back():
        assert api.get("Deployment", namespace, "shop")["spec"]["replicas"] == 1
    eventually(back)
    wait_ready(api, namespace, "shop")
    assert condition(api.get("ServiceBlueprint", namespace, "shop"), "Applied")["reason"] == "Applied"


def test_a_blueprint_that_is_born_paused_makes_no_child(api, operator, namespace, audit):
    start = audit.position()
    api.create("ServiceBlueprint", namespace, {
        "metadata": {"name": "shop", "annotations": {PAUSED: "not yet"}},
        "spec": {"image": "registry.example/team/checkout:1.4.2", "profile": "development"}})
    expect_condition(api, namespace, "shop", "Ready", "Unknown", "Paused")
    quiet(audit, start)
    assert api.children(namespace, "shop") == {}
    assert child_writes(audit, start, namespace) == []
