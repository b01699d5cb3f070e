"""Secrets and ConfigMaps of the tests, the operator with the right to see them, and what their changes did to the pods."""

import base64
import json

from testbed import account

OVERLAY = "manifests/secret-watch"


def encoded(values):
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


def create_secret(api, namespace, name, **values):
    return api.create("Secret", namespace, {"metadata": {"name": name}, "data": encoded(values)},
                      query="fieldManager=author")


def change_secret(api, namespace, name, **values):
    return api.patch("Secret", namespace, name, {"data": encoded(values)}, query="fieldManager=author")


def variables(secret, *keys, **more):
    """An entry of `secrets` with a variable for each key."""
    return {"name": secret, "env": {key.upper(): key for key in keys}, **more}


def template(api, namespace, name):
    return api.get("Deployment", namespace, name)["spec"]["template"]


def rollouts(api, namespace, name):
    """How many pod templates there have been."""
    owned = [one for one in api.list("ReplicaSet", namespace)
             if one["metadata"]["ownerReferences"][0]["name"] == name]
    return len(owned)


def start_watching(operator, namespaces):
    """Ends the operator of the default installation; the next test starts it again."""
    if operator.running():
        operator.terminate()
    operator.start("--reference-namespaces", namespaces, "--log-level=debug")


def asked_for_secrets(audit, position):
    """Every request of the operator for a Secret, watches that still run included."""
    with open(audit.path, "rb") as log:
        log.seek(position)
        events = [json.loads(line) for line in log.read().splitlines() if line.endswith(b"}")]
    user = f"system:serviceaccount:{account.NAMESPACE}:{account.NAME}"
    return [(one["verb"], one["requestURI"]) for one in events
            if one["user"]["username"] == user and one.get("objectRef", {}).get("resource") == "secrets"]
