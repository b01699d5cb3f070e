"""Blueprints of the tests, and how to look at what became of them."""

from waiting import eventually

API_VERSION = "serviceblueprint.dev/v1alpha1"
IMAGE = "registry.example/team/checkout:1.4.2"
READY_TIMEOUT = 120


def blueprint(name, **spec):
    """One replica and no drain time, unless the test says otherwise: a small load on the machine."""
    return {"metadata": {"name": name}, "spec": {"image": IMAGE, "profile": "development", **spec}}


def create(api, namespace, name, **spec):
    return api.create("ServiceBlueprint", namespace, blueprint(name, **spec))


def change(api, namespace, name, spec):
    """A merge patch of the spec, as `kubectl patch` makes it: null removes a field."""
    return api.patch("ServiceBlueprint", namespace, name, {"spec": spec})


def condition(instance, kind):
    """The condition of that type, or an empty dict."""
    for one in instance.get("status", {}).get("conditions", []):
        if one["type"] == kind:
            return one
    return {}


def expect_condition(api, namespace, name, kind, status, reason, timeout=READY_TIMEOUT):
    """Waits for the condition of the current generation; returns it."""
    def check():
        instance = api.get("ServiceBlueprint", namespace, name)
        assert instance, f"no blueprint {name}"
        found = condition(instance, kind)
        assert (found.get("status"), found.get("reason")) == (status, reason), instance.get("status")
        assert found["observedGeneration"] == instance["metadata"]["generation"], instance["status"]
        return found
    return eventually(check, timeout)


def wait_ready(api, namespace, name, timeout=READY_TIMEOUT, reason="Serving"):
    """Waits until the current generation is Ready; returns the blueprint."""
    expect_condition(api, namespace, name, "Ready", "True", reason, timeout)
    return api.get("ServiceBlueprint", namespace, name)


def essence(child):
    """What we care to see unchanged of a child: not the server's bookkeeping."""
    if child is None:
        return None
    metadata = child["metadata"]
    annotations = {key: value for key, value in metadata.get("annotations", {}).items()
                   if key != "deployment.kubernetes.io/revision"}
    owners = [{key: value for key, value in owner.items()} for owner in metadata.get("ownerReferences", [])]
    rest = {key: value for key, value in child.items() if key not in ("metadata", "status")}
    return {"labels": metadata.get("labels", {}), "annotations": annotations, "owners": owners, **rest}


def controlled_by(child, instance):
    """True if the child's controlling owner is this very blueprint."""
    return any(owner.get("controller") and owner["uid"] == instance["metadata"]["uid"]
               for owner in child["metadata"].get("ownerReferences", []))
