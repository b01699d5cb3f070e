"""The platform team's configuration: changed defaults restart nothing, enforced fields hold at once, a broken file changes
nothing, and a new or an old rendering version touches no pod before its author changes the blueprint."""

import json
import signal

import pytest

from api import CHILD_KINDS
from blueprints import change, condition, create, wait_ready
from conftest import ROOT
from waiting import eventually

FIRST = {"defaults": {"staging": {"replicas": 1, "shutdown": {"delaySeconds": 0, "drainSeconds": 1}}}}
CHANGED = {"defaults": {"staging": {"replicas": 2, "shutdown": {"delaySeconds": 2, "drainSeconds": 3},
                                    "resources": {"limits": {"cpu": "1"}}, "logging": {"level": "warn"},
                                    "disruption": {"enabled": False}, "imagePullPolicy": "Always"}}}
UNKNOWN_VERSION = 99


class ConfigMapVolume:
    """A configuration file as the kubelet keeps that of a ConfigMap: behind a link to a directory that each change swaps."""

    def __init__(self, folder):
        self.folder = folder
        self.versions = 0
        self.file = folder / "config.yaml"
        self.file.symlink_to("..data/config.yaml")

    def publish(self, text):
        self.versions += 1
        version = self.folder / f"..version-{self.versions}"
        version.mkdir()
        (version / "config.yaml").write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        link = self.folder / "..data_tmp"
        link.symlink_to(version.name)
        link.rename(self.folder / "..data")


class Configured:
    """The operator with a configuration file."""

    def __init__(self, operator, volume):
        self.operator = operator
        self.volume = volume

    def start(self):
        self.operator.start("--config", self.volume.file)

    def restart(self, while_down=lambda: None):
        self.operator.terminate()
        while_down()
        self.start()
        eventually(self._idle)

    def reload(self, configuration):
        """Publishes a configuration and waits until every blueprint has been looked at with it."""
        position = self.operator.log_position()
        self.volume.publish(configuration)
        eventually(lambda: self.says(position, "configuration reloaded"))
        eventually(self._idle)

    def refuse(self, configuration):
        """Publishes a broken configuration; returns the one line about it."""
        position = self.operator.log_position()
        self.volume.publish(configuration)
        eventually(lambda: self.says(position, "configuration not reloaded"))
        return [one for one in self.operator.log_since(position) if one["level"] == "error"]

    def says(self, position, message):
        assert any(one["message"] == message for one in self.operator.log_since(position)), message

    def _idle(self):
        """Nothing waits and nothing runs: a reload queues its keys before it says that it is done."""
        assert self.operator.metric("workqueue_depth") == 0
        assert self.operator.metric("controller_runtime_active_workers") == 0


@pytest.fixture
def configured(operator_session, tmp_path):
    if operator_session.running():
        operator_session.terminate()
    configured = Configured(operator_session, ConfigMapVolume(tmp_path))
    configured.volume.publish(FIRST)
    configured.start()
    yield configured
    if operator_session.running():
        operator_session.terminate()


def make(api, namespace, name="shop", **spec):
    create(api, namespace, name, profile="staging", **spec)
    return wait_ready(api, namespace, name)


def deployment(api, namespace, name="shop"):
    return api.get("Deployment", namespace, name)


def generation(api, namespace, name="shop"):
    return deployment(api, namespace, name)["metadata"]["generation"]


def pod(api, namespace, name="shop"):
    return deployment(api, namespace, name)["spec"]["template"]["spec"]


def status(api, namespace, name="shop"):
    return api.get("ServiceBlueprint", namespace, name)["status"]


def set_status(api, namespace, name="shop", **fields):
    """What another release of the operator would have left; null removes a field."""
    api.patch("ServiceBlueprint", namespace, name, {"status": fields}, subresource="status")


def versions(api, namespace):
    return {(kind, one["metadata"]["name"]): one["metadata"]["resourceVersion"]
            for kind in ["ServiceBlueprint", *CHILD_KINDS] for one in api.list(kind, namespace)}


def prefers_other_hosts(template):
    return "podAntiAffinity" in template.get("affinity", {})


def expect(check, expected):
    def compare():
        found = check()
        assert found == expected, found
    eventually(compare)


def test_a_changed_default_writes_nothing_while_running_and_over_restarts(api, configured, namespace, audit):
    for name in ("shop", "cart"):
        make(api, namespace, name)
    before = versions(api, namespace)
    start = audit.position()
    configured.reload(CHANGED)
    configured.restart()
    configured.restart(while_down=lambda: configured.volume.publish(FIRST))
    configured.reload({})
    assert audit.writes_since(start) == []
    assert versions(api, namespace) == before


