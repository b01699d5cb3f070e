"""Bad blueprints and refusing servers: each said in words, none in the way of another blueprint."""

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from api import JSON_PATCH
from blueprints import API_VERSION, IMAGE, blueprint, change, condition, create, essence, expect_condition, wait_ready
from waiting import eventually

REFUSED = {  # by the CRD: the field that the message has to name
    "no-image": ({"image": None}, "spec.image"),
    "unknown-field": ({"replica": 3}, 'unknown field "spec.replica"'),
    "replicas-negative": ({"replicas": -1}, "spec.replicas"),
    "port-out-of-range": ({"ports": [{"name": "http", "port": 70000}]}, "spec.ports[0].port"),
    "port-named-twice": ({"ports": [{"name": "a", "port": 1}, {"name": "a", "port": 2}]}, "spec.ports"),
    "unknown-profile": ({"profile": "test"}, "spec.profile"),
    "two-secret-uses": ({"secrets": [{"name": "x", "envPrefix": "", "mountPath": "/x"}]}, "spec.secrets[0]"),
    "grace-too-short": ({"shutdown": {"delaySeconds": 20, "drainSeconds": 20, "terminationGracePeriodSeconds": 30}},
                        "terminationGracePeriodSeconds"),
    "budget-of-zero": ({"disruption": {"maxUnavailable": 0}}, "spec.disruption.maxUnavailable"),
    "run-as-root": ({"security": {"runAsUser": 0}}, "spec.security.runAsUser"),
    "our-label": ({"labels": {"serviceblueprint.dev/owner": "me"}}, "spec.labels"),
}
# What the CRD cannot refuse, because it compares with a default: the operator does.
INVALID = {
    "probe-port": ({"probes": {"liveness": {"port": "admin"}}}, "spec.probes.liveness.port"),
    "monitoring-port": ({"monitoring": {"endpoints": [{"port": "metrics"}]}}, "spec.monitoring.endpoints[0].port"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_definition_refuses_and_names_the_field(api, installed, namespace, case):
    fields, named = REFUSED[case]
    body = {"apiVersion": API_VERSION, "kind": "ServiceBlueprint", **blueprint("shop", **fields)}
    body["spec"] = {key: value for key, value in body["spec"].items() if value is not None}
    done = api.kubectl("apply", "--namespace", namespace, "-f", "-", text=yaml.safe_dump(body), check=False)
    assert done.returncode != 0
    assert named in done.stderr
    assert api.get("ServiceBlueprint", namespace, "shop") is None


def test_a_name_that_cannot_be_a_service_is_refused(api, installed, namespace):
    for name in ("1shop", "a" * 53, "default"):
        with pytest.raises(ApiException) as refusal:
            create(api, namespace, name)
        assert "metadata.name" in refusal.value.body


@pytest.mark.parametrize("case", INVALID)
def test_an_accepted_one_that_cannot_be_rendered_says_so_and_touches_nothing(api, operator, namespace, case):
    fields, named = INVALID[case]
    create(api, namespace, "shop", **fields)
    found = expect_condition(api, namespace, "shop", "Accepted", "False", "Invalid")
    assert named in found["message"]
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Ready")["status"] == "False"
    assert condition(instance, "Stalled")["status"] == "True"
    assert api.children(namespace, "shop") == {}


@pytest.mark.parametrize("case", INVALID)
def test_a_running_service_is_left_alone_by_a_bad_change_and_goes_on_after_a_good_one(api, operator, namespace, case):
    fields, _ = INVALID[case]
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    before = {kind: essence(child) for kind, child in api.children(namespace, "shop").items()}
    change(api, namespace, "shop", {**fields, "image": "registry.example/team/checkout:9.9.9"})
    expect_condition(api, namespace, "shop", "Accepted", "False", "Invalid")
    assert {kind: essence(child) for kind, child in api.children(namespace, "shop").items()} == before
    change(api, namespace, "shop", {**dict.fromkeys(fields), "image": IMAGE})
    wait_ready(api, namespace, "shop")


def test_a_bad_blueprint_does_not_disturb_another(api, operator, namespace):
    create(api, namespace, "bad", **INVALID["probe-port"][0])
    create(api, namespace, "good")
    wait_ready(api, namespace, "good")
    expect_condition(api, namespace, "bad", "Ready", "False", "Invalid")


def set_quota(api, namespace, services):
    api.create("ResourceQuota", namespace, {"metadata": {"name": "few"}, "spec": {"hard": {"count/services": services}}})

    def counted():
        assert "hard" in api.get("ResourceQuota", namespace, "few").get("status", {})
    eventually(counted)


def test_a_quota_is_told_in_the_servers_words_and_retried(api, operator, namespace):
    set_quota(api, namespace, "0")
    create(api, namespace, "shop")
    found = expect_condition(api, namespace, "shop", "Applied", "False", "QuotaExceeded")
    assert "exceeded quota: few" in found["message"] and "Service" in found["message"]
    assert condition(api.get("ServiceBlueprint", namespace, "shop"), "Reconciling")["status"] == "True"
    assert "Deployment" in api.children(namespace, "shop")
    api.delete("ResourceQuota", namespace, "few")
    wait_ready(api, namespace, "shop", timeout=400)


def test_a_quota_met_by_the_pods_is_told_in_the_replica_sets_words(api, operator, namespace):
    api.create("ResourceQuota", namespace, {"metadata": {"name": "no-pods"}, "spec": {"hard": {"pods": "0"}}})
    eventually(lambda: _hard(api, namespace, "no-pods"))
    create(api, namespace, "shop")
    found = expect_condition(api, namespace, "shop", "Available", "False", "ReplicaFailure")
    assert "exceeded quota: no-pods" in found["message"]


def _hard(api, namespace, name):
    assert "hard" in api.get("ResourceQuota", namespace, name).get("status", {})


@pytest.fixture
def denying_policy(api, namespace):
    """Admission refuses Services in the test's namespace."""
    match = {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                                "resources": ["services"]}]}
    api.create("ValidatingAdmissionPolicy", "", {"metadata": {"name": namespace}, "spec": {
        "failurePolicy": "Fail", "matchConstraints": match,
        "validations": [{"expression": "false", "message": "services need the blessing of team x"}]}})
    only_here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    api.create("ValidatingAdmissionPolicyBinding", "", {"metadata": {"name": namespace}, "spec": {
        "policyName": namespace, "validationActions": ["Deny"], "matchResources": only_here}})
    probe = {"metadata": {"name": "probe"}, "spec": {"ports": [{"port": 80}]}}

    def in_force():
        try:
            api.create("Service", namespace, probe, query="dryRun=All")
        except ApiException as refusal:
            assert "blessing" in refusal.body
            return
        raise AssertionError("the policy is not in force yet")
    eventually(in_force)

    def lift():
        api.delete("ValidatingAdmissionPolicyBinding", "", namespace)
        api.delete("ValidatingAdmissionPolicy", "", namespace)
        eventually(lambda: api.create("Service", namespace, probe, query="dryRun=All"))
    yield lift
    lift()


