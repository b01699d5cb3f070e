"""The rules of the CustomResourceDefinition, each through kubectl on a real API server.

The table is rules/*.yaml; rule_cases says what its entries mean. A rule of the definition that no entry covers fails a
test here.
"""

import json
import re
from pathlib import Path

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from definition import DEFINITION, nodes, rules, schema
from rule_cases import MAP_KEY, cases, entries, places, reported
from waiting import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = sorted((ROOT / "crds/samples").glob("*.yaml"))
BOUNDS = {"array": "maxItems", "string": "maxLength"}
CASES = cases()


def is_unbounded(node):
    kind = "string" if node.get("x-kubernetes-int-or-string") else node.get("type")
    if "additionalProperties" in node:
        return "maxProperties" not in node
    return kind in BOUNDS and BOUNDS[kind] not in node and "enum" not in node


# On the server.

@pytest.fixture(scope="session")
def definition(api):
    """The installed definition; returns the client."""
    api.kubectl("apply", "--server-side", f"--filename={DEFINITION.parent}")
    api.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/serviceblueprints.serviceblueprint.dev")
    eventually(lambda: api.kubectl("get", "serviceblueprints", "--all-namespaces"))
    return api


def dry_run(api, text):
    """Applies without storing, so that no operator acts on it."""
    return api.kubectl("apply", "--dry-run=server", "--filename=-", text=text, check=False)


@pytest.fixture(scope="session")
def answers(definition):
    """The server's answer to every case, by name: None for accepted. One kubectl for all of them."""
    done = dry_run(definition, "\n---\n".join(case.document for case in CASES))
    found = {name: None for name in re.findall(r"serviceblueprint\S*/(\S+) created \(server dry run\)", done.stdout)}
    return found | dict(re.findall(r'ServiceBlueprint\S* "([^"]*)" is invalid: (.*)', done.stderr))


