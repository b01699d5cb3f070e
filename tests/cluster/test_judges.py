"""Independent judges of what blueprints become: kube-score where the platform uses the hardened configuration, and whether
what selects or names another object finds it. None of them needs a cluster. (promtool: tests/promtool.)
"""

import os
import subprocess

import pytest
import yaml

from conftest import ROOT
from testbed import binaries

GOLDEN = ROOT / "tests" / "golden"
# kube-score's checks that some hardened samples do not pass -> which ones, and why that stays so.
ALLOWED = {
    "pod-networkpolicy": (
        {"autoscaled", "checkout", "exposed-by-gateway", "full", "grpc", "java", "minimal", "monitored-with-alerts",
         "secrets-as-files", "sidecar", "worker"},
        "where a service connects to is limited only where its author says where (allowTo)"),
    "container-image-pull-policy": ({"full"}, "its author chose IfNotPresent, for an image that is named by its digest"),
    "container-security-context-user-group-id": ({"full"}, "identity FromImage leaves the ids to the image"),
    "deployment-has-host-podantiaffinity": ({"full"}, "its author wrote an affinity for pods of his own"),
    "deployment-strategy": ({"full"}, "its author chose Recreate"),
    "pod-probes": ({"full"}, "its author turned the probes off"),
}


def expected_files(pattern="*"):
    return sorted(GOLDEN.glob(f"{pattern}/expected.yaml"))


def name_of(file):
    return file.parent.name


def children_of(file):
    """By blueprint: the children of one case."""
    found = {}
    for child in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        found.setdefault(child["metadata"]["labels"]["app.kubernetes.io/instance"], []).append(child)
    return found.values()


def of_kind(children, kind):
    return [child for child in children if child["kind"] == kind]


@pytest.fixture(scope="module")
def kube_score():
    return binaries.find(["kube-score"], build=not os.environ.get("NO_BUILD_CLUSTER"))["kube-score"]


def findings(program, file):
    """The checks with CRITICAL or WARNING, with kube-score's words."""
    done = subprocess.run([program, "score", "--kubernetes-version", "v1.37", "--output-format", "json", file],
                          capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stderr
    found = {}
    for scored in yaml.safe_load(done.stdout):
        for check in scored["checks"]:
            if not check["skipped"] and check["grade"] < 7:  # 10 is OK, 7 almost; 5 WARNING, 1 CRITICAL
                words = "; ".join(comment["summary"] for comment in check["comments"] or [])
                found.setdefault(check["check"]["id"], []).append(f"{scored['object_name']}: {words}")
    return found


def is_allowed(check, sample):
    return check in ALLOWED and sample in ALLOWED[check][0]


def test_there_are_hardened_cases():
    assert len(expected_files("hardened-*")) >= 10


@pytest.mark.parametrize("file", expected_files("hardened-*"), ids=name_of)
def test_kube_score_finds_nothing(kube_score, file):
    sample = name_of(file).removeprefix("hardened-")
    assert not {check: words for check, words in findings(kube_score, file).items() if not is_allowed(check, sample)}


def test_each_exception_is_needed(kube_score):
    for check, (samples, _) in ALLOWED.items():
        for sample in samples:
            assert check in findings(kube_score, GOLDEN / f"hardened-{sample}" / "expected.yaml"), (check, sample)


def test_kube_score_would_find_something(kube_score):
    """Else the test above could not fail: without the configuration there is no CPU limit."""
    assert "container-resources" in findings(kube_score, GOLDEN / "minimal" / "expected.yaml")


@pytest.mark.parametrize("file", expected_files(), ids=name_of)
def test_what_selects_finds_what_it_selects(file):
    for children in children_of(file):
        pods = [child["spec"]["template"]["metadata"]["labels"] for child in of_kind(children, "Deployment")]
        services = of_kind(children, "Service")
        for service in services:
            assert all(service["spec"]["selector"].items() <= labels.items() for labels in pods)
        for kind, path in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            for child in of_kind(children, kind):
                wanted = child["spec"][path]["matchLabels"]
                assert wanted and all(wanted.items() <= labels.items() for labels in pods)
        for monitor in of_kind(children, "ServiceMonitor"):
            selected = [service for service in services if monitor["spec"]["selector"]["matchLabels"].items()
                        <= service["metadata"]["labels"].items()]
            names = {port["name"] for service in selected for port in service["spec"]["ports"]}
            assert selected and {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= names


@pytest.mark.parametrize("file", expected_files(), ids=name_of)
def test_what_names_another_finds_it(file):
    for children in children_of(file):
        deployments = [child["metadata"]["name"] for child in of_kind(children, "Deployment")]
        ports = {service["metadata"]["name"]: {port["port"] for port in service["spec"]["ports"]}
                 for service in of_kind(children, "Service")}
        for scaler in of_kind(children, "HorizontalPodAutoscaler"):
            assert scaler["spec"]["scaleTargetRef"]["name"] in deployments
        for route in of_kind(children, "HTTPRoute"):
            for backend in (backend for rule in route["spec"]["rules"] for backend in rule["backendRefs"]):
                assert backend["port"] in ports[backend["name"]]
        for ingress in of_kind(children, "Ingress"):
            for path in (path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]):
                service = path["backend"]["service"]
                assert service["port"]["number"] in ports[service["name"]]
