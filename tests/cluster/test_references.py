"""What pods refer to: found missing before the rollout, holding back nothing that runs, restarting once when changed."""

import pytest
from blueprints import change, condition, create, expect_condition, wait_ready
from conftest import ROOT
from references import (OVERLAY, asked_for_secrets, change_secret, create_secret, rollouts, start_watching, template,
                        variables)
from waiting import eventually, settled

RESTART = "serviceblueprint.dev/restart-trigger"
SETTLED = 6  # seconds without change: three times as long as changes take to settle


@pytest.fixture
def watching(api, operator):
    """The operator with the right to see the Secrets and ConfigMaps of all namespaces."""
    api.kubectl("apply", "--server-side", "-k", str(ROOT / OVERLAY / "cluster"))
    start_watching(operator, "*")
    yield operator
    operator.terminate()
    api.kubectl("delete", "-k", str(ROOT / OVERLAY / "cluster"))


def resolved(api, namespace, name, status="True", reason="Resolved"):
    return expect_condition(api, namespace, name, "ReferencesResolved", status, reason)


def ready_with_secret(api, namespace, name="shop", **more):
    create_secret(api, namespace, "db", password="old")
    create(api, namespace, name, secrets=[variables("db", "password", **more)])
    wait_ready(api, namespace, name)
    resolved(api, namespace, name)


def expect_rollouts(api, namespace, name, count):
    """So many pod templates since the first, and no more come."""
    eventually(lambda: _at_least(rollouts(api, namespace, name), count + 1))
    assert settled(lambda: rollouts(api, namespace, name), quiet_seconds=SETTLED) == count + 1


def _at_least(number, wanted):
    assert number >= wanted, f"{number} pod templates"


def test_what_is_missing_is_named_before_the_rollout_and_unblocks_by_itself(api, watching, namespace):
    create(api, namespace, "shop", secrets=[variables("db", "password")],
           configMaps=[{"name": "flags", "envPrefix": "FLAG_"}])
    missing = resolved(api, namespace, "shop", "False", "SecretNotFound")
    assert missing["message"] == 'Secret "db" not found; ConfigMap "flags" not found'
    expect_condition(api, namespace, "shop", "Ready", "False", "SecretNotFound")
    assert condition(api.get("ServiceBlueprint", namespace, "shop"), "Reconciling")["status"] == "True"
    assert set(api.children(namespace, "shop")) >= {"Service", "ServiceAccount"}, "the rest goes on"
    assert api.get("Deployment", namespace, "shop") is None

    create_secret(api, namespace, "db", user="me")
    missing = resolved(api, namespace, "shop", "False", "KeyNotFound")
    assert missing["message"] == 'Secret "db" has no key "password"; ConfigMap "flags" not found'
    change_secret(api, namespace, "db", password="x")
    resolved(api, namespace, "shop", "False", "ConfigMapNotFound")
    api.create("ConfigMap", namespace, {"metadata": {"name": "flags"}, "data": {"dark": "on"}})
    wait_ready(api, namespace, "shop")
    expect_rollouts(api, namespace, "shop", 0)


