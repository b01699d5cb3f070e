"""Several replicas: one works, the others are ready, and none writes that may not be the leader any more."""

import datetime
import json
import os
import time
import urllib.parse
from pathlib import Path

import pytest
from kubernetes.client import CoordinationV1Api

from api import CHILD_KINDS
from blueprints import change, create, wait_ready
from candidate import LEASE, Candidate, edit_lease, holder, lease
from conftest import ROOT
from tcp_relay import Relay
from testbed import account
from waiting import eventually

LEASE_SECONDS = 15
QUICK = ["--leader-elect-lease-duration=6s", "--leader-elect-renew-deadline=5s", "--leader-elect-retry-period=500ms"]


@pytest.fixture
def candidate(cluster, api, installed, request):
    """Makes candidates; afterwards none runs and there is no Lease."""
    binary = Path(os.environ.get("OPERATOR_UNDER_TEST", ROOT / "build/dev/bin/serviceblueprint-operator"))
    made = []

    def make():
        folder = cluster.folder / "logs" / request.node.name / str(len(made))
        made.append(Candidate(binary, folder, api, cluster.folder / "audit.log"))
        return made[-1]

    yield make
    for one in made:
        if one.running():
            one.thaw()
            one.kill()
        one.kubeconfig.unlink()
    api.delete("Lease", account.NAMESPACE, LEASE)


@pytest.fixture
def pair(candidate):
    """The leader and a standby that is ready."""
    leader = candidate().start().wait_leads()
    return leader, candidate().start()


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def report(record_property, what, seconds):
    record_property(what, round(seconds, 1))
    print(f"{what}: {seconds:.1f} s")


def test_one_leads_and_the_other_is_ready_and_writes_nothing(api, pair, namespace):
    leader, standby = pair
    position = standby.audit.position()
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    assert leader.writes_since(position)
    assert standby.writes_since(0) == [] and standby.lease_writes_since(0) == []
    assert [standby.ask(path)[0] for path in ("/readyz", "/healthz")] == [200, 200]
    assert leader.leads() and not standby.leads()


def test_the_official_client_reads_the_record(api, candidate):
    candidate().start().wait_leads()
    spec = CoordinationV1Api(api.client).read_namespaced_lease(LEASE, account.NAMESPACE).spec
    assert spec.holder_identity and spec.lease_duration_seconds == LEASE_SECONDS and spec.lease_transitions == 0
    assert isinstance(spec.acquire_time, datetime.datetime) and isinstance(spec.renew_time, datetime.datetime)


def test_sigterm_hands_over_within_seconds(api, pair, namespace, record_property):
    leader, standby = pair
    for number in range(5):
        create(api, namespace, f"shop-{number}")
    position = leader.audit.position()
    begin = time.monotonic()
    leader.terminate()
    ended = time.monotonic()
    standby.wait_leads()
    report(record_property, "from SIGTERM to the exit", ended - begin)
    report(record_property, "from SIGTERM to the next leader", time.monotonic() - begin)
    for number in range(5):
        wait_ready(api, namespace, f"shop-{number}")
    mine = [one for one in leader.audit.events_since(position) if one["verb"] in ("create", "update", "patch", "delete")]
    assert (mine[-1]["verb"], mine[-1]["responseStatus"]["code"]) == ("update", 200), "the release comes last"
    assert mine[-1]["requestURI"].split("?")[0].endswith(f"/leases/{LEASE}")
    assert lease(api)["spec"]["leaseTransitions"] == 1


