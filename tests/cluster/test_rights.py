"""The operator's rights: what must be denied is asked of the server itself, and Roles are enough for chosen namespaces."""

import pytest

from blueprints import create, wait_ready
from conftest import new_namespace
from operator_process import USER, OperatorProcess
from testbed import account
from waiting import settled

READ, WRITE = ["get", "list", "watch"], ["create", "update", "patch", "delete", "deletecollection"]
# (API group, resource, verbs): none of them anywhere.
DENIED = [
    ("", "secrets", [*READ, *WRITE]),
    ("", "pods", ["get", "watch", *WRITE]),
    ("", "pods/exec", ["create", "get"]),
    ("", "pods/ephemeralcontainers", ["patch", "update"]),
    ("", "pods/log", ["get"]),
    ("", "serviceaccounts/token", ["create"]),
    ("", "serviceaccounts", ["impersonate"]),
    ("", "users", ["impersonate"]),
    ("", "groups", ["impersonate"]),
    ("", "namespaces", [*READ, *WRITE]),
    ("", "nodes", [*READ, *WRITE]),
    ("", "configmaps", ["update", "deletecollection"]),
    ("apps", "deployments", ["update", "deletecollection"]),
    ("apps", "deployments/scale", ["update", "patch"]),
    ("apps", "replicasets", [*READ, *WRITE]),
    ("rbac.authorization.k8s.io", "roles", [*READ, *WRITE, "escalate", "bind"]),
    ("rbac.authorization.k8s.io", "clusterroles", [*READ, *WRITE, "escalate", "bind"]),
    ("rbac.authorization.k8s.io", "rolebindings", [*READ, *WRITE]),
    ("rbac.authorization.k8s.io", "clusterrolebindings", [*READ, *WRITE]),
    ("apiextensions.k8s.io", "customresourcedefinitions", [*READ, *WRITE]),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", [*READ, *WRITE]),
    ("coordination.k8s.io", "leases", [*READ, *WRITE]),
    ("serviceblueprint.dev", "serviceblueprints", WRITE),
    ("serviceblueprint.dev", "serviceblueprints/status", ["update"]),
    ("serviceblueprint.dev", "serviceblueprints/scale", ["get", "update", "patch"]),
    ("*", "*", ["*"]),
]
# What it does need, so that a denial above is no accident of the question.
ALLOWED = [
    ("serviceblueprint.dev", "serviceblueprints", READ),
    ("serviceblueprint.dev", "serviceblueprints/status", ["patch"]),
    ("apps", "deployments", [*READ, "create", "patch", "delete"]),
    ("", "pods", ["list"]),
    ("events.k8s.io", "events", ["create", "patch"]),
]
ANYWHERE = "default"


def allowed(api, group, resource, verb, namespace=ANYWHERE, user=USER):
    resource, _, subresource = resource.partition("/")
    review = {"spec": {"user": user, "groups": ["system:serviceaccounts", "system:authenticated"],
                       "resourceAttributes": {"group": group, "resource": resource, "subresource": subresource,
                                              "verb": verb, "namespace": namespace}}}
    return api.create("SubjectAccessReview", "", review)["status"]["allowed"]


@pytest.mark.parametrize(("group", "resource", "verbs"), DENIED, ids=[f"{one[0]}/{one[1]}" for one in DENIED])
def test_what_is_not_needed_is_denied(api, installed, group, resource, verbs):
    assert [verb for verb in verbs if allowed(api, group, resource, verb)] == []


@pytest.mark.parametrize(("group", "resource", "verbs"), ALLOWED, ids=[f"{one[0]}/{one[1]}" for one in ALLOWED])
def test_what_is_needed_is_allowed(api, installed, group, resource, verbs):
    assert [verb for verb in verbs if not allowed(api, group, resource, verb)] == []


def test_no_rule_has_a_wildcard(api, installed):
    for rule in api.get("ClusterRole", "", account.NAME)["rules"]:
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]], rule


@pytest.fixture
def with_roles_only(api, installed):
    """The account without its cluster-wide rights; gives a function that grants it the same in one namespace."""
    binding = api.get("ClusterRoleBinding", "", account.NAME)
    api.delete("ClusterRoleBinding", "", account.NAME)
    rules = [rule for rule in api.get("ClusterRole", "", account.NAME)["rules"] if "resourceNames" not in rule]

    def grant(namespace):
        subject = {"kind": "ServiceAccount", "name": account.NAME, "namespace": account.NAMESPACE}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account.NAME}
        api.create("Role", namespace, {"metadata": {"name": account.NAME}, "rules": rules})
        api.create("RoleBinding", namespace,
                   {"metadata": {"name": account.NAME}, "roleRef": role, "subjects": [subject]})

    yield grant
    metadata = {"name": account.NAME, "labels": binding["metadata"]["labels"]}
    api.create("ClusterRoleBinding", "", {**binding, "metadata": metadata})


def test_chosen_namespaces_need_roles_only(cluster, api, operator_session, with_roles_only):
    binary, folder = operator_session.binary, cluster.folder / "logs" / "namespaced"
    folder.mkdir()
    with new_namespace(api, "ours") as ours, new_namespace(api, "theirs") as theirs:
        with_roles_only(ours)
        operator = OperatorProcess(binary, folder, api)
        operator.start("--namespaces", ours)
        try:
            create(api, theirs, "shop")
            create(api, ours, "shop", ports=[{"name": "http", "port": 8080}], monitoring={"enabled": True})
            wait_ready(api, ours, "shop")
            assert api.get("ServiceMonitor", ours, "shop"), "seen without a right to definitions"
            settled(lambda: api.get("ServiceBlueprint", theirs, "shop")["metadata"]["resourceVersion"])
            assert "status" not in api.get("ServiceBlueprint", theirs, "shop")
            assert api.children(theirs, "shop") == {}
            assert allowed(api, "apps", "deployments", "create", ours)
            assert not allowed(api, "apps", "deployments", "create", theirs)
        finally:
            operator.terminate()
            operator.kubeconfig.unlink()
