"""The crash matrix: a reference run of a workload says which writes there are and how it ends; then each write is a place
for each fault, and the end must be the reference's (the method of Sieve, OSDI'22, at the wire).

What must be equal: the masked state of every object, how often each object was added and deleted, every count of replicas
that the Deployment has had. Nothing may be without its owner, and the operator ends by our kill only.
"""

from collections import Counter
from dataclasses import dataclass, field

import masks
from blueprints import change, create, wait_ready
from cluster_conftest import new_namespace
from observer import CHILD_KINDS, Observer
from plan import CrashAfter, CrashBefore, ReplyLost
from waiting import eventually, settled
from workloads import NAME, Workload

IMAGE_WHILE_DOWN = "registry.example/team/checkout:9.0.0"
REFERENCE_QUIET = 7  # counts of a status may be written 5 s late
PLAN_QUIET = 1
TIMEOUT = 150
FAULT_TIMEOUT = 30
CRASHES = {"crash-before": CrashBefore, "crash-after": CrashAfter, "reply-lost": ReplyLost,
           "changed-while-down": CrashAfter}


@dataclass
class World:
    """What every run needs besides its station."""

    api: object
    observer: Observer


@dataclass
class Reference:
    state: dict
    counts: dict
    replicas: set
    writes: list  # mutating requests in their order


@dataclass(frozen=True)
class Case:
    """One plan. `place` counts the mutating requests of the reference, from 1."""

    workload: Workload
    fault: str
    place: int
    write: str

    def __str__(self):
        return f"{self.workload.name}: {self.fault} write {self.place} ({self.write})"


@dataclass
class Verdict:
    case: Case
    problems: list = field(default_factory=list)
    reached: bool = True


def begin(world, station, workload, namespace, *flags):
    """The operator runs, and what the workload begins with is Ready."""
    workload.prepare(world.api, namespace)
    secrets = ["--reference-namespaces", namespace] if workload.needs_secrets else []
    station.start(namespace, *flags, *secrets)
    if workload.initial is not None:
        create(world.api, namespace, NAME, **workload.initial)
        wait_ready(world.api, namespace, NAME)
        settled(lambda: end_of(world, namespace)[0], PLAN_QUIET)


def end_of(world, namespace):
    return masks.state(world.api, namespace), world.observer.counts(namespace), world.observer.replicas(namespace)


def reference(world, station, workload, change_image=False):
    """The run without a fault. With `change_image` the author changes their mind afterwards."""
    with new_namespace(world.api, f"ref-{workload.name}") as namespace:
        try:
            begin(world, station, workload, namespace)
            station.proxy.examine = True
            start = station.journal.position()
            workload.act(world.api, namespace)
            wait_ready(world.api, namespace, NAME)
            settled(lambda: end_of(world, namespace), REFERENCE_QUIET, TIMEOUT)
            writes = station.journal.writes_since(start, namespace)
            if change_image:
                change(world.api, namespace, NAME, {"image": IMAGE_WHILE_DOWN})
            wait_ready(world.api, namespace, NAME)
            state, counts, replicas = settled(lambda: end_of(world, namespace), REFERENCE_QUIET, TIMEOUT)
            station.expect_alive()
            return Reference(state, counts, replicas, writes)
        finally:
            station.proxy.examine = False
            station.end()


def cases(workload, writes):
    """Every fault at every effective write."""
    places = [(place, str(one)) for place, one in enumerate(writes, start=1) if one.effective]
    return [Case(workload, fault, place, write) for place, write in places for fault in CRASHES]


def try_case(world, station, case, expected):
    """Runs the plan; a problem is a line."""
    verdict = Verdict(case)
    with new_namespace(world.api, f"plan-{case.workload.name}") as namespace:
        start = 0
        try:
            begin(world, station, case.workload, namespace)
            start = station.journal.position()
            verdict.reached = break_at(world, station, case, namespace)
            expect_end(world, station, namespace, expected, case.fault == "changed-while-down")
        except AssertionError as failure:
            passed = [f"    {one} -> {one.upstream_status} {one.fault}" for one in
                      station.journal.writes_since(start, namespace)]
            verdict.problems = [f"{case} [{namespace}]", f"  {failure}", *passed]
        finally:
            station.end()
    return verdict


def break_at(world, station, case, namespace):
    """The change, and the fault in it. False: there was no such write this time."""
    kind = CRASHES[case.fault]
    fault = kind(mutating=True, namespace=namespace, nth=case.place)
    if kind is not ReplyLost:
        fault.kill = station.crash
    station.proxy.plan(fault)
    case.workload.act(world.api, namespace)
    reached = fault.fired.wait(FAULT_TIMEOUT)
    station.proxy.plan()
    if case.fault == "changed-while-down":
        change(world.api, namespace, NAME, {"image": IMAGE_WHILE_DOWN})
    if reached and kind is not ReplyLost:
        station.restart()
    return reached


def expect_end(world, station, namespace, expected, changed=False):
    """Waits for the end of the reference, and looks back at the way there."""
    # Whoever restarts into a newer spec need not have gone through the one before.
    view = masks.without_steps if changed else lambda whole: whole

    def same():
        found = masks.differences(view(expected.state), view(masks.state(world.api, namespace)))
        assert not found, "another end: " + "; ".join(found[:8])
        assert not masks.orphans(world.api, namespace)
        listed = {(kind, one["metadata"]["name"], one["metadata"]["uid"])
                  for kind, one in masks.items(world.api, namespace, CHILD_KINDS)}
        seen = {one for one in world.observer.living(namespace) if one[0] in CHILD_KINDS}
        assert seen == listed, "the watches of the test lag behind"
    eventually(same, TIMEOUT)
    settled(lambda: len(station.journal.writes_since(0, namespace)), PLAN_QUIET)
    same()
    station.expect_alive()
    counts = world.observer.counts(namespace, replica_sets=not changed)
    wanted = {key: count for key, count in expected.counts.items() if not changed or key[1] != "ReplicaSet"}
    assert counts == wanted, f"added and deleted: {sorted((counts - Counter(wanted)).items())} too often, " \
                             f"{sorted((Counter(wanted) - counts).items())} too seldom"
    assert world.observer.replicas(namespace) <= expected.replicas, "replicas that the reference never had"
