"""What every test on the real API server begins with: a cluster of this process, the installed operator, a namespace."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "hack"))

from api import Api
from audit import AuditLog
from operator_process import USER, OperatorProcess
from waiting import eventually

CLUSTER_COMMAND = ROOT / "hack" / "cluster"
NOT_BUILT = 3  # hack/cluster up --no-build
KEPT_LOGS = ROOT / "build" / "test-logs"


class Cluster:
    """A control plane of this test process; it ends with it at the latest."""

    def __init__(self, name):
        self.name = name
        self.folder = ROOT / "build" / "cluster" / name
        self.up()
        programs = json.loads((self.folder / "programs.json").read_text(encoding="utf-8"))
        self.api = Api(self.folder / "kubeconfig", programs["kubectl"])

    def up(self):
        flags = ["--no-build"] if os.environ.get("NO_BUILD_CLUSTER") else []
        done = self.command("up", "--pods", "--crds", "monitoring,gateway", "--audit", "--owner-pid", str(os.getpid()), *flags)
        if done.returncode == NOT_BUILT:
            pytest.skip(f"no control plane: {done.stderr.strip()}", allow_module_level=True)
        assert done.returncode == 0, done.stderr

    def command(self, verb, *arguments):
        return subprocess.run([CLUSTER_COMMAND, verb, "--name", self.name, *arguments], capture_output=True, text=True,
                              check=False)

    def component(self, verb, component):
        done = self.command("component", verb, component)
        assert done.returncode == 0, done.stderr

    def process(self, component):
        """The process id of a component."""
        return json.loads((self.folder / "status.json").read_text(encoding="utf-8"))["processes"][component]

    def down(self, keep_logs_as=None):
        if keep_logs_as:
            kept = KEPT_LOGS / keep_logs_as
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.folder / "logs", kept)
            shutil.copy(self.folder / "audit.log", kept)
        self.command("down")


@pytest.fixture(scope="session")
def cluster(request):
    cluster = Cluster(f"test-{os.getpid()}")
    yield cluster
    topic = Path(request.session.items[0].path).stem
    cluster.down(keep_logs_as=topic if request.session.testsfailed else None)


@pytest.fixture(scope="session")
def api(cluster):
    return cluster.api


def install_crd(api):
    api.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    # kubectl wait gives up on an object that has no conditions yet.
    eventually(lambda: api.kubectl("wait", "--for=condition=Established", "--timeout=60s",
                                   "crd/serviceblueprints.serviceblueprint.dev"))


@pytest.fixture(scope="session")
def installed(api):
    """As the README says it: the definition, then the manifests."""
    install_crd(api)
    api.kubectl("apply", "--server-side", "-k", str(ROOT / "manifests"))


@pytest.fixture(scope="session")
def operator_session(cluster, api, installed):
    binary = Path(os.environ.get("OPERATOR_UNDER_TEST", ROOT / "build/dev/bin/serviceblueprint-operator"))
    assert binary.exists(), f"{binary} is not built: cmake --preset dev && cmake --build --preset dev"
    operator = OperatorProcess(binary, cluster.folder / "logs", api)
    yield operator
    if operator.running():
        operator.terminate()
    operator.kubeconfig.unlink()


@pytest.fixture
def operator(operator_session):
    """The running operator, ready; the same process for all tests of a session that do not end it."""
    operator_session.ensure_running()
    yield operator_session
    if operator_session.process is not None:
        code = operator_session.process.poll()
        operator_session.process = operator_session.process if code is None else None
        assert code is None, f"the operator ended with {code}:\n{operator_session.tail()}"


@pytest.fixture
def audit(cluster):
    return AuditLog(cluster.folder / "audit.log", USER)


@contextlib.contextmanager
def new_namespace(api, stem):
    """A fresh namespace that enforces Pod Security `restricted`; removed afterwards, not waited for."""
    name = f"{stem}-{os.urandom(3).hex()}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create("Namespace", "", {"metadata": {"name": name, "labels": labels}})
    eventually(lambda: _exists(api, name))
    yield name
    api.delete("Namespace", "", name)


@pytest.fixture
def namespace(api, request):
    with new_namespace(api, re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40].strip("-")) as name:
        yield name


def _exists(api, namespace):
    assert api.get("ServiceAccount", namespace, "default"), "no default ServiceAccount yet"
