"""An API server that is away: at the start, later, for a while, or without our kind. Nothing crashes, nothing is lost."""

import signal
import os

import pytest

from api import CHILD_KINDS
from blueprints import create, wait_ready
from conftest import install_crd
from operator_process import STOP_SECONDS
from waiting import eventually


@pytest.fixture
def server(cluster, api):
    """The API server as a component that a test may stop; it runs again afterwards."""
    stopped = []

    class Server:
        def stop(self):
            cluster.component("stop", "kube-apiserver")
            stopped.append(True)

        def start(self):
            cluster.component("start", "kube-apiserver")
            stopped.clear()
            eventually(lambda: api.get("Namespace", "", "default"))

    server = Server()
    yield server
    if stopped:
        server.start()


def expect_readiness(operator, status):
    def check():
        assert operator.running(), operator.tail()
        found, body = operator.ask("/readyz")
        assert found == status, body
        return body
    return eventually(check, 150)  # silence is noticed within 90 s


def test_down_at_the_start(api, operator, namespace, server):
    operator.terminate()
    create(api, namespace, "shop")
    server.stop()
    operator.start(ready=False)
    expect_readiness(operator, 500)
    assert operator.ask("/healthz")[0] == 200
    server.start()
    expect_readiness(operator, 200)
    wait_ready(api, namespace, "shop")


def test_killed_and_back_later(api, operator, namespace, server):
    create(api, namespace, "before")
    wait_ready(api, namespace, "before")
    process = operator.process.pid
    server.stop()
    expect_readiness(operator, 500)
    assert operator.ask("/healthz")[0] == 200
    server.start()
    create(api, namespace, "after")
    api.delete("Service", namespace, "before")
    expect_readiness(operator, 200)
    wait_ready(api, namespace, "after")

    def repaired():
        service = api.get("Service", namespace, "before")
        assert service and "deletionTimestamp" not in service["metadata"]
    eventually(repaired)
    assert operator.process.pid == process


def test_killed_in_the_middle_of_the_work(api, operator, namespace, server):
    for number in range(10):
        create(api, namespace, f"shop-{number}", disruption={"enabled": True})
    server.stop()
    server.start()
    for number in range(10):
        wait_ready(api, namespace, f"shop-{number}", timeout=300)
        assert sorted(api.children(namespace, f"shop-{number}")) == sorted(CHILD_KINDS)


def test_it_ends_with_zero_while_the_server_is_down(operator, server):
    server.stop()
    operator.terminate()
    server.start()


def test_a_second_signal_ends_it_at_once(cluster, api, operator, namespace):
    """The server is frozen, so that requests hang and there is something to drain."""
    server = cluster.process("kube-apiserver")
    create(api, namespace, "shop")
    os.kill(server, signal.SIGSTOP)
    try:
        operator.process.send_signal(signal.SIGTERM)
        operator.process.send_signal(signal.SIGTERM)
        operator.process.wait(timeout=STOP_SECONDS)
        operator.process = None
    finally:
        os.kill(server, signal.SIGCONT)
    operator.start()
    wait_ready(api, namespace, "shop")


def test_without_our_definition_it_waits_and_says_so(api, operator, namespace):
    process = operator.process.pid
    api.delete("CustomResourceDefinition", "", "serviceblueprints.serviceblueprint.dev")
    try:
        body = expect_readiness(operator, 500)
        assert "serviceblueprints" in body
        operator.terminate()
        operator.start(ready=False)
        assert "serviceblueprints" in expect_readiness(operator, 500)
    finally:
        eventually(lambda: _gone(api), 120)
        install_crd(api)
    assert operator.process.pid != process
    expect_readiness(operator, 200)
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")


def _gone(api):
    assert api.get("CustomResourceDefinition", "", "serviceblueprints.serviceblueprint.dev") is None
