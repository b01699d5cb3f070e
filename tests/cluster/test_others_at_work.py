"""Other writers on our children: mutating admission, many managers, restarts by kubectl, and one that never gives in."""

import json

import pytest

from api import MERGE, STRATEGIC
from blueprints import change, create, expect_condition, wait_ready
from waiting import eventually, settled

OURS = "serviceblueprint-operator"
INJECTION = '''
object.spec.template.spec.containers.exists(one, one.name == "injected") ? [] : [JSONPatch{
  op: "add", path: "/spec/template/spec/containers/-",
  value: Object.spec.template.spec.containers{name: "injected", image: "registry.example/mesh:1",
    securityContext: Object.spec.template.spec.containers.securityContext{
      allowPrivilegeEscalation: false,
      capabilities: Object.spec.template.spec.containers.securityContext.capabilities{drop: ["ALL"]}}}}]
'''
LABEL = '''
Object{spec: Object.spec{template: Object.spec.template{metadata: Object.spec.template.metadata{
  labels: {"mesh.example.com/revision": "r1"}}}}}
'''


@pytest.fixture
def mutation(api, namespace):
    """A policy that adds a container and a label to every Deployment of the namespace."""
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": ["deployments"]}
    policy = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
              "metadata": {"name": namespace}, "spec": {
                  "reinvocationPolicy": "Never", "failurePolicy": "Fail",
                  "matchConstraints": {"resourceRules": [rule]},
                  "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": INJECTION}},
                                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": LABEL}}]}}
    binding = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
               "metadata": {"name": namespace}, "spec": {"policyName": namespace, "matchResources": {
                   "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}}}
    for body in (policy, binding):
        api.kubectl("apply", "-f", "-", text=json.dumps(body))
    probe = {"metadata": {"generateName": "probe-"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "registry.example/a:1"}]}}}}

    def in_force():
        made = api.create("Deployment", namespace, probe, "dryRun=All")
        assert len(made["spec"]["template"]["spec"]["containers"]) == 2
    eventually(in_force)
    yield
    for kind in ("mutatingadmissionpolicybinding", "mutatingadmissionpolicy"):
        api.kubectl("delete", kind, namespace)


def expect_silence(audit, namespace):
    """No request for the namespace from now on, once what is under way has settled."""
    start = audit.position()

    def requests():
        return [one for one in audit.other_than_watches_since(start) if f"/{namespace}/" in one[1]]
    under_way = settled(requests)
    assert settled(requests, quiet_seconds=10) == under_way


def deployment(api, namespace):
    return api.get("Deployment", namespace, "shop")


def test_mutating_admission_is_not_fought(api, operator, namespace, mutation, audit):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    expect_silence(audit, namespace)
    change(api, namespace, "shop", {"image": "registry.example/team/checkout:2"})
    wait_ready(api, namespace, "shop")
    containers = [one["name"] for one in deployment(api, namespace)["spec"]["template"]["spec"]["containers"]]
    assert containers == ["shop", "injected"]
    expect_silence(audit, namespace)


def test_an_entry_that_is_folded_away_costs_one_forced_apply(api, operator, namespace, audit):
    """The server keeps ten managers that update and folds the oldest of more together, of which ours is one."""
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    start = audit.position()

    def entries():
        return [(one["manager"], one["operation"])
                for one in deployment(api, namespace)["metadata"]["managedFields"] if "subresource" not in one]
    others = 0
    while (OURS, "Update") in entries():
        assert others < 100, entries()
        api.patch("Deployment", namespace, "shop", {"metadata": {"annotations": {f"example.com/{others}": "x"}}}, MERGE,
                  f"fieldManager=manager-{others}")
        others += 1
    assert others > 5

    def owned_again():
        assert (OURS, "Apply") in entries()
    eventually(owned_again)
    expect_silence(audit, namespace)
    applies = [one for one in audit.writes_since(start) if f"/{namespace}/deployments" in one[1]]
    assert len(applies) <= 2, applies
    assert len(deployment(api, namespace)["metadata"]["annotations"]) >= others


def test_what_a_limit_range_refuses_is_told_in_the_servers_words(api, operator, namespace):
    limits = [{"type": "Container", "max": {"memory": "64Mi"}, "defaultRequest": {"memory": "32Mi"}}]
    api.kubectl("apply", "-f", "-", text=json.dumps({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small", "namespace": namespace},
        "spec": {"limits": limits}}))
    create(api, namespace, "shop")  # its limit is 256Mi
    found = expect_condition(api, namespace, "shop", "Available", "False", "ReplicaFailure")
    assert "maximum memory usage per Container is 64Mi, but limit is 256Mi" in found["message"], found
    expect_condition(api, namespace, "shop", "Ready", "False", "ReplicaFailure")
    assert api.list("Pod", namespace) == []


def test_a_default_limit_below_the_request_is_told_in_the_servers_words(api, operator, namespace):
    """No CPU limit of ours: the namespace's default is put into the pod, under what the pod requests."""
    limits = [{"type": "Container", "default": {"cpu": "50m"}, "defaultRequest": {"cpu": "10m"}}]
    api.kubectl("apply", "-f", "-", text=json.dumps({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small", "namespace": namespace},
        "spec": {"limits": limits}}))
    create(api, namespace, "shop", resources={"requests": {"cpu": "200m"}})
    found = expect_condition(api, namespace, "shop", "Available", "False", "ReplicaFailure")
    assert "must be less than or equal to cpu limit" in found["message"], found
    assert api.list("Pod", namespace) == []


def test_kubectl_rollout_restart_survives(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    api.kubectl("rollout", "restart", "deployment/shop", "--namespace", namespace)
    change(api, namespace, "shop", {"env": [{"name": "A", "value": "1"}]})
    wait_ready(api, namespace, "shop")
    annotations = deployment(api, namespace)["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations


def test_one_that_never_gives_in_is_not_fought_for_ever(api, operator, namespace, audit):
    create(api, namespace, "shop", labels={"team": "a"})
    wait_ready(api, namespace, "shop")
    start = audit.position()
    service = api.path("Service", namespace, "shop")

    def applies():
        return [one for one in audit.writes_since(start) if one[1].startswith(service)]

    def taken(number):
        api.patch("Service", namespace, "shop", {"metadata": {"labels": {"team": "b"}}}, STRATEGIC)

        def answered():
            assert api.get("Service", namespace, "shop")["metadata"]["labels"]["team"] == "a", number
        return answered
    for number in range(4):  # the creation was the first write
        eventually(taken(number))
    taken(4)
    settled(lambda: (len(applies()), api.get("Service", namespace, "shop")["metadata"]["labels"]["team"]),
            quiet_seconds=8)
    assert api.get("Service", namespace, "shop")["metadata"]["labels"]["team"] == "b"
    assert len(applies()) <= 5  # four, and the creation's entry turned into one of Apply
    # What a person changes is written at once all the same.
    change(api, namespace, "shop", {"labels": {"team": "c"}})

    def changed():
        assert api.get("Service", namespace, "shop")["metadata"]["labels"]["team"] == "c"
    eventually(changed)
