"""Watches that end in the middle of something, come twice, late, out of order or from the past: what is believed is true."""

import pytest

import masks
from blueprints import change, create, wait_ready
from cluster_conftest import new_namespace
from matrix import expect_end
from observer import CHILD_KINDS
from plan import Refuse
from streams import CUTS, CutStream, DripEvents, Duplicate, ExpiredInside, Hold, Reorder, StaleList
from trials import ADDING, heals, ready, ready_with, try_all
from waiting import eventually, settled
from workloads import NAME

PLURALS = ["serviceblueprints", "serviceaccounts", "configmaps", "networkpolicies", "deployments", "services",
           "poddisruptionbudgets", "httproutes", "ingresses", "servicemonitors", "prometheusrules",
           "horizontalpodautoscalers"]
PROMISE = "P4: a crash at any instant, and any failure of the API server, converges without help"
QUIET = 3
MORE_STATUS_WRITES = 2  # counts are told as they come, so a slower run may tell them once more


def test_cut_inside_an_event(world, stations, references):
    """The half of it is not believed: the watch goes on from the last whole event, and gets this one again."""
    cases = [(resource, where, how) for resource in ("serviceblueprints", "deployments") for where in CUTS
             for how in ("fin", "reset")]
    references.of(ADDING)
    try_all(stations, lambda station, case: cut_and_go_on(world, station, references, *case), cases, "cut-streams",
            PROMISE, "a watch that is cut inside an event: in its JSON, in a character, in a chunk's size; FIN or RST")


def cut_and_go_on(world, station, references, resource, where, how):
    fault = CutStream(resource=resource, where=where, how=how)
    start = station.journal.position()
    heals(world, station, ADDING, references.of(ADDING), fault)
    watches = station.journal.requests_since(start, verb="watch", resource=resource)
    assert [one.initial_events for one in watches] == [True, False], "it goes on, and lists nothing again"
    resumed = watches[1]
    before = [one for one in station.journal.events_since(start, resource=resource) if one.number < resumed.number]
    assert f"resourceVersion={before[-2].version}" in resumed.target, "from the event before the one that was cut"


def expired_everywhere(form):
    if form == "status":
        return [Refuse(verb="watch", resource=plural, code=410) for plural in PLURALS]
    return [ExpiredInside(resource=plural) for plural in PLURALS]


@pytest.mark.parametrize("form", ["status", "event"])
def test_every_watch_is_too_old_at_once(world, station, references, form):
    with ready(world, station, ADDING) as namespace:
        start = station.journal.position()
        faults = expired_everywhere(form)
        station.proxy.plan(*faults)
        station.proxy.cut_watches()
        for fault in faults:
            assert fault.fired.wait(60), fault
        ADDING.act(world.api, namespace)
        expect_end(world, station, namespace, references.of(ADDING))
        lists = station.journal.requests_since(start, verb="watch", initial_events=True)
        assert sorted(one.resource for one in lists) == sorted(PLURALS), "each is listed anew, once"


@pytest.mark.parametrize("code", [400, 422])
def test_a_server_without_initial_events_is_listed_by_pages(world, station, references, code):
    expected = references.of(ADDING)
    with new_namespace(world.api, "pages") as namespace:
        try:
            station.proxy.plan(Refuse(verb="watch", initial_events=True, code=code, times=1000),
                               Refuse(verb="list", code=410, nth=2, times=2))
            start = station.journal.position()
            station.start(namespace)
            ready_with(world, station, namespace, **ADDING.initial)
            ADDING.act(world.api, namespace)
            expect_end(world, station, namespace, expected)
            assert {one.resource for one in station.journal.requests_since(start, verb="list")} >= set(PLURALS)
        finally:
            station.end()


def test_events_that_come_twice_are_applied_once(world, station, references):
    expected = references.of(ADDING)
    writes = heals(world, station, ADDING, expected, Duplicate())
    children = [one for one in writes if one.resource != "serviceblueprints"]
    wanted = [one for one in expected.writes if one.resource != "serviceblueprints"]
    assert [str(one) for one in children] == [str(one) for one in wanted]
    assert len(writes) <= len(expected.writes) + MORE_STATUS_WRITES


@pytest.mark.parametrize("resource", ["serviceblueprints", "deployments", "services"])
def test_events_of_different_objects_in_another_order(world, station, resource):
    with new_namespace(world.api, "reorder") as namespace:
        try:
            station.start(namespace)
            names = [f"{NAME}-{number}" for number in range(3)]
            fault = Reorder(resource=resource)
            station.proxy.plan(fault)
            for name in names:
                create(world.api, namespace, name, disruption={"enabled": True})
            assert fault.fired.wait(60)
            settled(lambda: len(station.journal.writes_since(0, namespace)), QUIET)
            station.proxy.release(fault)
            for name in names:
                wait_ready(world.api, namespace, name)
            assert not masks.orphans(world.api, namespace)
            assert_each_made_once(world, namespace, names)
            station.expect_alive()
        finally:
            station.end()


def assert_each_made_once(world, namespace, names):
    counts = world.observer.counts(namespace)
    found = {(type_, name): count for (type_, kind, name), count in counts.items() if kind == "Deployment"}
    assert found == {("ADDED", name): 1 for name in names}
    assert not [key for key in counts if key[0] == "DELETED"]


def test_what_was_taken_back_before_it_was_seen_never_happens(world, station):
    with new_namespace(world.api, "unobserved") as namespace:
        try:
            station.start(namespace)
            ready_with(world, station, namespace)
            hold = station.proxy.add(Hold(resource="serviceblueprints"))
            change(world.api, namespace, NAME, {"disruption": {"enabled": True}})
            assert hold.fired.wait(30)
            change(world.api, namespace, NAME, {"disruption": None, "image": "registry.example/team/checkout:3"})
            eventually(lambda: _held(hold, 2))
            station.proxy.release(hold)
            wait_ready(world.api, namespace, NAME)
            assert not [key for key in world.observer.counts(namespace) if key[1] == "PodDisruptionBudget"]
        finally:
            station.end()