def test_the_last_one_leaves_the_lease_released(api, candidate):
    leader = candidate().start().wait_leads()
    leader.terminate()
    spec = lease(api)["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("", 1)


def test_a_standby_ends_at_once_and_touches_nothing(api, pair):
    leader, standby = pair
    standby.terminate()
    assert standby.lease_writes_since(0) == []
    assert leader.leads() and holder(api)


def test_a_killed_leader_is_replaced_when_its_lease_has_expired(api, pair, namespace, record_property):
    leader, standby = pair
    begin = time.monotonic()
    leader.kill()
    last = time_of(lease(api)["spec"]["renewTime"])
    create(api, namespace, "shop")
    standby.wait_leads()
    report(record_property, "from SIGKILL to the next leader", time.monotonic() - begin)
    wait_ready(api, namespace, "shop")
    assert (time_of(lease(api)["spec"]["acquireTime"]) - last).total_seconds() >= LEASE_SECONDS


def test_a_leader_that_was_frozen_writes_no_more(api, pair, namespace, record_property):
    """In the middle of its work: it thaws with what it was about to write in its hands."""
    leader, standby = pair
    for number in range(10):
        create(api, namespace, f"shop-{number}", disruption={"enabled": True})
    leader.freeze()
    begin = time.monotonic()
    standby.wait_leads()
    report(record_property, "from SIGSTOP to the next leader", time.monotonic() - begin)
    for number in range(10):
        wait_ready(api, namespace, f"shop-{number}")
    for number in range(10):
        change(api, namespace, f"shop-{number}", {"replicas": 2})
    position = leader.audit.position()
    leader.thaw()
    leader.expect_end(1)
    assert [one for one in leader.writes_since(position) if one[2] < 400] == []
    assert [one for one in leader.lease_writes_since(position) if one[1] < 400] == []
    for number in range(10):
        wait_ready(api, namespace, f"shop-{number}")
        assert sorted(api.children(namespace, f"shop-{number}")) == sorted(CHILD_KINDS)


@pytest.fixture
def relay(api):
    server = urllib.parse.urlsplit(api.client.configuration.host)
    relay = Relay(server.hostname, server.port)
    yield relay
    relay.close()


def through(relay, kubeconfig):
    config = json.loads(kubeconfig.read_text(encoding="utf-8"))
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{relay.port}"
    kubeconfig.write_text(json.dumps(config), encoding="utf-8")


def test_a_write_that_arrives_after_the_next_leader_changes_nothing(api, candidate, relay, namespace):
    """What the fence cannot call back: it was let out in time, and comes in late."""
    leader = candidate()
    through(relay, leader.kubeconfig)
    leader.start().wait_leads()
    standby = candidate().start()
    position = leader.audit.position()
    relay.hold()
    create(api, namespace, "shop")
    assert relay.kept.wait(30), "it sends nothing"
    eventually(lambda: _asked_to_create(leader), 30)
    leader.freeze()
    standby.wait_leads()
    wait_ready(api, namespace, "shop")
    before = api.children(namespace, "shop")
    relay.release()
    late = eventually(lambda: _late_writes(leader, position))
    assert [one for one in late if one[2] < 400] == [], late
    after = api.children(namespace, "shop")
    assert {kind: one["metadata"]["uid"] for kind, one in after.items()} == {
        kind: one["metadata"]["uid"] for kind, one in before.items()}
    leader.thaw()
    leader.expect_end(1)


def _asked_to_create(leader):
    assert leader.metric("controller_runtime_active_workers") >= 1, "no worker has begun"


def _late_writes(leader, position):
    found = leader.writes_since(position)
    assert found, "nothing has arrived"
    return found


def test_a_candidate_of_client_go_is_respected_and_succeeded(api, candidate, namespace):
    """Its clock is an hour off, in either direction: nobody's clock is compared with ours."""
    record = {"holderIdentity": "somebody_1", "leaseDurationSeconds": LEASE_SECONDS, "leaseTransitions": 7}

    def write(offset, version=None):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=offset)
        text = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": LEASE, "namespace": account.NAMESPACE},
                "spec": {**record, "acquireTime": text, "renewTime": text}}
        if version is None:
            return api.create("Lease", account.NAMESPACE, body)
        body["metadata"]["resourceVersion"] = version
        return api.replace("Lease", account.NAMESPACE, LEASE, body)

    written = write(-1)
    standby = candidate().start()
    create(api, namespace, "shop")
    begin = time.monotonic()
    while time.monotonic() - begin < 1.5 * LEASE_SECONDS:
        time.sleep(2)  # client-go's retry period
        written = write(1 if written["spec"]["renewTime"] < datetime.datetime.now(datetime.timezone.utc).isoformat()
                        else -1, written["metadata"]["resourceVersion"])
        last = datetime.datetime.now(datetime.timezone.utc)
    assert standby.writes_since(0) == [] and not standby.leads()
    standby.wait_leads()
    wait_ready(api, namespace, "shop")
    spec = lease(api)["spec"]
    assert spec["leaseTransitions"] == 8
    assert (time_of(spec["acquireTime"]) - last).total_seconds() >= LEASE_SECONDS - 1


