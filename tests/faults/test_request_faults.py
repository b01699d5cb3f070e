"""Requests that are refused, forgotten, or answered too slowly: the work is done once they are not, and not in a loop."""

import random
import time

import pytest
from blueprints import create, wait_ready
from cluster_conftest import new_namespace
from matrix import expect_end
from plan import Drip, Refuse, ReplyLost, Silence
from trials import ADDING, CREATING, REMOVING, heals, ready, try_all
from workloads import NAME

PROMISE = "P4: a crash at any instant, and any failure of the API server, converges without help"
CODES = [409, 429, 500, 503, 504, 403, 422]
PLACES = {  # what is refused, and the workload in which it happens
    "create": (CREATING, {"verb": "create", "resource": "deployments"}),
    "apply": (ADDING, {"verb": "patch", "resource": "deployments"}),
    "status": (CREATING, {"verb": "patch", "resource": "serviceblueprints", "subresource": "status"}),
    "delete": (REMOVING, {"verb": "delete", "resource": "poddisruptionbudgets"}),
}
MATRIX = [(code, place, nth) for code in CODES for place in PLACES for nth in (1, 2) if (place, nth) != ("delete", 2)
          and (place, nth) != ("create", 2)]
SAMPLE = 8
RETRY_AFTER = 7
SHORT = ("--request-timeout=2s",)
REFUSED_FOR = 12
MOST_TRIES = 14  # 5 ms doubled up to 12 s, and what the watches bring
WATCHED_CODES = [429, 500, 503, 504, 403]


def try_errors(world, stations, references, chosen, name):
    for workload, _ in PLACES.values():
        references.of(workload)

    def attempt(station, case):
        code, place, nth = case
        workload, what = PLACES[place]
        heals(world, station, workload, references.of(workload), Refuse(code=code, nth=nth, **what))
    try_all(stations, attempt, chosen, f"status-codes-{name}", PROMISE,
            "a status code (" + ", ".join(map(str, CODES)) + ") in place of the answer to a create, apply, status or delete")


def test_a_part_of_the_status_codes(world, stations, references, seed):
    try_errors(world, stations, references, random.Random(seed).sample(MATRIX, SAMPLE), "part")


@pytest.mark.long
def test_every_status_code_for_every_verb(world, stations, references):
    try_errors(world, stations, references, MATRIX, "all")


@pytest.mark.parametrize("code", WATCHED_CODES)
def test_a_status_code_for_a_watch(world, station, references, code):
    with ready(world, station, ADDING) as namespace:
        fault = Refuse(verb="watch", resource="deployments", code=code)
        station.proxy.plan(fault)
        station.proxy.cut_watches("deployments")
        assert fault.fired.wait(30)
        ADDING.act(world.api, namespace)
        expect_end(world, station, namespace, references.of(ADDING))


@pytest.mark.parametrize("code", [409, 429, 500, 403, 422])
def test_what_is_refused_for_long_is_not_asked_in_a_loop(world, station, references, code):
    """One object of one blueprint; the other blueprint does not notice."""
    with new_namespace(world.api, "refused") as namespace:
        try:
            station.start(namespace)
            fault = Refuse(verb="create", resource="deployments", name=NAME, code=code, times=1000)
            station.proxy.plan(fault)
            begin = time.monotonic()
            create(world.api, namespace, NAME, disruption={"enabled": True})
            create(world.api, namespace, "other")
            wait_ready(world.api, namespace, "other")
            time.sleep(max(0, begin + REFUSED_FOR - time.monotonic()))  # the count is of this time
            tries = fault.done
            station.proxy.plan()
            assert 2 <= tries <= MOST_TRIES + (time.monotonic() - begin) / REFUSED_FOR
            wait_ready(world.api, namespace, NAME)
            station.expect_alive()
        finally:
            station.end()


@pytest.mark.parametrize("meanwhile", ["nothing", "drift"])
def test_retry_after_is_obeyed(world, station, meanwhile):
    """Also when something of the blueprint changes in the meantime. The rest goes on."""
    with new_namespace(world.api, "retry-after") as namespace:
        try:
            station.start(namespace)
            fault = Refuse(verb="create", resource="deployments", name=NAME, code=429, retry_after=RETRY_AFTER)
            station.proxy.plan(fault)
            create(world.api, namespace, NAME)
            assert fault.fired.wait(30)
            if meanwhile == "drift":
                world.api.patch("ServiceAccount", namespace, NAME, {"metadata": {"labels": {"app.kubernetes.io/name": "x"}}})
            create(world.api, namespace, "other")
            wait_ready(world.api, namespace, "other")
            wait_ready(world.api, namespace, NAME)
            tries = station.journal.requests_since(0, verb="create", resource="deployments", name=NAME,
                                                   namespace=namespace)
            assert len(tries) == 2, tries
            assert tries[1].time - tries[0].time >= RETRY_AFTER
        finally:
            station.end()


def at_each_place(world, stations, references, make_faults, name, fault, flags=(), places=tuple(PLACES)):
    for workload, _ in PLACES.values():
        references.of(workload)

    def attempt(station, place):
        workload, what = PLACES[place]
        heals(world, station, workload, references.of(workload), *make_faults(what), flags=flags)
    try_all(stations, attempt, places, name, PROMISE, fault)


def test_a_request_that_nobody_answers_is_given_up(world, stations, references):
    """Half-open: the connection is there, and silent."""
    at_each_place(world, stations, references, lambda what: [Silence(**what)], "silence",
                  "a request that is never answered, on a connection that stays", SHORT)


def test_an_answer_slower_than_the_deadline_is_as_good_as_lost(world, stations, references):
    """The write is durable; its answer comes byte by byte for longer than a request may last."""
    at_each_place(world, stations, references, lambda what: [Drip(seconds_a_byte=0.05, **what)], "drip",
                  "an answer that comes byte by byte, past the deadline", SHORT)


def test_a_lost_answer_and_then_an_error(world, stations, references):
    """Two faults: the retry of what was applied already meets a 500 first. (What is deleted is not deleted again.)"""
    at_each_place(world, stations, references,
                  lambda what: [ReplyLost(**what), Refuse(code=500, nth=2, verb=what["verb"], resource=what["resource"])],
                  "lost-and-refused", "a lost answer, and a 500 for the next try", places=("create", "apply", "status"))


@pytest.mark.long
def test_connections_that_are_all_half_open_are_replaced(world, station, references):
    """As behind a firewall that forgot us: requests and watches hang, new connections work. Silence of a watch counts as
    death after 90 s."""
    with ready(world, station, ADDING) as namespace:
        station.proxy.half_open()
        ADDING.act(world.api, namespace)
        expect_end(world, station, namespace, references.of(ADDING))