def _held(hold, count):
    assert len(hold.held) >= count


def test_what_was_off_for_a_moment_unseen_is_not_made_anew(world, station):
    with new_namespace(world.api, "unobserved") as namespace:
        try:
            station.start(namespace)
            ready_with(world, station, namespace, disruption={"enabled": True})
            before = uids(world, namespace)
            hold = station.proxy.add(Hold(resource="serviceblueprints"))
            change(world.api, namespace, NAME, {"disruption": None})
            assert hold.fired.wait(30)
            change(world.api, namespace, NAME, {"disruption": {"enabled": True}})
            eventually(lambda: _held(hold, 2))
            station.proxy.release(hold)
            wait_ready(world.api, namespace, NAME)
            assert uids(world, namespace) == before
        finally:
            station.end()


def test_what_goes_while_its_creation_is_unseen_leaves_nothing(world, station):
    """The budget is made, its events are held, the author turns it off again: deleted is only what has been seen as it is,
    so it goes when the events come, and does not come back."""
    with new_namespace(world.api, "unobserved") as namespace:
        try:
            station.start(namespace)
            ready_with(world, station, namespace)
            hold = station.proxy.add(Hold(resource="poddisruptionbudgets"))
            change(world.api, namespace, NAME, {"disruption": {"enabled": True}})
            eventually(lambda: _there(world, namespace, "PodDisruptionBudget"))
            wait_ready(world.api, namespace, NAME)
            change(world.api, namespace, NAME, {"disruption": None})
            settled(lambda: len(hold.held), QUIET)
            station.proxy.release(hold)
            wait_ready(world.api, namespace, NAME)
            eventually(lambda: _not_there(world, namespace, "PodDisruptionBudget"))
            settled(lambda: len(station.journal.writes_since(0, namespace)), QUIET)
            assert world.api.get("PodDisruptionBudget", namespace, NAME) is None
            assert world.observer.counts(namespace)["ADDED", "PodDisruptionBudget", NAME] == 1
        finally:
            station.end()


def _there(world, namespace, kind):
    assert world.api.get(kind, namespace, NAME)


def _not_there(world, namespace, kind):
    assert world.api.get(kind, namespace, NAME) is None


def uids(world, namespace):
    return {(kind, one["metadata"]["name"]): one["metadata"]["uid"]
            for kind, one in masks.items(world.api, namespace, CHILD_KINDS)}


def test_a_frozen_watch_of_the_deployments_makes_no_second_write(world, station):
    with new_namespace(world.api, "frozen") as namespace:
        try:
            station.start(namespace)
            ready_with(world, station, namespace)
            settled(lambda: len(station.journal.writes_since(0, namespace)), QUIET)
            start = station.journal.position()
            hold = station.proxy.add(Hold(resource="deployments", only_last=False))
            change(world.api, namespace, NAME, {"replicas": 3})
            assert hold.fired.wait(30)
            settled(lambda: len(station.journal.writes_since(start, namespace)), QUIET)
            station.proxy.release(hold)
            wait_ready(world.api, namespace, NAME)
            assert world.observer.replicas(namespace) == {1, 3}
            writes = station.journal.requests_since(start, namespace=namespace, resource="deployments", mutating=True)
            assert [one.verb for one in writes] in (["patch"], ["patch", "patch"]), [str(one) for one in writes]
        finally:
            station.end()


@pytest.mark.parametrize("stale", [PLURALS, PLURALS[1:], PLURALS[:1]], ids=["everything", "children", "blueprints"])
def test_a_list_of_the_past_after_a_restart_deletes_nothing(world, station, stale):
    """Sieve's time travel: the blueprint was deleted and made again, and the lists tell of the time before."""
    with new_namespace(world.api, "past") as namespace:
        try:
            station.start(namespace)
            ready_with(world, station, namespace, disruption={"enabled": True})
            past = station.proxy.snapshot()
            world.api.delete("ServiceBlueprint", namespace, NAME)
            eventually(lambda: _nothing_left(world, namespace))
            ready_with(world, station, namespace, disruption={"enabled": True})
            settled(lambda: uids(world, namespace), QUIET)
            before = uids(world, namespace)
            _restart_into(world, station, namespace, {key: past[key] for key in stale})
            wait_ready(world.api, namespace, NAME)
            settled(lambda: len(station.journal.writes_since(0, namespace)), QUIET)
            assert uids(world, namespace) == before
            deleted = {one.uid for one in world.observer.in_namespace(namespace) if one.type == "DELETED"}
            assert not deleted & set(before.values())
            station.expect_alive()
        finally:
            station.end()


def _nothing_left(world, namespace):
    assert not uids(world, namespace)


def _restart_into(world, station, namespace, past):
    """The operator starts anew, sees the past, works on it, and then is told what has happened since."""
    station.end()
    faults = [StaleList(resource=resource, lines=past, thaw=station.proxy.event()) for resource in past]
    station.proxy.plan(*faults)
    station.start(namespace)
    settled(lambda: len(station.journal.requests_since(0, namespace=namespace)), QUIET)
    assert all(fault.fired.is_set() for fault in faults)
    for fault in faults:
        station.proxy.thaw(fault)


@pytest.mark.parametrize("resource", ["serviceblueprints", "deployments"])
def test_an_event_that_comes_byte_by_byte(world, station, references, resource):
    heals(world, station, ADDING, references.of(ADDING), DripEvents(resource=resource))
