"""No golden file may hold what a real server refuses: schema, validation and Pod Security `restricted`, all in dry runs."""

import copy
import os
import random
from pathlib import Path

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from api import APPLY
from conftest import ROOT, install_crd
from waiting import eventually

GOLDEN = ROOT / "tests" / "golden"
SAMPLES = ROOT / "crds" / "samples"
DRY_RUN = "dryRun=All&fieldValidation=Strict&fieldManager=golden"


def documents(file: Path):
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def cases(pattern):
    return sorted(GOLDEN.glob(pattern))


def case_name(file: Path):
    return file.stem if file.parent == SAMPLES else file.parent.name


@pytest.fixture(scope="module")
def restricted(api):
    """One namespace for all cases, as nothing is written to it."""
    install_crd(api)
    name = f"golden-{os.urandom(3).hex()}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"}
    api.create("Namespace", "", {"metadata": {"name": name, "labels": labels}})
    eventually(lambda: definitions_serve(api, name))
    yield name
    api.delete("Namespace", "", name)


def definitions_serve(api, namespace):
    """A kind answers a moment after its definition is established; a pod needs the namespace's own ServiceAccount."""
    api.list("ServiceBlueprint", namespace)
    api.list("ServiceMonitor", namespace)
    assert api.get("ServiceAccount", namespace, "default"), "no default ServiceAccount yet"


def placed(document, namespace):
    return {**document, "metadata": {**document["metadata"], "namespace": namespace}}


def apply(api, namespace, document):
    return api.patch(document["kind"], namespace, document["metadata"]["name"], placed(document, namespace), APPLY,
                     query=f"{DRY_RUN}&force=true")


@pytest.mark.parametrize("file", cases("*/expected.yaml"), ids=case_name)
def test_children_are_accepted(api, restricted, file):
    for child in documents(file):
        api.create(child["kind"], restricted, placed(child, restricted), query=DRY_RUN)
        apply(api, restricted, child)


@pytest.mark.parametrize("file", cases("*/expected.yaml"), ids=case_name)
def test_pods_pass_pod_security(api, restricted, file):
    """The server judges bare pods at once; a template's violations would be warnings."""
    for template in (child["spec"]["template"] for child in documents(file) if child["kind"] == "Deployment"):
        # The case's ServiceAccount and PriorityClass are not there in a dry run.
        spec = {**template["spec"], "serviceAccountName": "default"}
        spec.pop("priorityClassName", None)
        pod = {"metadata": {**template["metadata"], "name": "golden"}, "spec": spec}
        api.create("Pod", restricted, pod, query=DRY_RUN)


def test_pod_security_would_refuse(api, restricted):
    """Else the test above could not fail."""
    pod = {"metadata": {"name": "golden"}, "spec": {"containers": [{"name": "main", "image": "shop"}]}}
    with pytest.raises(ApiException, match="violates PodSecurity"):
        api.create("Pod", restricted, pod, query=DRY_RUN)


def is_refused(file: Path):
    return (file.parent / "error.txt").exists()


@pytest.mark.parametrize("file", [*cases("*/blueprint.yaml"), *sorted(SAMPLES.glob("*.yaml"))], ids=case_name)
def test_blueprints_are_accepted(api, restricted, file):
    """Refused cases may pass the server, whose rules know no default; what it says must then be a refusal."""
    for blueprint in (each for each in documents(file) if each["kind"] == "ServiceBlueprint"):
        try:
            api.create(blueprint["kind"], restricted, placed(blueprint, restricted), query=DRY_RUN)
        except ApiException as refusal:
            assert is_refused(file), refusal.body
            assert refusal.status in (400, 422), refusal.body


def written_by_us(child):
    """What a case decides on, without what the server or a controller adds to a live object."""
    child = copy.deepcopy(child)
    annotations = child["metadata"].get("annotations", {})
    annotations.pop("deployment.kubernetes.io/revision", None)
    spec = child.get("spec", {})
    for field in ("clusterIP", "clusterIPs"):
        spec.pop(field, None)
    return {"labels": child["metadata"]["labels"], "annotations": annotations, "spec": spec,
            "token": child.get("automountServiceAccountToken")}


def test_any_case_may_follow_any_other(api, namespace):
    """An update ends as a creation would, whatever was there before: nothing is refused, nothing is left over."""
    install_crd(api)
    children = [child for file in cases("*/expected.yaml") for child in documents(file)
                if child["metadata"]["name"] == "shop"]
    eventually(lambda: api.list("ServiceMonitor", namespace))
    fresh = [written_by_us(api.create(child["kind"], namespace, placed(child, namespace), query=DRY_RUN))
             for child in children]
    order = list(range(len(children)))
    random.Random(7).shuffle(order)
    for index in order:
        child = children[index]
        live = api.patch(child["kind"], namespace, "shop", placed(child, namespace), APPLY,
                         query="fieldValidation=Strict&fieldManager=golden&force=true")
        assert written_by_us(live) == fresh[index], child["kind"]