def test_a_lease_with_another_name_in_it_is_lost(api, candidate, namespace):
    leader = candidate().start().wait_leads()
    edit_lease(api, holderIdentity="somebody")
    leader.expect_end(1)
    assert holder(api) == "somebody"
    position = leader.audit.position()
    create(api, namespace, "shop")
    assert leader.audit.events_since(position) == []


def test_a_lease_whose_name_was_taken_out_is_lost(api, candidate):
    leader = candidate().start().wait_leads()
    edit_lease(api, holderIdentity="")
    leader.expect_end(1)
    assert holder(api) == ""


def test_a_lease_that_was_deleted_is_made_again(api, candidate, namespace):
    leader = candidate().start().wait_leads()
    mine = holder(api)
    api.delete("Lease", account.NAMESPACE, LEASE)

    def again():
        assert holder(api) == mine
    eventually(again)
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    assert leader.leads()


def test_a_server_that_is_away_for_longer_than_the_deadline_ends_the_leader(cluster, api, candidate):
    leader = candidate().start(*QUICK).wait_leads()
    cluster.component("stop", "kube-apiserver")
    try:
        leader.expect_end(1)
    finally:
        cluster.component("start", "kube-apiserver")
        eventually(lambda: api.get("Namespace", "", "default"))


def test_a_leader_ends_with_zero_while_the_server_is_down(cluster, api, candidate):
    """It cannot give the Lease back, and has nothing left to do."""
    leader = candidate().start("--leader-elect-lease-duration=120s", "--leader-elect-renew-deadline=100s").wait_leads()
    cluster.component("stop", "kube-apiserver")
    try:
        leader.terminate()
    finally:
        cluster.component("start", "kube-apiserver")
        eventually(lambda: api.get("Namespace", "", "default"))


class WallClock:
    """The wall clock of processes that are started with `environment`; their other clocks run as ever."""

    def __init__(self, library, file):
        self.file = file
        self.set("+0")
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(file),
                            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                            "DONT_FAKE_MONOTONIC": "1"}

    def set(self, offset):
        self.file.write_text(offset, encoding="ascii")


@pytest.fixture
def wall_clock(tmp_path):
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("libfaketime is not there")
    return WallClock(libraries[0], tmp_path / "offset")


@pytest.mark.parametrize("hours", [1, -1])
def test_a_wall_clock_that_jumps_by_an_hour_changes_nothing(api, candidate, wall_clock, hours):
    leader = candidate().start(**wall_clock.environment).wait_leads()
    standby = candidate().start(**wall_clock.environment)
    mine = holder(api)
    wall_clock.set(f"{hours:+}h")
    jumped = set()

    def several_leases_later():
        renewed = lease(api)["spec"]["renewTime"]
        difference = time_of(renewed) - datetime.datetime.now(datetime.timezone.utc)
        if abs(difference - datetime.timedelta(hours=hours)) < datetime.timedelta(minutes=10):
            jumped.add(renewed)
        assert len(jumped) > LEASE_SECONDS, "a renewal comes each 2 s"
    eventually(several_leases_later, 180)
    assert (holder(api), lease(api)["spec"]["leaseTransitions"]) == (mine, 0)
    assert leader.leads() and not standby.leads() and standby.lease_writes_since(0) == []


def test_without_the_right_to_the_lease_it_is_not_ready_and_says_why(candidate):
    standby = candidate().start("--leader-elect-resource-name=another", ready=False)

    def check():
        status, body = standby.ask("/readyz")
        assert status == 500 and 'leases.coordination.k8s.io "another" is forbidden' in body, body
    eventually(check)
    standby.terminate()


def test_without_the_namespace_of_the_lease_it_ends_and_says_so(api, candidate):
    """As a person who may do everything: without the right to ask, it would only learn that it is forbidden."""
    one = candidate()
    one.start("--kubeconfig", api.kubeconfig, "--leader-elect-resource-namespace=nowhere", ready=False)
    one.expect_end(1)
    assert "the namespace nowhere for the Lease of the leader election does not exist" in one.tail()
