"""One run of a workload with faults in it that end by themselves: the end is that of the run without them."""

import contextlib

import results
from blueprints import wait_ready
from cluster_conftest import new_namespace
from matrix import begin, expect_end, reference
from workloads import NAME, Workload, change, create

NOTED = {"annotations": {"example.com/note": "größer, 大きい"}, "labels": {"team": "shop"}}
IMAGE = "registry.example/team/checkout:2.0.0"


def _new_image_and_budget(api, namespace):
    change(api, namespace, NAME, {"image": IMAGE, "disruption": {"enabled": True}})


def _another_port(api, namespace):
    change(api, namespace, NAME, {"image": IMAGE, "disruption": None, "ports": [{"name": "web", "port": 9090}]})


ADDING = Workload("adding", _new_image_and_budget, initial=NOTED)
CREATING = Workload("creating", lambda api, namespace: create(api, namespace, NAME, disruption={"enabled": True}),
                    initial=None)
REMOVING = Workload("removing", _another_port, initial={"disruption": {"enabled": True}})


class References:
    """Each workload's run without a fault, made when it is first asked for."""

    def __init__(self, world, stations):
        self.world, self.stations = world, stations
        self.known = {}

    def of(self, workload):
        if workload.name not in self.known:
            run = self.stations.submit(lambda station: reference(self.world, station, workload))
            self.known[workload.name] = run.result()
        return self.known[workload.name]


@contextlib.contextmanager
def ready(world, station, workload, *flags):
    """The namespace, with the workload's beginning in it and no fault yet; the operator ends afterwards."""
    with new_namespace(world.api, f"trial-{workload.name}") as namespace:
        try:
            begin(world, station, workload, namespace, *flags)
            yield namespace
        finally:
            station.end()


def heals(world, station, workload, expected, *faults, flags=()):
    """Acts with these faults in the way; each has happened, and the end is the expected one. Returns the writes."""
    with ready(world, station, workload, *flags) as namespace:
        start = station.journal.position()
        station.proxy.plan(*faults)
        workload.act(world.api, namespace)
        for fault in faults:
            assert fault.fired.wait(60), f"{fault} did not happen"
        expect_end(world, station, namespace, expected)
        return station.journal.writes_since(start, namespace)


def ready_with(world, station, namespace, **spec):
    """A blueprint of that spec, Ready."""
    create(world.api, namespace, NAME, **spec)
    return wait_ready(world.api, namespace, NAME)


def try_all(stations, attempt, cases, name, promise, fault):
    """`attempt(station, case)` for each, several at a time; every failure is told, and what was tried is written down."""
    def guarded(station, case):
        try:
            attempt(station, case)
        except AssertionError as failure:
            return f"{case}: {failure}"
        return ""
    failures = [one for one in stations.map(guarded, cases) if one]
    results.write(name, promise, fault, len(cases), len(cases) - len(failures))
    assert not failures, "\n".join(failures)