def test_a_change_of_spec_takes_the_new_defaults(api, configured, namespace):
    make(api, namespace)
    configured.reload(CHANGED)
    change(api, namespace, "shop", {"rollout": {"restartToken": "again"}})
    wait_ready(api, namespace, "shop")
    assert deployment(api, namespace)["spec"]["replicas"] == 2
    assert pod(api, namespace)["terminationGracePeriodSeconds"] == 10
    container = pod(api, namespace)["containers"][0]
    assert container["resources"]["limits"]["cpu"] == "1"
    assert container["imagePullPolicy"] == "Always"
    assert {"name": "LOG_LEVEL", "value": "warn"} in container["env"]
    assert api.get("PodDisruptionBudget", namespace, "shop") is None
    kept = json.loads(status(api, namespace)["defaults"])
    assert kept["shutdown"] == {"delaySeconds": 2, "drainSeconds": 3}
    assert len(status(api, namespace)["defaults"]) <= 2048


def test_a_change_of_replicas_alone_moves_no_default(api, configured, namespace):
    make(api, namespace)
    kept = status(api, namespace)["defaults"]
    template = pod(api, namespace)
    configured.reload(CHANGED)
    api.kubectl("scale", "serviceblueprint/shop", "--replicas=3", "-n", namespace)
    expect(lambda: deployment(api, namespace)["spec"]["replicas"], 3)
    wait_ready(api, namespace, "shop")
    assert pod(api, namespace) == template
    assert status(api, namespace)["defaults"] == kept


def test_what_is_enforced_holds_at_once_and_only_as_long(api, configured, namespace):
    make(api, namespace, resources={"limits": {"memory": "256Mi"}}, security={"readOnlyRootFilesystem": False})
    kept = status(api, namespace)["defaults"]
    configured.reload({**FIRST, "enforced": {"resources": {"limits": {"memory": "192Mi"}}, "imagePullPolicy": "Always",
                                             "security": {"readOnlyRootFilesystem": True}}})

    def held(memory, policy, read_only):
        container = pod(api, namespace)["containers"][0]
        assert container["resources"]["limits"]["memory"] == memory
        assert container["imagePullPolicy"] == policy
        assert container["securityContext"]["readOnlyRootFilesystem"] is read_only
    eventually(lambda: held("192Mi", "Always", True))
    wait_ready(api, namespace, "shop")
    assert status(api, namespace)["defaults"] == kept
    configured.reload(FIRST)
    eventually(lambda: held("256Mi", "IfNotPresent", False))


def test_a_blueprint_that_contradicts_what_is_enforced_is_invalid(api, configured, namespace):
    make(api, namespace, resources={"requests": {"memory": "256Mi"}})
    before = generation(api, namespace)
    configured.reload({**FIRST, "enforced": {"resources": {"limits": {"memory": "128Mi"}}}})

    def refused():
        accepted = condition(api.get("ServiceBlueprint", namespace, "shop"), "Accepted")
        assert (accepted["status"], accepted["reason"]) == ("False", "Invalid")
        assert "platform's configuration enforces" in accepted["message"]
    eventually(refused)
    assert generation(api, namespace) == before
    configured.reload(FIRST)
    wait_ready(api, namespace, "shop")
    assert generation(api, namespace) == before


def test_a_broken_file_keeps_what_was(api, configured, namespace):
    configured.reload({**FIRST, "enforced": {"imagePullPolicy": "Always"}})
    lines = configured.refuse("enforced: {imagePullPolicy: Sometimes}")
    assert len(lines) == 1, lines
    assert "enforced.imagePullPolicy: must be one of Always, IfNotPresent, Never" in lines[0]["error"]
    assert configured.operator.metric("serviceblueprint_config_last_reload_successful") == 0
    make(api, namespace)
    assert pod(api, namespace)["containers"][0]["imagePullPolicy"] == "Always"
    configured.reload(CHANGED)
    assert configured.operator.metric("serviceblueprint_config_last_reload_successful") == 1


def test_a_broken_file_ends_the_start_with_2(configured):
    configured.operator.terminate()
    configured.volume.publish("defaults: {prod: {replicas: 1}}")
    position = configured.operator.log_position()
    configured.operator.start("--config", configured.volume.file, ready=False)
    assert configured.operator.process.wait(timeout=30) == 2
    with open(configured.operator.log, "rb") as log:
        log.seek(position)
        said = log.read().decode()
    # Not JSON: keep it out of the log that later tests read.
    configured.operator.log.write_bytes(configured.operator.log.read_bytes()[:position])
    assert said.count("\n") == 1, said
    assert 'unknown key "prod"; allowed are production, staging, development' in said