def test_an_admission_denial_is_told_in_the_policys_words(api, operator, namespace, denying_policy):
    create(api, namespace, "shop")
    found = expect_condition(api, namespace, "shop", "Applied", "False", "AdmissionDenied")
    assert "services need the blessing of team x" in found["message"]
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert condition(instance, "Stalled")["status"] == "True"
    assert condition(instance, "Ready")["status"] == "False"
    denying_policy()
    change(api, namespace, "shop", {"labels": {"again": "now"}})
    wait_ready(api, namespace, "shop")


def test_a_missing_right_is_told_and_heals(api, operator, namespace):
    role = api.get("ClusterRole", "", "serviceblueprint-operator")
    index = next(number for number, rule in enumerate(role["rules"]) if "poddisruptionbudgets" in rule["resources"])
    path = f"/rules/{index}/verbs"
    verbs = role["rules"][index]["verbs"]
    api.patch("ClusterRole", "", "serviceblueprint-operator", [
        {"op": "replace", "path": path, "value": ["get", "list", "watch"]}], JSON_PATCH)
    try:
        create(api, namespace, "shop", disruption={"enabled": True})
        found = expect_condition(api, namespace, "shop", "Applied", "False", "Forbidden")
        assert "poddisruptionbudgets" in found["message"]
        assert condition(api.get("ServiceBlueprint", namespace, "shop"), "Stalled")["status"] == "True"
    finally:
        api.patch("ClusterRole", "", "serviceblueprint-operator", [
            {"op": "replace", "path": path, "value": verbs}], JSON_PATCH)
    change(api, namespace, "shop", {"labels": {"again": "now"}})
    wait_ready(api, namespace, "shop")


def test_the_value_of_a_variable_reaches_no_log_and_no_status(api, operator, namespace):
    value = "hunter2-value-of-a-variable"
    create(api, namespace, "shop", env=[{"name": "PASSWORD", "value": value}], **INVALID["probe-port"][0])
    expect_condition(api, namespace, "shop", "Accepted", "False", "Invalid")
    change(api, namespace, "shop", {"probes": None})
    instance = wait_ready(api, namespace, "shop")
    assert value not in str(instance["status"])
    assert value not in operator.log.read_text()
    assert value not in "".join(one.get("note", "") for one in api.list("Event", namespace))