def names_field_and_reason(answer, field, reason):
    """Between the two the server prints the kind of the error, a scalar's value, and `FIELD in body` for a bound."""
    answer = answer.replace(f"[{MAP_KEY}]", f".{MAP_KEY}")  # a rule names a map's key in brackets, a bound after a dot
    place = re.escape(field)
    between = rf'[A-Z][a-z ]+: ("[^"]*": |[\w.-]+: |)({place} in body )?'
    return re.search(rf"(^|[\[ ]){place}: {between}{re.escape(reason)}", answer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_rule_answers_as_the_table_says(answers, case):
    answer = answers.get(case.name, "no answer")
    if case.refusal is None:
        assert answer is None
        return
    assert answer is not None, "it was accepted"
    assert names_field_and_reason(answer, case.field, case.refusal), answer


def test_every_entry_accepts_and_refuses():
    assert [entry["says"] for entry in entries() if not entry["accepts"] or not entry["refuses"]] == []


def test_every_rule_of_the_definition_is_in_the_table():
    covered = {(reported(field), entry["says"]) for entry in entries() for _, field in places(entry)}
    covered.add(("spec.config", TOO_LARGE))
    assert [(field, message) for _, field, message in rules() if (reported(field), message) not in covered] == []


TOO_LARGE = "the values of env and files must have at most 1 MiB together, as that is all that a ConfigMap holds"


def test_config_holds_what_a_config_map_holds(definition):
    """Not in the table: `kubectl apply` keeps a copy in an annotation, which has a smaller bound of its own."""
    def create(files):
        definition.create("ServiceBlueprint", "default",
                          {"metadata": {"name": "large"}, "spec": {"image": "a", "config": {"files": files}}},
                          query="dryRun=All")

    full = {f"file-{number}": "語" * 87381 + "a" for number in range(4)}  # three bytes each
    create(full)
    with pytest.raises(ApiException) as refusal:
        create(full | {"another": "a"})
    assert f"spec.config: Invalid value: {TOO_LARGE}" in json.loads(refusal.value.body)["message"]


def test_every_entry_is_for_a_field():
    assert [entry["says"] for entry in entries() if not places(entry)] == []


def test_every_list_map_and_string_has_a_bound():
    described_by_the_server = ("apiVersion", "kind")
    assert [path for node, path in nodes(schema()) if is_unbounded(node) and path not in described_by_the_server] == []


def test_the_protocol_of_a_declared_port_is_the_only_default():
    assert [path for node, path in nodes(schema()) if "default" in node] == ["spec.ports[].protocol", "spec.sidecars[].ports[].protocol"]


def test_every_field_of_our_own_is_described():
    inlined = r".*[.]env\[\][.].*|spec[.]scheduling[.](affinity|tolerations\[\])[.].*|" \
              r"spec[.]autoscaling[.](metrics\[\]|behavior)[.].*"
    silent = [path for node, path in nodes(schema()["properties"]["spec"], "spec")
              if "description" not in node and path[-1] not in "]}" and not re.fullmatch(inlined, path)]
    assert silent == []


# What kubectl prints for careless input.

CARELESS = {
    "{image: a, replica: 3}": 'unknown field "spec.replica"',
    "{image: a, probes: {livenes: {}}}": 'unknown field "spec.probes.livenes"',
    "{image: a, autoscaling: {maxReplica: 3}}": 'unknown field "spec.autoscaling.maxReplica"',
    "{image: a, autoscaling: {}}": "spec.autoscaling.maxReplicas: Required value",
    "{image: a, sidecars: [{name: a, image: a, ports: [{name: a, port: 1, servicePort: 2}]}]}":
        'unknown field "spec.sidecars[0].ports[0].servicePort"',
    "{image: a, volumes: [{name: a, mountPath: /a, hostPath: {path: /a}}]}": 'unknown field "spec.volumes[0].hostPath"',
    "{image: a, volumes: [{name: a, mountPath: /a, emptyDir: {}}, {name: a, mountPath: /b, emptyDir: {}}]}":
        'spec.volumes[1]: Duplicate value: {"name":"a"}',
    "{image: a, sidecars: [{name: a, image: a}, {name: a, image: a}]}": 'spec.sidecars[1]: Duplicate value: {"name":"a"}',
    "{image: a, expose: {hosts: [a.b, a.b]}}": 'spec.expose.hosts[1]: Duplicate value: "a.b"',
    "{image: a, tracing: {samplingRatio: half}}": 'spec.tracing.samplingRatio in body must be of type number: "string"',
    "{image: a, env: [{name: A, valueFrom: {fileKeyRef: {key: a}}}]}":
        'unknown field "spec.env[0].valueFrom.fileKeyRef"',
    "{image: a, resources: {limits: {example.com/gpu: 1}}}": 'unknown field "spec.resources.limits.example.com/gpu"',
    "{replicas: 3}": "spec.image: Required value",
    "{image: a, replicas: three}": 'spec.replicas in body must be of type integer: "string"',
    "{image: a, env: {A: b}}": 'unknown field "spec.env.A"',
    "{image: a, env: [{name: A, value: 1}]}": 'spec.env[0].value in body must be of type string: "integer"',
    '{image: a, ports: [{name: http, port: "8080"}]}': 'spec.ports[0].port in body must be of type integer: "string"',
    "{image: a, ports: [{name: http}]}": "spec.ports[0].port: Required value",
    "{image: a, ports: [{name: a, port: 80}, {name: b, port: 80}]}":
        'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
    "{image: a, env: [{name: A}, {name: A}]}": 'spec.env[1]: Duplicate value: {"name":"A"}',
    "{image: a, security: {writablePaths: [/a, /a]}}": 'spec.security.writablePaths[1]: Duplicate value: "/a"',
    "{image: a, resources: {limits: {cpu: 0.5}}}":
        'spec.resources.limits.cpu in body must be of type integer,string: "number"',
}


def document(spec, name="checkout"):
    kind = "apiVersion: serviceblueprint.dev/v1alpha1\nkind: ServiceBlueprint"
    return f"{kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


@pytest.mark.parametrize("spec", CARELESS)
def test_careless_input_is_refused_by_the_name_of_the_field(definition, spec):
    done = dry_run(definition, document(spec))
    assert done.returncode != 0
    assert CARELESS[spec] in done.stderr


# What is installed with the definition.

def test_the_smallest_blueprint_is_a_name_and_an_image(definition):
    assert dry_run(definition, document("{image: a}")).returncode == 0


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: file.name)
def test_sample_is_accepted(definition, sample):
    definition.kubectl("apply", "--dry-run=server", f"--filename={sample}")


