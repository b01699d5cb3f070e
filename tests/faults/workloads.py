"""What users do to a blueprint, as the crash matrix has it: where it begins, and the change that the faults fall into."""

from dataclasses import dataclass, field
from typing import Callable

from blueprints import change, create
from references import change_secret, create_secret, variables
from waiting import eventually

NAME = "shop"
IMAGE = "registry.example/team/checkout:2.0.0"
AUTOSCALED = {"minReplicas": 2, "maxReplicas": 4}
OPTIONAL = {
    "disruption": {"enabled": True},
    "config": {"env": {"MODE": "one"}},
    "network": {"policy": True},
    "expose": {"hosts": ["shop.example"]},
    "monitoring": {"alerts": {"enabled": True}},
}
NO_OPTIONAL = {"disruption": None, "config": None, "network": None, "expose": None, "monitoring": {"enabled": False}}


@dataclass(frozen=True)
class Workload:
    """`initial` is Ready before `act` is called with the API and the namespace; None: there is nothing yet."""

    name: str
    act: Callable
    initial: dict | None = field(default_factory=dict)
    prepare: Callable = lambda api, namespace: None
    needs_secrets: bool = False


def _spec(**spec):
    return lambda api, namespace: change(api, namespace, NAME, spec)


def _create(**spec):
    return lambda api, namespace: create(api, namespace, NAME, **spec)


def _recreate(api, namespace):
    """As soon as the old one is gone; its children are still there."""
    api.delete("ServiceBlueprint", namespace, NAME)
    eventually(lambda: _absent(api, namespace))
    create(api, namespace, NAME, disruption={"enabled": True})


def _absent(api, namespace):
    assert api.get("ServiceBlueprint", namespace, NAME) is None


def _delete_children(api, namespace):
    for kind in ("Service", "PodDisruptionBudget", "ServiceAccount"):
        api.delete(kind, namespace, NAME)


def _paused_and_changed(api, namespace):
    annotation = "serviceblueprint.dev/paused"
    api.patch("ServiceBlueprint", namespace, NAME, {"metadata": {"annotations": {annotation: "true"}}})
    change(api, namespace, NAME, {"image": IMAGE, "disruption": {"enabled": True}})
    api.patch("ServiceBlueprint", namespace, NAME, {"metadata": {"annotations": {annotation: None}}})


def _another_secret(api, namespace):
    change_secret(api, namespace, "db", password="another")


WORKLOADS = [
    Workload("create", _create(**OPTIONAL), initial=None),
    Workload("create-autoscaled", _create(autoscaling=AUTOSCALED), initial=None),
    Workload("image", _spec(image=IMAGE)),
    Workload("scale", _spec(replicas=2)),
    Workload("options-on", _spec(**OPTIONAL)),
    Workload("options-off", _spec(**NO_OPTIONAL), initial=OPTIONAL),
    Workload("route", _spec(expose={"hosts": ["shop.example"], "gateway": {"name": "edge"}}),
             initial={"expose": {"hosts": ["shop.example"]}}),
    Workload("rename-port", _spec(ports=[{"name": "web", "port": 9090}])),
    Workload("worker", _spec(ports=[])),
    Workload("recreate", _recreate, initial={"disruption": {"enabled": True}}),
    Workload("autoscaling-on", _spec(replicas=None, autoscaling=AUTOSCALED), initial={"replicas": 3}),
    Workload("autoscaling-off", _spec(autoscaling=None, replicas=3), initial={"autoscaling": AUTOSCALED}),
    Workload("config", _spec(config={"env": {"MODE": "two"}}), initial={"config": {"env": {"MODE": "one"}}}),
    Workload("secret", _another_secret, initial={"secrets": [variables("db", "password")]}, needs_secrets=True,
             prepare=lambda api, namespace: create_secret(api, namespace, "db", password="one")),
    Workload("children-deleted", _delete_children, initial={"disruption": {"enabled": True}}),
    Workload("paused", _paused_and_changed),
]