def test_running_pods_are_untouched_while_replicas_go_on(api, watching, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    before = template(api, namespace, "shop")
    change(api, namespace, "shop", {"secrets": [variables("db", "password")], "replicas": 3})
    expect_condition(api, namespace, "shop", "Ready", "False", "SecretNotFound")
    eventually(lambda: _has_replicas(api, namespace, "shop", 3))
    assert template(api, namespace, "shop") == before
    expect_condition(api, namespace, "shop", "Available", "True", "Available")

    create_secret(api, namespace, "db", password="x")
    wait_ready(api, namespace, "shop")
    assert template(api, namespace, "shop") != before
    expect_rollouts(api, namespace, "shop", 1)


def _has_replicas(api, namespace, name, count):
    assert api.get("Deployment", namespace, name)["spec"]["replicas"] == count


def test_a_secret_deleted_after_the_rollout_changes_no_pod(api, watching, namespace):
    ready_with_secret(api, namespace)
    before = api.get("Deployment", namespace, "shop")["metadata"]["generation"]
    api.delete("Secret", namespace, "db")
    resolved(api, namespace, "shop", "False", "SecretNotFound")
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Ready")["status"] == "True", instance["status"]
    change(api, namespace, "shop", {"replicas": 2})
    wait_ready(api, namespace, "shop")
    assert api.get("Deployment", namespace, "shop")["metadata"]["generation"] == before + 1, "the replicas"


def test_a_label_restarts_nothing_and_a_value_restarts_once(api, watching, namespace):
    ready_with_secret(api, namespace)
    api.kubectl("label", "secret", "db", "team=payments", f"--namespace={namespace}")
    expect_rollouts(api, namespace, "shop", 0)
    change_secret(api, namespace, "db", password="new")
    expect_rollouts(api, namespace, "shop", 1)
    assert RESTART in template(api, namespace, "shop")["metadata"]["annotations"]
    wait_ready(api, namespace, "shop")


def test_eight_that_change_together_restart_once(api, watching, namespace):
    names = [f"part-{number}" for number in range(8)]
    for name in names:
        create_secret(api, namespace, name, key="old")
    create(api, namespace, "shop", secrets=[{"name": name, "envPrefix": f"P{place}_"}
                                            for place, name in enumerate(names)])
    wait_ready(api, namespace, "shop")
    for name in names:
        change_secret(api, namespace, name, key="new")
    expect_rollouts(api, namespace, "shop", 1)


def test_what_is_ignored_never_restarts(api, watching, namespace):
    create_secret(api, namespace, "files", certificate="old")
    create_secret(api, namespace, "db", password="old")
    create(api, namespace, "shop", secrets=[{"name": "files", "mountPath": "/tls"},
                                            variables("db", "password", onChange="Ignore")])
    wait_ready(api, namespace, "shop")
    change_secret(api, namespace, "files", certificate="new")
    change_secret(api, namespace, "db", password="new")
    expect_rollouts(api, namespace, "shop", 0)


def test_a_restart_of_the_operator_restarts_and_writes_nothing(api, watching, namespace, audit):
    ready_with_secret(api, namespace)
    change_secret(api, namespace, "db", password="new")
    expect_rollouts(api, namespace, "shop", 1)
    wait_ready(api, namespace, "shop")
    start = audit.position()
    settled(lambda: len(audit.writes_since(start)), quiet_seconds=SETTLED)
    start = audit.position()
    start_watching(watching, "*")
    eventually(lambda: _has_looked(watching))
    settled(lambda: len(audit.writes_since(start)), quiet_seconds=SETTLED)
    assert audit.writes_since(start) == []


def test_what_becomes_missing_is_told_once(api, watching, namespace):
    create(api, namespace, "shop", secrets=[variables("db", "password")])
    resolved(api, namespace, "shop", "False", "SecretNotFound")
    uid = api.get("ServiceBlueprint", namespace, "shop")["metadata"]["uid"]

    def missing():
        return [one for one in api.list("Event", namespace) if one["reason"] == "ReferenceMissing"]

    def told():
        assert len(missing()) == 1
        return missing()[0]
    event = eventually(told)
    assert event["type"] == "Warning"
    assert (event["regarding"]["kind"], event["regarding"]["name"], event["regarding"]["uid"]) == (
        "ServiceBlueprint", "shop", uid)
    assert 'Secret "db"' in event["note"], event
    # Still missing at the next look, which a change of the blueprint asks for: no transition, nothing told.
    change(api, namespace, "shop", {"replicas": 2})
    resolved(api, namespace, "shop", "False", "SecretNotFound")
    settled(lambda: len(missing()), quiet_seconds=SETTLED)
    assert ["series" in one for one in missing()] == [False]
    create_secret(api, namespace, "db", password="x")
    wait_ready(api, namespace, "shop")
    settled(lambda: len(missing()), quiet_seconds=SETTLED)
    assert ["series" in one for one in missing()] == [False]


def _has_looked(operator):
    assert operator.metric("controller_runtime_reconcile_total") >= 1
    assert operator.metric("workqueue_depth") == 0


def test_without_the_right_nothing_is_known_and_a_right_given_later_restarts_nothing(api, operator, namespace, audit):
    start = audit.position()
    create(api, namespace, "shop", secrets=[variables("db", "password")])
    create_secret(api, namespace, "db", password="old")
    unknown = resolved(api, namespace, "shop", "Unknown", "NoAccess")
    assert "onChange: Restart has no effect" in unknown["message"]
    wait_ready(api, namespace, "shop")
    operator.restart()
    resolved(api, namespace, "shop", "Unknown", "NoAccess")
    assert asked_for_secrets(audit, start) == []

    api.kubectl("apply", "--server-side", f"--namespace={namespace}", "-k", str(ROOT / OVERLAY))
    start_watching(operator, namespace)
    resolved(api, namespace, "shop")
    expect_rollouts(api, namespace, "shop", 0)
    change_secret(api, namespace, "db", password="new")
    expect_rollouts(api, namespace, "shop", 1)
    asked = asked_for_secrets(audit, start)
    assert asked, "the audit log shows watches of Secrets"
    assert {verb for verb, _ in asked} <= {"watch", "list"}
    assert all(f"/namespaces/{namespace}/" in uri for _, uri in asked), asked
    operator.terminate()


def test_a_right_that_was_announced_and_not_given_is_no_access(api, operator, namespace):
    start_watching(operator, namespace)
    create(api, namespace, "shop", secrets=[variables("db", "password")])
    resolved(api, namespace, "shop", "Unknown", "NoAccess")
    wait_ready(api, namespace, "shop")
    assert operator.ask("/readyz")[0] == 200
    operator.terminate()


def test_keys_that_nobody_owns_are_unknown_and_hold_nothing_back(api, watching, namespace):
    create_secret(api, namespace, "db", password="old")
    api.patch("Secret", namespace, "db", {"metadata": {"managedFields": [{}]}})
    api.patch("Secret", namespace, "db", {"data": {"user": "bWU="}})
    create(api, namespace, "shop", secrets=[variables("db", "password")])
    unknown = resolved(api, namespace, "shop", "Unknown", "NoAccess")
    assert 'the keys of Secret "db" cannot be told' in unknown["message"]
    wait_ready(api, namespace, "shop")