def leaves(value, path):
    """The paths of the scalars of a document, written as those of the schema, but for the names of a map's keys."""
    if isinstance(value, dict) and value:
        return set().union(*(leaves(child, f"{path}.{name}") for name, child in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(leaves(child, f"{path}[]") for child in value))
    return {path}


def test_full_sample_uses_every_field():
    documents = yaml.safe_load_all((ROOT / "crds/samples/full.yaml").read_text(encoding="utf-8"))
    used = set().union(*(leaves(document["spec"], "spec") for document in documents))
    maps = [path for node, path in nodes(schema()) if "additionalProperties" in node]
    used |= {path for path in maps if any(leaf.startswith(path + ".") for leaf in used)}
    fields = {path for node, path in nodes(schema()["properties"]["spec"], "spec")
              if "properties" not in node and "items" not in node and not path.endswith("{}")}
    assert fields - used == set()


def test_definition_is_small_enough_for_a_client_side_apply(definition):
    definition.kubectl("apply", "--dry-run=server", f"--filename={ROOT / 'crds'}")


@pytest.fixture
def stored(definition, namespace):
    """A blueprint that is really there, in a namespace of its own."""
    definition.create("ServiceBlueprint", namespace, {
        "metadata": {"name": "checkout"},
        "spec": {"image": "registry.example/checkout:1.4.2", "profile": "staging", "replicas": 1}})
    return namespace


def test_scale_subresource_counts_by_spec_and_selects_by_status(definition, stored):
    path = definition.path("ServiceBlueprint", stored, "checkout")
    definition.kubectl("scale", "sb/checkout", "--replicas=3", f"--namespace={stored}")
    definition.request("PATCH", f"{path}/status", {"status": {"replicas": 2, "selector": "a=b"}},
                       "application/merge-patch+json")
    scale = definition.request("GET", f"{path}/scale")
    assert (scale["spec"], scale["status"]) == ({"replicas": 3}, {"replicas": 2, "selector": "a=b"})


def test_scale_refuses_what_the_bounds_refuse(definition, stored):
    done = definition.kubectl("scale", "sb/checkout", "--replicas=10001", f"--namespace={stored}", check=False)
    assert "spec.replicas in body should be less than or equal to 10000" in done.stderr


STATUS = {"observedGeneration": 1, "replicas": 2, "desiredReplicas": 2, "availableReplicas": 1, "readyReplicas": 1,
          "updatedReplicas": 2, "selector": "app.kubernetes.io/name=checkout", "version": "1.4.2", "renderVersion": 1,
          "defaults": "{}",
          "conditions": [{"type": "Ready", "status": "False", "reason": "RollingOut", "message": "1 of 2 replicas",
                          "observedGeneration": 1, "lastTransitionTime": "2026-01-02T03:04:05Z"}],
          "resources": [{"group": "", "kind": "Service", "name": "checkout", "uid": "1", "intent": "9f", "owned": ""}]}


def row(definition, namespace, *flags):
    lines = definition.kubectl("get", "sbp", f"--namespace={namespace}", *flags).stdout.splitlines()
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


def test_printer_columns_show_the_status(definition, stored):
    definition.request("PATCH", definition.path("ServiceBlueprint", stored, "checkout") + "/status", {"status": STATUS},
                       "application/merge-patch+json", query="fieldValidation=Strict")
    head, line = row(definition, stored)
    assert head == ["NAME", "READY", "REASON", "AVAILABLE", "DESIRED", "VERSION", "AGE"]
    assert line[:-1] == ["checkout", "False", "RollingOut", "1", "2", "1.4.2"]
    head, line = row(definition, stored, "--output=wide")
    assert head[-3:] == ["IMAGE", "PROFILE", "MESSAGE"]
    assert line[-3:] == ["registry.example/checkout:1.4.2", "staging", "1 of 2 replicas"]


def test_explain_shows_a_field_with_its_default(definition):
    shown = definition.kubectl("explain", "sb.spec.probes.liveness.periodSeconds").stdout
    assert "Default 10 for liveness, 5 for readiness." in " ".join(shown.split())
