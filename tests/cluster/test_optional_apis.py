"""Kinds that a cluster may lack: absent, installed while we run, removed and installed again. Never an error loop."""

import pytest

from blueprints import create, wait_ready
from testbed import definitions
from waiting import eventually, settled

SPEC = {"monitoring": {"alerts": {"enabled": True}},
        "expose": {"hosts": ["shop.example"], "gateway": {"name": "edge"}}}
KINDS = {"ServiceMonitor": ("servicemonitors", "monitoring.coreos.com"),
         "PrometheusRule": ("prometheusrules", "monitoring.coreos.com"),
         "HTTPRoute": ("httproutes", "gateway.networking.k8s.io")}
ERRORS = 'controller_runtime_reconcile_errors_total'


class Definition:
    def __init__(self, api, kind):
        self.api, self.kind = api, kind
        plural, group = KINDS[kind]
        self.name = f"{plural}.{group}"
        self.file = next(one for one in definitions.files(["monitoring", "gateway"]) if f"_{plural}." in one.name)

    def remove(self):
        self.api.delete("CustomResourceDefinition", "", self.name)

        def gone():
            assert self.api.get("CustomResourceDefinition", "", self.name) is None
        eventually(gone, 120)

    def install(self):
        self.api.kubectl("apply", "--server-side", "-f", str(self.file))

        def served():
            self.api.kubectl("wait", "--for=condition=Established", f"crd/{self.name}", "--timeout=60s")
        eventually(served)


@pytest.fixture(params=KINDS)
def definition(api, request):
    found = Definition(api, request.param)
    yield found
    found.install()


def expect_child(api, namespace, kind):
    def check():
        child = api.get(kind, namespace, "shop")
        assert child and "deletionTimestamp" not in child["metadata"]
    eventually(check, 120)


def expect_silence(audit, namespace):
    """No request for the namespace, once what is under way has settled."""
    start = audit.position()

    def requests():
        return [one for one in audit.other_than_watches_since(start) if f"/{namespace}/" in one[1]]
    under_way = settled(requests, quiet_seconds=5)
    assert settled(requests, quiet_seconds=10) == under_way


def test_it_comes_and_goes_while_we_run(api, operator, namespace, definition, audit):
    definition.remove()
    operator.restart()
    create(api, namespace, "shop", **SPEC)
    wait_ready(api, namespace, "shop")
    expect_silence(audit, namespace)
    process = operator.process.pid
    for _ in range(2):
        definition.install()
        expect_child(api, namespace, definition.kind)
        wait_ready(api, namespace, "shop")
        definition.remove()
        expect_silence(audit, namespace)
        assert operator.ask("/readyz")[0] == 200
    assert operator.process.pid == process and operator.running()
    assert operator.metric(ERRORS) == 0


def test_a_change_of_another_child_is_written_as_it_goes(api, operator, namespace, definition):
    create(api, namespace, "shop", **SPEC)
    expect_child(api, namespace, definition.kind)
    definition.remove()
    api.delete("Service", namespace, "shop")

    def back():
        assert api.get("Service", namespace, "shop")
    eventually(back)
    wait_ready(api, namespace, "shop")
