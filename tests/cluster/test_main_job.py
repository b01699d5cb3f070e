"""The main job: a blueprint is applied and becomes a running, monitored, protected service that says so."""

from pathlib import Path

import pytest
import yaml

from api import CHILD_KINDS
from blueprints import change, condition, controlled_by, create, expect_condition, wait_ready
from conftest import ROOT
from waiting import eventually

SAMPLE = ROOT / "crds" / "samples" / "checkout.yaml"
SECRETS = [{"name": "db", "env": {"DB_PASSWORD": "password"}}, {"name": "settings", "envPrefix": "APP_"},
           {"name": "tls", "mountPath": "/etc/tls", "optional": True}]


def main_container(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]


def variables(container):
    return {one["name"]: one for one in container["env"]}


def apply_sample(api, namespace, path: Path):
    documents = [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]
    for one in documents:
        one["metadata"].pop("namespace", None)
    documents = [one for one in documents if one["kind"] != "Namespace"]
    api.kubectl("apply", "--namespace", namespace, "-f", "-", text=yaml.safe_dump_all(documents))


def test_the_sample_becomes_ready_with_all_children(api, operator, namespace):
    apply_sample(api, namespace, SAMPLE)
    api.kubectl("wait", "--for=condition=Ready", "sb/checkout", "--namespace", namespace, "--timeout=180s")
    instance = api.get("ServiceBlueprint", namespace, "checkout")
    children = api.children(namespace, "checkout")
    assert sorted(children) == sorted(CHILD_KINDS)
    assert all(controlled_by(child, instance) for child in children.values())


def test_a_reconcile_is_counted_in_the_metrics(api, operator, namespace):
    before = operator.metric("controller_runtime_reconcile_total")
    create(api, namespace, "counted")
    wait_ready(api, namespace, "counted")
    assert operator.metric("controller_runtime_reconcile_total") > before


def test_production_defaults_add_up_in_the_deployment(api, operator, namespace):
    create(api, namespace, "shop", profile="production", secrets=SECRETS)
    wait_ready(api, namespace, "shop")
    pod = api.get("Deployment", namespace, "shop")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["name"] == "shop"
    assert pod["terminationGracePeriodSeconds"] == 35  # 10 delay + 20 drain + 5
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 10
    assert container["resources"]["requests"] == {"cpu": "100m", "memory": "128Mi"}
    assert container["resources"]["limits"] == {"memory": "128Mi"}
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 300
    assert startup["httpGet"]["path"] == "/healthz"


