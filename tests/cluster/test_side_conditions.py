"""Whether a service is exposed and autoscaled has conditions of its own; Ready does not wait for either."""

from blueprints import condition, create, expect_condition, wait_ready
from waiting import eventually

SCALING = {"minReplicas": 1, "maxReplicas": 3}


def test_an_autoscaler_without_metrics_is_told_and_ready_is_not_changed(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=SCALING)
    found = expect_condition(api, namespace, "shop", "Autoscaling", "False", "MetricsUnavailable")
    assert "metrics" in found["message"]
    instance = wait_ready(api, namespace, "shop")
    assert instance["status"]["desiredReplicas"] == 1
    assert condition(instance, "Stalled") == {}


def test_the_autoscalers_own_words_and_count_are_taken(api, operator, namespace):
    create(api, namespace, "shop", autoscaling=SCALING)
    wait_ready(api, namespace, "shop")
    api.patch("Deployment", namespace, "shop", {"spec": {"replicas": 2}})

    def counted():
        instance = api.get("ServiceBlueprint", namespace, "shop")
        assert instance["status"]["desiredReplicas"] == 2
        assert instance["status"]["availableReplicas"] == 2
    eventually(counted)
    assert api.get("Deployment", namespace, "shop")["spec"]["replicas"] == 2


def test_an_ingress_is_accepted_once_it_is_written(api, operator, namespace):
    create(api, namespace, "shop", expose={"hosts": ["shop.example.com"]})
    expect_condition(api, namespace, "shop", "Exposed", "True", "Accepted")
    instance = wait_ready(api, namespace, "shop")
    assert condition(instance, "Autoscaling") == {}


def test_a_route_says_what_its_gateway_says(api, operator, namespace):
    create(api, namespace, "shop", expose={"hosts": ["shop.example.com"],
                                           "gateway": {"name": "public", "namespace": "gateways"}})
    expect_condition(api, namespace, "shop", "Exposed", "Unknown", "NotAccepted")
    for status, reason, wanted in (("False", "NotAllowedByListeners", "NotAccepted"), ("True", "Accepted", "Accepted")):
        answer = {"type": "Accepted", "status": status, "reason": reason, "message": "a gateway's words",
                  "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}
        parent = {"parentRef": {"name": "public", "namespace": "gateways"}, "controllerName": "example.com/gateway",
                  "conditions": [answer]}
        api.patch("HTTPRoute", namespace, "shop", {"status": {"parents": [parent]}}, subresource="status")
        expect_condition(api, namespace, "shop", "Exposed", status, wanted)
    wait_ready(api, namespace, "shop")
