"""Deleting a blueprint, and making one of the same name again: at once, or while the operator is down."""

from blueprints import condition, controlled_by, create, expect_condition, wait_ready
from waiting import eventually, settled

GARBAGE_COLLECTION = 120  # seconds: it learns of a new kind within its own resync
MANY = 20


def expect_no_children(api, namespace, name="shop"):
    def check():
        assert api.children(namespace, name) == {}
    eventually(check, GARBAGE_COLLECTION)


def expect_children_of(api, namespace, instance):
    def check():
        children = api.children(namespace, "shop")
        assert len(children) >= 4
        assert all(controlled_by(child, instance) for child in children.values())
    eventually(check, GARBAGE_COLLECTION)


def test_children_go_with_the_blueprint(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    api.delete("ServiceBlueprint", namespace, "shop")
    expect_no_children(api, namespace)
    assert api.get("ServiceBlueprint", namespace, "shop") is None


def test_foreground_deletion_ends(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True})
    wait_ready(api, namespace, "shop")
    api.delete("ServiceBlueprint", namespace, "shop", policy="Foreground")

    def check():
        assert api.get("ServiceBlueprint", namespace, "shop") is None
    eventually(check, GARBAGE_COLLECTION)
    expect_no_children(api, namespace)


def test_the_same_name_again_at_once_ends_right(api, operator, namespace):
    create(api, namespace, "shop")
    old = wait_ready(api, namespace, "shop")
    api.delete("ServiceBlueprint", namespace, "shop")
    create(api, namespace, "shop")
    new = wait_ready(api, namespace, "shop", timeout=GARBAGE_COLLECTION)
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    expect_children_of(api, namespace, new)


def test_the_same_name_again_while_the_operator_is_down_ends_right(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    operator.terminate()
    api.delete("ServiceBlueprint", namespace, "shop")
    create(api, namespace, "shop")
    operator.start()
    new = wait_ready(api, namespace, "shop", timeout=GARBAGE_COLLECTION)
    expect_children_of(api, namespace, new)


def test_leftovers_of_the_one_before_are_waited_for_and_not_touched(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    api.patch("Service", namespace, "shop", {"metadata": {"finalizers": ["example.com/hold"]}})
    api.delete("ServiceBlueprint", namespace, "shop")
    create(api, namespace, "shop")
    expect_condition(api, namespace, "shop", "Ready", "False", "WaitingForDeletion", timeout=GARBAGE_COLLECTION)
    leftover = api.get("Service", namespace, "shop")
    instance = api.get("ServiceBlueprint", namespace, "shop")
    assert not controlled_by(leftover, instance)
    assert condition(instance, "Accepted")["reason"] == "WaitingForDeletion"
    api.patch("Service", namespace, "shop", {"metadata": {"finalizers": None}})
    new = wait_ready(api, namespace, "shop", timeout=GARBAGE_COLLECTION)
    expect_children_of(api, namespace, new)


def test_orphaned_children_are_foreign_from_then_on(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    uid = api.get("Deployment", namespace, "shop")["metadata"]["uid"]
    api.kubectl("delete", "sb/shop", "--cascade=orphan", "--namespace", namespace, "--timeout=120s")
    assert api.get("Deployment", namespace, "shop")["metadata"]["uid"] == uid
    create(api, namespace, "shop")
    expect_condition(api, namespace, "shop", "Ready", "False", "NameConflict")
    deployment = api.get("Deployment", namespace, "shop")
    assert deployment["metadata"]["uid"] == uid
    assert "ownerReferences" not in deployment["metadata"]


def test_a_namespace_that_is_deleted_is_no_error(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    errors = operator.metric("controller_runtime_reconcile_errors_total")
    api.delete("Namespace", "", namespace)

    def check():
        assert api.get("Namespace", "", namespace) is None
    eventually(check, 180)
    assert operator.metric("controller_runtime_reconcile_errors_total") == errors


def test_orphaning_with_every_kind_of_child_leaves_them_all(api, operator, namespace):
    create(api, namespace, "shop", disruption={"enabled": True}, monitoring={"enabled": True})
    wait_ready(api, namespace, "shop")
    before = {kind: child["metadata"]["uid"] for kind, child in api.children(namespace, "shop").items()}
    api.delete("ServiceBlueprint", namespace, "shop", policy="Orphan")

    def orphaned():
        assert api.get("ServiceBlueprint", namespace, "shop") is None
    eventually(orphaned, GARBAGE_COLLECTION)
    after = api.children(namespace, "shop")
    assert {kind: child["metadata"]["uid"] for kind, child in after.items()} == before
    assert not any("ownerReferences" in child["metadata"] for child in after.values())


def test_nothing_is_written_for_a_blueprint_that_is_on_its_way_out(api, operator, namespace, audit):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    api.patch("ServiceBlueprint", namespace, "shop", {"metadata": {"finalizers": ["example.com/hold"]}})
    api.delete("ServiceBlueprint", namespace, "shop")
    settled(lambda: len(audit.writes_since(0)), quiet_seconds=3)
    start = audit.position()
    api.patch("Deployment", namespace, "shop", {"spec": {"replicas": 3}})
    api.delete("Service", namespace, "shop")
    settled(lambda: len(audit.writes_since(start)), quiet_seconds=5)
    assert [one for one in audit.writes_since(start) if f"/{namespace}/" in one[1]] == []
    api.patch("ServiceBlueprint", namespace, "shop", {"metadata": {"finalizers": None}})
    expect_no_children(api, namespace)


def test_a_namespace_of_many_is_deleted_without_a_storm(api, operator, namespace, audit):
    for number in range(MANY):
        create(api, namespace, f"shop-{number}")
    for number in range(MANY):
        wait_ready(api, namespace, f"shop-{number}", timeout=GARBAGE_COLLECTION)
    settled(lambda: len(audit.writes_since(0)), quiet_seconds=8)
    errors = operator.metric("controller_runtime_reconcile_errors_total")
    denied = operator.metric("serviceblueprint_writes_total", 'outcome="denied"')
    failed = operator.metric("serviceblueprint_recorded_events_total", 'outcome="failed"')
    position = operator.log_position()
    start = audit.position()
    api.delete("Namespace", "", namespace)

    def gone():
        assert api.get("Namespace", "", namespace) is None
    eventually(gone, 240)
    assert operator.metric("controller_runtime_reconcile_errors_total") == errors
    assert operator.metric("serviceblueprint_writes_total", 'outcome="denied"') == denied
    assert operator.metric("serviceblueprint_recorded_events_total", 'outcome="failed"') == failed
    assert [line for line in operator.log_since(position) if line["level"] in ("warn", "error")] == []
    # Each child that goes may be tried once, and each blueprint may say once or twice that its pods go.
    assert len([one for one in audit.writes_since(start) if f"/{namespace}/" in one[1]]) <= MANY * 8
