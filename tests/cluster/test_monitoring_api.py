"""ServiceMonitor is an optional API: absent, installed while we run, removed again. Never a crash or a restart."""

import pytest

from blueprints import condition, create, expect_condition, wait_ready
from testbed import definitions
from waiting import eventually

NAME = "servicemonitors.monitoring.coreos.com"


def definition_file():
    return next(one for one in definitions.files(["monitoring"]) if "servicemonitors" in one.name)


@pytest.fixture
def absent(api):
    """The definition is not there; the test installs it, and afterwards it is there."""
    def remove():
        api.delete("CustomResourceDefinition", "", NAME)

        def gone():
            assert api.get("CustomResourceDefinition", "", NAME) is None
        eventually(gone, 120)

    def install():
        api.kubectl("apply", "--server-side", "-f", str(definition_file()))
        api.kubectl("wait", "--for=condition=Established", f"crd/{NAME}", "--timeout=60s")

    install.remove = remove
    remove()
    yield install
    install()


def expect_not_installed(api, namespace):
    def check():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        assert condition(instance, "MonitoringReady").get("reason") == "APINotInstalled", instance.get("status")
        assert condition(instance, "Ready")["status"] == "True"
    eventually(check, 90)


def expect_monitor(api, namespace):
    expect_condition(api, namespace, "shop", "MonitoringReady", "True", "Configured")
    assert api.get("ServiceMonitor", namespace, "shop")


def test_absent_at_the_start_is_a_condition_and_the_service_is_ready(api, operator, namespace, absent):
    operator.restart()
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    expect_not_installed(api, namespace)


def test_installed_while_we_run_it_is_used_without_a_restart(api, operator, namespace, absent):
    operator.restart()
    create(api, namespace, "shop")
    expect_not_installed_and_ready(api, namespace)
    process = operator.process.pid
    absent()
    expect_monitor(api, namespace)
    assert operator.process.pid == process and operator.running()


def expect_not_installed_and_ready(api, namespace):
    wait_ready(api, namespace, "shop")
    expect_not_installed(api, namespace)


def test_removed_again_and_installed_again(api, operator, namespace, absent):
    absent()
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    expect_monitor(api, namespace)
    process = operator.process.pid
    absent.remove()
    expect_not_installed(api, namespace)
    assert operator.ask("/readyz")[0] == 200
    absent()
    expect_monitor(api, namespace)
    assert operator.process.pid == process and operator.running()


def test_the_other_children_are_repaired_while_it_is_absent(api, operator, namespace, absent):
    create(api, namespace, "shop")
    expect_not_installed_and_ready(api, namespace)
    api.delete("Service", namespace, "shop")

    def check():
        assert api.get("Service", namespace, "shop")
    eventually(check)


def test_absence_costs_no_repeated_writes(api, operator, namespace, absent, audit):
    create(api, namespace, "shop")
    expect_not_installed_and_ready(api, namespace)
    start = audit.position()
    create(api, namespace, "later")
    wait_ready(api, namespace, "later")
    assert [one for one in audit.writes_since(start)
            if f"/namespaces/{namespace}/" in one[1] and "/shop" in one[1]] == []