def test_sighup_reloads_and_the_log_level_follows(api, configured, namespace):
    position = configured.operator.log_position()
    configured.volume.publish({**FIRST, "logLevel": "debug"})
    configured.operator.process.send_signal(signal.SIGHUP)
    eventually(lambda: configured.says(position, "configuration reloaded"))
    make(api, namespace)
    assert "debug" in {one["level"] for one in configured.operator.log_since(position)}
    configured.reload(FIRST)
    position = configured.operator.log_position()
    change(api, namespace, "shop", {"replicas": 2})
    wait_ready(api, namespace, "shop")
    assert "debug" not in {one["level"] for one in configured.operator.log_since(position)}


def test_a_rendering_of_the_previous_release_stays_until_the_spec_changes(api, configured, namespace):
    configured.reload({})
    make(api, namespace)
    assert status(api, namespace)["renderVersion"] == 2
    assert prefers_other_hosts(pod(api, namespace))

    # A Deployment as version 1 renders it, ...
    configured.restart(while_down=lambda: set_status(api, namespace, renderVersion=1))
    expect(lambda: prefers_other_hosts(pod(api, namespace)), False)
    wait_ready(api, namespace, "shop")
    before = generation(api, namespace)

    # ... by a release that kept neither a version nor the defaults, which were the built-in ones.
    def upgrade():
        set_status(api, namespace, renderVersion=None, defaults=None)
        configured.volume.publish(CHANGED)
    configured.restart(while_down=upgrade)
    expect(lambda: status(api, namespace).get("renderVersion"), 1)
    configured.restart()
    assert generation(api, namespace) == before
    assert json.loads(status(api, namespace)["defaults"])["logging"]["level"] == "info"

    change(api, namespace, "shop", {"rollout": {"restartToken": "again"}})
    expect(lambda: status(api, namespace)["renderVersion"], 2)
    wait_ready(api, namespace, "shop")
    assert prefers_other_hosts(pod(api, namespace))


def test_a_rendering_of_an_unknown_release_keeps_its_pod_template(api, configured, namespace):
    make(api, namespace, replicas=1)
    template = pod(api, namespace)
    kept = json.dumps({**json.loads(status(api, namespace)["defaults"]), "somethingNewer": True})
    position = configured.operator.log_position()

    def downgrade():
        set_status(api, namespace, renderVersion=UNKNOWN_VERSION, defaults=kept)
        configured.volume.publish({**CHANGED, "enforced": {"imagePullPolicy": "Never"}})
    configured.restart(while_down=downgrade)

    def said():
        applied = condition(api.get("ServiceBlueprint", namespace, "shop"), "Applied")
        assert applied["status"] == "True"
        assert f"render version {UNKNOWN_VERSION}" in applied["message"]
    eventually(said)
    change(api, namespace, "shop", {"replicas": 2})
    expect(lambda: deployment(api, namespace)["spec"]["replicas"], 2)
    wait_ready(api, namespace, "shop")
    configured.restart()
    said()
    assert pod(api, namespace) == template
    assert status(api, namespace)["renderVersion"] == UNKNOWN_VERSION
    assert status(api, namespace)["defaults"] == kept
    lines = [one for one in configured.operator.log_since(position) if one["message"] == "pod template left as it is"]
    assert [one["renderVersion"] for one in lines] == [UNKNOWN_VERSION]

    change(api, namespace, "shop", {"rollout": {"restartToken": "again"}})
    expect(lambda: status(api, namespace)["renderVersion"], 2)
    wait_ready(api, namespace, "shop")
    assert pod(api, namespace)["containers"][0]["imagePullPolicy"] == "Never"
    assert "render version" not in condition(api.get("ServiceBlueprint", namespace, "shop"), "Applied")["message"]


def test_the_hardened_configuration_limits_what_the_smallest_blueprint_leaves_open(api, configured, namespace):
    configured.operator.terminate()
    configured.volume.publish((ROOT / "manifests" / "hardened-config.yaml").read_text(encoding="utf-8"))
    configured.start()
    make(api, namespace)
    container = pod(api, namespace)["containers"][0]
    assert container["imagePullPolicy"] == "Always"
    assert container["resources"]["limits"].keys() == {"cpu", "memory", "ephemeral-storage"}
    assert container["resources"]["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}