def test_secrets_become_variables_and_files(api, operator, namespace):
    create(api, namespace, "shop", secrets=SECRETS)
    wait_ready(api, namespace, "shop")
    pod = api.get("Deployment", namespace, "shop")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    reference = variables(container)["DB_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert (reference["name"], reference["key"], reference.get("optional", False)) == ("db", "password", False)
    whole = container["envFrom"][0]
    assert (whole["prefix"], whole["secretRef"]["name"]) == ("APP_", "settings")
    mount = next(one for one in container["volumeMounts"] if one["mountPath"] == "/etc/tls")
    volume = next(one for one in pod["volumes"] if one["name"] == mount["name"])
    assert volume["secret"]["secretName"] == "tls"
    assert volume["secret"]["optional"] is True


def test_the_injected_environment_is_complete_and_the_users_variable_wins(api, operator, namespace):
    create(api, namespace, "shop", version="2.0.0+build", env=[{"name": "LOG_LEVEL", "value": "trace"}])
    wait_ready(api, namespace, "shop")
    container = main_container(api.get("Deployment", namespace, "shop"))
    names = [one["name"] for one in container["env"]]
    assert len(names) == len(set(names))
    assert {"POD_NAME", "POD_NAMESPACE", "POD_IP", "NODE_NAME", "SERVICE_NAME", "SERVICE_VERSION", "PORT", "LOG_LEVEL",
            "LOG_FORMAT"} <= set(names)
    found = variables(container)
    assert found["LOG_LEVEL"]["value"] == "trace"
    assert found["SERVICE_VERSION"]["value"] == "2.0.0+build"
    assert found["PORT"]["value"] == "8080"


def test_the_service_monitor_selects_the_service_by_a_port_that_it_has(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    children = api.children(namespace, "shop")
    selector = children["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
    assert selector and selector.items() <= children["Service"]["metadata"]["labels"].items()
    ports = {one["name"] for one in children["Service"]["spec"]["ports"]}
    assert {one["port"] for one in children["ServiceMonitor"]["spec"]["endpoints"]} <= ports


def test_service_and_disruption_budget_select_the_pods(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    children = api.children(namespace, "shop")
    labels = children["Deployment"]["spec"]["template"]["metadata"]["labels"]
    budget = children["PodDisruptionBudget"]["spec"]
    assert children["Service"]["spec"]["selector"].items() <= labels.items()
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")
    assert children["Service"]["spec"]["ports"][0]["port"] == 80


def test_pods_get_no_token_and_run_restricted(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    assert api.get("ServiceAccount", namespace, "shop")["automountServiceAccountToken"] is False
    pod = api.list("Pod", namespace)[0]["spec"]  # admitted by Pod Security `restricted`
    assert pod["serviceAccountName"] == "shop"
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert not [one for one in pod.get("volumes", []) if "projected" in one]


def test_children_carry_the_labels_and_the_owner(api, operator, namespace):
    create(api, namespace, "shop", owner="team-a", disruption={"enabled": True})
    instance = wait_ready(api, namespace, "shop")
    for kind, child in api.children(namespace, "shop").items():
        labels = child["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "serviceblueprint-operator", kind
        assert labels["app.kubernetes.io/instance"] == "shop", kind
        assert labels["serviceblueprint.dev/owner"] == "team-a", kind
        assert ("app.kubernetes.io/version" in labels) == (kind == "Deployment"), kind
        owner = child["metadata"]["ownerReferences"]
        assert len(owner) == 1 and owner[0]["controller"] and owner[0]["blockOwnerDeletion"], kind
        assert owner[0]["uid"] == instance["metadata"]["uid"], kind


def test_status_tells_version_replicas_selector_and_inventory(api, operator, namespace):
    create(api, namespace, "shop", replicas=2)
    status = wait_ready(api, namespace, "shop")["status"]
    assert status["version"] == "1.4.2"
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (2, 2, 2)
    assert "app.kubernetes.io/instance=shop" in status["selector"]
    children = api.children(namespace, "shop")
    assert {one["kind"]: one["uid"] for one in status["resources"]} == {
        kind: child["metadata"]["uid"] for kind, child in children.items()}
    assert all(one["intent"] and one["owned"] for one in status["resources"])


def test_conditions_follow_the_table_when_serving(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")

    def check():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        found = {one["type"]: (one["status"], one["reason"]) for one in instance["status"]["conditions"]}
        assert found["Accepted"] == ("True", "Valid")
        assert found["Applied"] == ("True", "Applied")
        assert found["Available"] == ("True", "Available")
        assert found["MonitoringReady"] == ("True", "Configured")
        assert "Reconciling" not in found and "Stalled" not in found
        assert all(one["observedGeneration"] == instance["metadata"]["generation"]
                   for one in instance["status"]["conditions"])
    eventually(check)


def test_kubectl_get_shows_the_agreed_columns(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    header, row = api.kubectl("get", "sb", "shop", "--namespace", namespace).stdout.splitlines()
    assert header.split() == ["NAME", "READY", "REASON", "AVAILABLE", "DESIRED", "VERSION", "AGE"]
    assert row.split()[:6] == ["shop", "True", "Serving", "1", "1", "1.4.2"]
    wide = api.kubectl("get", "sbp", "shop", "--namespace", namespace, "-o", "wide").stdout.splitlines()[0]
    assert wide.split()[-3:] == ["IMAGE", "PROFILE", "MESSAGE"]


def test_kubectl_scale_changes_the_replicas(api, operator, namespace):
    create(api, namespace, "shop", replicas=1)
    wait_ready(api, namespace, "shop")
    api.kubectl("scale", "sb/shop", "--replicas=3", "--namespace", namespace)
    wait_ready(api, namespace, "shop")
    eventually(lambda: _available(api, namespace, 3))


def _available(api, namespace, count):
    assert api.get("ServiceBlueprint", namespace, "shop")["status"]["availableReplicas"] == count


def test_scaled_to_zero_is_ready_and_says_so(api, operator, namespace):
    create(api, namespace, "shop", replicas=0, disruption={"enabled": True})
    wait_ready(api, namespace, "shop", reason="ScaledToZero")
    assert "PodDisruptionBudget" not in api.children(namespace, "shop")


def test_a_worker_has_no_service_no_monitor_and_no_default_probes(api, operator, namespace):
    create(api, namespace, "worker", ports=[])
    wait_ready(api, namespace, "worker")
    children = api.children(namespace, "worker")
    assert sorted(children) == ["Deployment", "ServiceAccount"]
    container = main_container(children["Deployment"])
    assert not {"livenessProbe", "readinessProbe", "startupProbe"} & set(container)
    assert "PORT" not in variables(container)


@pytest.mark.parametrize("handler,key", [({"tcp": True}, "tcpSocket"), ({"grpc": {}}, "grpc"),
                                         ({"path": "/live", "port": "admin"}, "httpGet")])
def test_each_probe_handler_is_accepted_by_the_server(api, operator, namespace, handler, key):
    ports = [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}]
    create(api, namespace, "shop", ports=ports, probes={"liveness": handler, "readiness": handler})
    wait_ready(api, namespace, "shop")
    container = main_container(api.get("Deployment", namespace, "shop"))
    assert key in container["livenessProbe"] and key in container["readinessProbe"] and key in container["startupProbe"]


def test_a_new_image_rolls_out_and_ready_means_the_new_one(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:1.5.0"})
    instance = wait_ready(api, namespace, "shop")
    assert instance["status"]["version"] == "1.5.0"
    deployment = api.get("Deployment", namespace, "shop")
    assert main_container(deployment)["image"].endswith(":1.5.0")
    assert deployment["status"]["updatedReplicas"] == 1
    assert deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"]


def test_a_new_image_writes_one_child_only(api, operator, namespace, audit):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    start = audit.position()
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:1.5.0"})
    wait_ready(api, namespace, "shop")
    written = {uri.partition("?")[0] for verb, uri in audit.writes_since(start) if f"/{namespace}/" in uri
               and "/serviceblueprints/" not in uri and "/events" not in uri}
    assert written == {f"/apis/apps/v1/namespaces/{namespace}/deployments/shop"}
