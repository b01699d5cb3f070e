"""The fault tests: stations of proxy and operator on one control plane. Fixtures of the cluster come from tests/cluster."""

import importlib.util
import os
import queue
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CLUSTER_TESTS = HERE.parent / "cluster"
sys.path.insert(0, str(CLUSTER_TESTS))


def _cluster_conftest():
    """tests/cluster/conftest.py under a name of its own: pytest knows this file as `conftest`."""
    specification = importlib.util.spec_from_file_location("cluster_conftest", CLUSTER_TESTS / "conftest.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["cluster_conftest"] = module
    specification.loader.exec_module(module)
    return module


cluster_conftest = _cluster_conftest()
ROOT = cluster_conftest.ROOT
cluster, api, installed, namespace = (cluster_conftest.cluster, cluster_conftest.api, cluster_conftest.installed,
                                      cluster_conftest.namespace)

from matrix import World  # noqa: E402
from observer import Observer  # noqa: E402
from proxy import Loop, make_identity  # noqa: E402
from station import Station  # noqa: E402
from trials import References  # noqa: E402

STATIONS = int(os.environ.get("FAULT_STATIONS", "3"))
SECRET_WATCH = ROOT / "manifests" / "secret-watch" / "cluster"


# An ordinary run tries the same part each time, so that a failure is the change's; the whole is behind --all.
SEED = int(os.environ.get("FAULT_SEED") or 1)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"FAULT_SEED={SEED} chooses the same part again")


@pytest.fixture(scope="session")
def seed():
    """Chooses the part of an ordinary run."""
    return SEED


@pytest.fixture(scope="session")
def world(api, installed):
    api.kubectl("apply", "--server-side", "-k", str(SECRET_WATCH))
    return World(api, Observer(api))


class Stations:
    """Runs functions of a station, several at a time."""

    def __init__(self, stations):
        self.all = stations
        self.free = queue.SimpleQueue()
        for station in stations:
            self.free.put(station)
        self.pool = ThreadPoolExecutor(len(stations))

    def submit(self, function, *arguments):
        """`function(station, *arguments)` as soon as one is free; a future."""
        return self.pool.submit(self._run, function, arguments)

    def map(self, function, values):
        """All have ended when this returns or raises."""
        futures = [self.submit(function, value) for value in values]
        wait(futures)
        return [one.result() for one in futures]

    def _run(self, function, arguments):
        station = self.free.get()
        try:
            return function(station, *arguments)
        finally:
            self.free.put(station)


@pytest.fixture(scope="session")
def stations(cluster, api, world):
    binary = Path(os.environ.get("OPERATOR_UNDER_TEST", ROOT / "build/dev/bin/serviceblueprint-operator"))
    assert binary.exists(), f"{binary} is not built: cmake --preset dev && cmake --build --preset dev"
    loop = Loop()
    identity = make_identity(cluster.folder / "fault-proxy")
    made = [Station(cluster.folder / "logs" / f"station-{number}", binary, api, loop, identity)
            for number in range(STATIONS)]
    yield Stations(made)
    for station in made:
        station.close()
    loop.stop()
    shutil.rmtree(identity)


@pytest.fixture(scope="session")
def references(world, stations):
    return References(world, stations)


@pytest.fixture
def station(stations):
    """One for a test that needs no more; the operator ends with the test."""
    taken = stations.free.get()
    yield taken
    taken.end()
    stations.free.put(taken)
