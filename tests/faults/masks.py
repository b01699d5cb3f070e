"""The state of a namespace as two runs can be compared: without what must differ between them.

Masked: uids, resourceVersions and times; digests over an owner's uid (the inventory's); whether our fields are owned by
a creation or by an apply (a crash before the status write costs one apply); what other controllers measure or assign.
"""

import json

from observer import CHILD_KINDS, NOT_OURS

MANAGER = "serviceblueprint-operator"
TIMES = {"creationTimestamp", "lastTransitionTime", "lastUpdateTime", "lastProbeTime", "lastScaleTime", "time"}
ASSIGNED = {"clusterIP", "clusterIPs"}
DIGESTS = {"intent", "owned", "references", "restartTrigger", "serviceblueprint.dev/restart-trigger"}
REVISION = "deployment.kubernetes.io/revision"


def _masked(value):
    if isinstance(value, dict):
        return {key: "*" if key in TIMES | ASSIGNED | DIGESTS | {"uid", "resourceVersion"} else _masked(one)
                for key, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _managers(metadata):
    """Who owns fields, and through which subresource; each of our entries by itself, so that two of them show."""
    entries = [(one["manager"], one.get("subresource", "")) for one in metadata.get("managedFields", [])]
    return sorted(set(entries)) + sorted(one for one in entries if one == (MANAGER, ""))


def _status(kind, status):
    if kind == "HorizontalPodAutoscaler":
        return {}
    if kind == "Deployment":
        # The messages name ReplicaSets, and the order of conditions tells history.
        words = [(one["type"], one["status"], one["reason"]) for one in status.get("conditions", [])]
        # A collision is with a ReplicaSet that is still to be collected: the garbage collector's pace.
        rest = {key: value for key, value in status.items() if key != "collisionCount"}
        return {**rest, "conditions": sorted(words)}
    if kind == "ServiceBlueprint":
        resources = sorted(status.get("resources", []), key=lambda one: (one["kind"], one["name"]))
        pods = status.get("pods", {})
        if pods.get("restartTrigger"):
            pods = {**pods, "template": "*"}  # a digest over the trigger too
        return {**status, "resources": resources, "pods": pods}
    return status


def masked(kind, item, namespace):
    metadata = dict(item["metadata"])
    managers = _managers(metadata)
    metadata.pop("managedFields", None)
    whole = {**item, "metadata": {**metadata, "managers": managers}, "status": _status(kind, item.get("status", {}))}
    return json.loads(json.dumps(_masked(whole), sort_keys=True).replace(namespace, "NAMESPACE"))


def items(api, namespace, kinds):
    return [(kind, one) for kind in kinds for one in api.list(kind, namespace)
            if (kind, one["metadata"]["name"]) not in NOT_OURS]


def state(api, namespace):
    """Every blueprint and child of the namespace, by kind and name."""
    return {(kind, one["metadata"]["name"]): masked(kind, one, namespace)
            for kind, one in items(api, namespace, ["ServiceBlueprint", *CHILD_KINDS])}


def without_steps(whole):
    """The same without how many steps led there: for whoever need not have gone each of them."""
    found = {}
    for (kind, name), one in whole.items():
        one = json.loads(json.dumps(one))
        if kind != "ServiceBlueprint":
            one["metadata"].pop("generation", None)
            one["metadata"].get("annotations", {}).pop(REVISION, None)
            one["status"].pop("observedGeneration", None)
        found[kind, name] = one
    return found


def orphans(api, namespace):
    """Children whose controlling owner is not there, by uid."""
    owners = {one["metadata"]["uid"] for one in api.list("ServiceBlueprint", namespace)}
    return [(kind, one["metadata"]["name"]) for kind, one in items(api, namespace, CHILD_KINDS)
            for owner in one["metadata"].get("ownerReferences", []) if owner["uid"] not in owners]


def differences(expected, found, path=""):
    """Where two masked values differ, one line each."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key in sorted({*expected, *found}, key=str)
                for line in differences(expected.get(key, "(nothing)"), found.get(key, "(nothing)"), f"{path}/{key}")]
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        return [line for place, pair in enumerate(zip(expected, found))
                for line in differences(*pair, f"{path}/{place}")]
    return [] if expected == found else [f"{path}: expected {expected!r}, found {found!r}"]
