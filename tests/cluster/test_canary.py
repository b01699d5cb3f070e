"""A Secret's value, wherever it may lie, is in nothing that the operator says."""

import json
import secrets as random

import pytest
from blueprints import change, create, expect_condition, wait_ready
from conftest import ROOT
from references import OVERLAY, asked_for_secrets, encoded, start_watching, variables
from waiting import settled

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def everything_said(api, operator, namespace, log_start):
    """Log lines, events, status and metrics, as one text each."""
    with open(operator.log, "rb") as log:
        log.seek(log_start)
        yield "log", log.read().decode()
    yield "events", json.dumps(api.list("Event", namespace))
    yield "status", json.dumps([one.get("status") for one in api.list("ServiceBlueprint", namespace)])
    yield "metrics", operator.metrics()


def apply_secret(api, namespace, token):
    """With kubectl, so that an annotation holds the value too."""
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": token}}
    api.kubectl("apply", f"--namespace={namespace}", "-f", "-", text=json.dumps(manifest))
    assert token in api.get("Secret", namespace, "db")["metadata"]["annotations"][APPLIED]


@pytest.mark.parametrize("namespaces", ["", "*"], ids=["default", "watched"])
def test_no_value_is_ever_said(api, operator, namespace, audit, namespaces):
    token, env, config = (random.token_hex(20) for _ in range(3))
    if namespaces:
        api.kubectl("apply", "--server-side", "-k", str(ROOT / OVERLAY / "cluster"))
    start, log_start = audit.position(), operator.log_position()
    start_watching(operator, namespaces)
    apply_secret(api, namespace, token)
    create(api, namespace, "shop", secrets=[variables("db", "password")], env=[{"name": "LITERAL", "value": env}],
           config={"env": {"SETTING": config}})
    wait_ready(api, namespace, "shop")
    apply_secret(api, namespace, second := random.token_hex(20))
    change(api, namespace, "shop", {"secrets": [variables("db", "password", "absent")]})
    if namespaces:
        expect_condition(api, namespace, "shop", "ReferencesResolved", "False", "KeyNotFound")
    settled(lambda: api.get("ServiceBlueprint", namespace, "shop")["metadata"]["resourceVersion"], quiet_seconds=6)

    values = {"secret": token, "second secret": second, "variable": env, "config": config}
    values |= {f"{name}, encoded": encoded({"": value})[""] for name, value in values.items()}
    for place, text in everything_said(api, operator, namespace, log_start):
        assert text, f"nothing in {place}"
        assert [name for name, value in values.items() if value in text] == [], place
    assert bool(asked_for_secrets(audit, start)) == bool(namespaces)
    operator.terminate()
    if namespaces:
        api.kubectl("delete", "-k", str(ROOT / OVERLAY / "cluster"))
