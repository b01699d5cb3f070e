"""What `kubectl describe` tells of a blueprint: transitions only, and nothing while all is well."""

from blueprints import change, create, expect_condition, wait_ready
from waiting import eventually, settled

SENT = 30  # seconds until an event is there


def events(api, namespace, reason="", name="shop"):
    return [one for one in api.list("Event", namespace)
            if one["regarding"].get("kind") == "ServiceBlueprint" and one["regarding"]["name"] == name
            and (not reason or one["reason"] == reason)]


def expect_event(api, namespace, reason, kind="Normal"):
    def check():
        found = events(api, namespace, reason)
        assert found, [one["reason"] for one in events(api, namespace)]
        assert found[0]["type"] == kind
        return found[0]
    return eventually(check, SENT)


def reasons(api, namespace):
    return sorted(one["reason"] for one in events(api, namespace))


def test_a_life_is_told_once(api, operator, namespace):
    create(api, namespace, "shop")
    instance = wait_ready(api, namespace, "shop")
    settled(lambda: reasons(api, namespace), quiet_seconds=5)
    assert reasons(api, namespace) == ["Accepted", "Applied", "RolloutComplete", "RolloutStarted"]
    one = events(api, namespace, "Applied")[0]
    assert "Deployment" in one["note"]
    assert one["regarding"]["uid"] == instance["metadata"]["uid"]
    assert one["reportingController"] == "serviceblueprint.dev/operator"
    assert "RolloutComplete" in api.kubectl("describe", "sb/shop", "--namespace", namespace).stdout


def test_a_restart_over_unchanged_blueprints_tells_nothing(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    before = settled(lambda: reasons(api, namespace), quiet_seconds=5)
    operator.restart()
    eventually(lambda: _looked(operator))
    assert settled(lambda: reasons(api, namespace), quiet_seconds=5) == before


def _looked(operator):
    assert operator.metric("controller_runtime_reconcile_total") >= 1
    assert operator.metric("workqueue_depth") == 0


def test_an_edit_of_an_owned_field_is_put_right_once_and_told(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    api.patch("Deployment", namespace, "shop", {"spec": {"replicas": 2}}, query="fieldManager=kubectl-edit")
    event = expect_event(api, namespace, "DriftCorrected")
    assert "kubectl-edit" in event["note"]
    assert "spec.replicas" in event["note"]
    assert api.get("Deployment", namespace, "shop")["spec"]["replicas"] == 1
    settled(lambda: reasons(api, namespace), quiet_seconds=5)
    assert len(events(api, namespace, "DriftCorrected")) == 1
    assert "series" not in events(api, namespace, "DriftCorrected")[0]


def test_the_same_again_becomes_a_series(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    for count in (2, 3):
        api.patch("Deployment", namespace, "shop", {"spec": {"replicas": count}}, query="fieldManager=kubectl-edit")

        def back():
            assert api.get("Deployment", namespace, "shop")["spec"]["replicas"] == 1
        eventually(back)

    def aggregated():
        found = events(api, namespace, "DriftCorrected")
        assert len(found) == 1
        assert found[0]["series"]["count"] == 2
    eventually(aggregated, SENT)


def test_what_is_invalid_in_conflict_or_pruned_is_told(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"disruption": {"enabled": False}})
    assert "PodDisruptionBudget" in expect_event(api, namespace, "Pruned")["note"]
    change(api, namespace, "shop", {"probes": {"readiness": {"port": "admin"}}})
    expect_event(api, namespace, "Invalid", "Warning")
    api.create("Service", namespace, {"metadata": {"name": "other"},
                                      "spec": {"ports": [{"port": 80}], "selector": {"app": "other"}}})
    create(api, namespace, "other")
    expect_condition(api, namespace, "other", "Ready", "False", "NameConflict")

    def told():
        assert [one["type"] for one in events(api, namespace, "Conflict", "other")] == ["Warning"]
    eventually(told, SENT)


def test_pausing_and_resuming_are_told(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    for value in ("incident 42", None):
        api.patch("ServiceBlueprint", namespace, "shop",
                  {"metadata": {"annotations": {"serviceblueprint.dev/paused": value}}})
        event = expect_event(api, namespace, "Paused" if value else "Resumed")
        assert value is None or value in event["note"]


def test_a_rollout_that_fails_is_told_with_its_cause(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"scheduling": {"nodeSelector": {"disk": "diamond"}},
                                    "probes": {"startup": {"budgetSeconds": 30}},
                                    "rollout": {"progressDeadlineSeconds": 20}})

    def failed():
        found = events(api, namespace, "RolloutFailed")
        assert [one["type"] for one in found] == ["Warning"]
        assert "Unschedulable" in found[0]["note"]
    eventually(failed, 120)
