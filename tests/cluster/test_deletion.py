"""Deleting a blueprint, and making one of the same name again: at once, or while the operator is down."""

from blueprints import condition, controlled_by, create, expect_condition, wait_ready
from waiting import eventually

GARBAGE_COLLECTION = 120  # seconds: it learns of a new kind within its own resync


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
