"""Every sample is applied as its reader would, becomes Ready, and applied again it changes nothing."""

import json

import pytest
import yaml

from blueprints import expect_condition
from conftest import ROOT

# Demands a neighbour that this cluster does not have.
UNPLACEABLE = {"full-affinity"}
SAMPLES = sorted((ROOT / "crds" / "samples").glob("*.yaml"))


def documents(file):
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def blueprints_of(file):
    return [each for each in documents(file) if each["kind"] == "ServiceBlueprint"]


def claims_of(blueprint):
    return [volume["persistentVolumeClaim"]["claimName"] for volume in blueprint["spec"].get("volumes", [])
            if "persistentVolumeClaim" in volume]


def provide_volume(api, namespace, claim):
    """What the cluster's storage class would do: a volume for the claim. Nothing is stored; the node is simulated."""
    size = {"storage": "1Gi"}
    api.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{namespace}-{claim}"},
         "spec": {"accessModes": ["ReadWriteOnce"], "capacity": size, "storageClassName": "",
                  "claimRef": {"namespace": namespace, "name": claim}, "csi": {"driver": "test", "volumeHandle": claim}}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim, "namespace": namespace},
         "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": size}, "storageClassName": "",
                  "volumeName": f"{namespace}-{claim}"}}]}))


def provide_needs(api, namespace, blueprint):
    spec = blueprint["spec"]
    for claim in claims_of(blueprint):
        provide_volume(api, namespace, claim)
    if "name" in spec.get("serviceAccount", {}):
        api.create("ServiceAccount", namespace, {"metadata": {"name": spec["serviceAccount"]["name"]}})
    if "priorityClassName" in spec.get("scheduling", {}):
        name = spec["scheduling"]["priorityClassName"]
        api.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                                                         "metadata": {"name": name}, "value": 1000}))


def generations(api, namespace, file):
    names = [blueprint["metadata"]["name"] for blueprint in blueprints_of(file)]
    return {name: api.get("ServiceBlueprint", namespace, name)["metadata"]["generation"] for name in names}


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_sample_becomes_ready(api, operator, namespace, file):
    for blueprint in blueprints_of(file):
        provide_needs(api, namespace, blueprint)
    api.kubectl("apply", "-n", namespace, "-f", str(file))
    for blueprint in blueprints_of(file):
        name = blueprint["metadata"]["name"]
        expected = ("False", "Unschedulable") if name in UNPLACEABLE else ("True", "Serving")
        expect_condition(api, namespace, name, "Ready", *expected)
    before = generations(api, namespace, file)
    api.kubectl("apply", "-n", namespace, "-f", str(file))
    assert generations(api, namespace, file) == before, "the same file again is no change"
