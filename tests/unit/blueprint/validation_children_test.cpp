// The rules of what surrounds the pods: autoscaling, network and expose.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "validation_cases.h"

namespace blueprint {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ChildValidationAccepts : public testing::TestWithParam<AcceptedSpec> {};

TEST_P(ChildValidationAccepts, TheSpec) { EXPECT_THAT(problems_of(GetParam().spec), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    Rules, ChildValidationAccepts,
    testing::ValuesIn(std::vector<AcceptedSpec>{
        {"autoscaling: {maxReplicas: 1}"},
        {"autoscaling: {minReplicas: 3, maxReplicas: 3, scaleDownStabilizationSeconds: 0}"},
        {"autoscaling: {maxReplicas: 9, behavior: {scaleUp: {policies: [{type: Pods, value: 1, "
         "periodSeconds: 1800}]}, scaleDown: {tolerance: 50m, selectPolicy: Disabled, "
         "stabilizationWindowSeconds: 3600}}}"},
        {"autoscaling: {maxReplicas: 9, metrics: [{type: Resource, resource: {name: memory, "
         "target: "
         "{type: AverageValue, averageValue: 100Mi}}}]}"},
        {"autoscaling: {maxReplicas: 9, metrics: [{type: ContainerResource, containerResource: "
         "{name: cpu, container: helper, target: {type: Utilization, averageUtilization: 1}}}]}"},
        {"autoscaling: {maxReplicas: 9, metrics: [{type: Pods, pods: {metric: {name: m}, target: "
         "{type: AverageValue, averageValue: 30}}}]}"},
        {"autoscaling: {maxReplicas: 9, metrics: [{type: Object, object: {describedObject: {kind: "
         "Service, name: s}, metric: {name: m}, target: {type: Value, value: 100m}}}]}"},
        {"autoscaling: {maxReplicas: 9, metrics: [{type: External, external: {metric: {name: m}, "
         "target: {type: AverageValue, averageValue: '30'}}}]}"},
        // no share of CPU is aimed at
        {"{resources: {requests: {cpu: 0}}, autoscaling: {maxReplicas: 9, memoryUtilization: 80}}"},
        {"{resources: {requests: {cpu: 0}}, autoscaling: {maxReplicas: 9, metrics: [{type: "
         "ContainerResource, containerResource: {name: cpu, container: other, target: {type: "
         "Utilization, averageUtilization: 50}}}]}}"},
        {"network: {allowFrom: [], allowTo: []}"},
        {"network: {policy: true, allowFrom: [{blueprint: a}, {namespace: b}, {blueprint: a, "
         "namespace: 1b}, {cidr: 0.0.0.0/0}, {cidr: '::/0'}]}"},
        {"network: {allowTo: [{cidr: 10.1.2.3/32}, {cidr: '2001:db8:ffff::/48'}]}"},
        {"{ports: [], network: {allowFrom: [{blueprint: a, ports: [{port: 1}]}]}}"},
        {"network: {allowFrom: [{blueprint: a, ports: [{port: http}, {port: 9999, protocol: "
         "UDP}]}]}"},
        {"expose: {hosts: [a.example.com, '*.example.com'], path: /a/b, port: http}"},
        {"expose: {hosts: [a.b], port: 8080, ingressClassName: c, tlsSecretName: t.u}"},
        {"expose: {hosts: [a.b], gateway: {name: g.h, namespace: 1-n}}"}}));

class ChildValidationRefuses : public testing::TestWithParam<RefusedSpec> {};

TEST_P(ChildValidationRefuses, TheSpec) {
  const auto& [spec, path, message] = GetParam();
  EXPECT_THAT(problems_of(spec), Contains(AllOf(Field(&Problem::path, path),
                                                Field(&Problem::message, HasSubstr(message)))));
}

constexpr const char* kMetric = "spec.autoscaling.metrics[0]";

INSTANTIATE_TEST_SUITE_P(
    Scaling, ChildValidationRefuses,
    testing::Values(
        RefusedSpec{"{replicas: 2, autoscaling: {maxReplicas: 3}}", "spec.replicas", "autoscaling"},
        RefusedSpec{"autoscaling: {minReplicas: 4, maxReplicas: 3}", "spec.autoscaling.minReplicas",
                    "at most maxReplicas"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, scaleDownStabilizationSeconds: 1, behavior: {}}",
                    "spec.autoscaling.scaleDownStabilizationSeconds", "behavior"},
        RefusedSpec{"{resources: {requests: {cpu: 0}}, autoscaling: {maxReplicas: 3}}",
                    "spec.autoscaling.cpuUtilization", "spec.resources.requests.cpu"},
        RefusedSpec{"{resources: {requests: {memory: '0'}}, autoscaling: {maxReplicas: 3, "
                    "memoryUtilization: 80}}",
                    "spec.autoscaling.memoryUtilization", "spec.resources.requests.memory"},
        RefusedSpec{"{resources: {requests: {cpu: 0m}}, autoscaling: {maxReplicas: 3, metrics: "
                    "[{type: Resource, resource: {name: cpu, target: {type: Utilization, "
                    "averageUtilization: 50}}}]}}",
                    kMetric, "spec.resources.requests.cpu"},
        RefusedSpec{"{resources: {requests: {cpu: 0}}, autoscaling: {maxReplicas: 3, metrics: "
                    "[{type: ContainerResource, containerResource: {name: cpu, container: shop, "
                    "target: {type: Utilization, averageUtilization: 50}}}]}}",
                    kMetric, "spec.resources.requests.cpu"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: Pod}]}",
                    "spec.autoscaling.metrics[0].type", "External"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: Pods}]}", kMetric,
                    "one source"},
        RefusedSpec{
            "autoscaling: {maxReplicas: 3, metrics: [{type: Pods, pods: {}, external: {}}]}",
            kMetric, "one source"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: Resource, resource: {name: "
                    "disk}}]}",
                    "spec.autoscaling.metrics[0].resource.name", "cpu or memory"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: ContainerResource, "
                    "containerResource: {name: cpu, container: A}}]}",
                    "spec.autoscaling.metrics[0].containerResource.container", "container"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: Pods, pods: {metric: {name: "
                    "a/b}}}]}",
                    "spec.autoscaling.metrics[0].pods.metric.name", "without '/'"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: Object, object: "
                    "{describedObject: {kind: Service}, metric: {name: m}}}]}",
                    "spec.autoscaling.metrics[0].object.describedObject.name", "a name"},
        RefusedSpec{
            "autoscaling: {maxReplicas: 3, metrics: [{type: Pods, pods: {metric: {name: m}, "
            "target: {type: Utilization, averageUtilization: 1}}}]}",
            "spec.autoscaling.metrics[0].pods.target.type", "must be AverageValue"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: External, external: {metric: "
                    "{name: m}, target: {type: Value, averageValue: 1}}}]}",
                    "spec.autoscaling.metrics[0].external.target", "one value"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: External, external: {metric: "
                    "{name: m}, target: {type: Value, value: 0}}}]}",
                    "spec.autoscaling.metrics[0].external.target.value", "greater than 0"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, metrics: [{type: External, external: {metric: "
                    "{name: m}, target: {type: Value, value: -1}}}]}",
                    "spec.autoscaling.metrics[0].external.target.value", "greater than 0"},
        RefusedSpec{
            "autoscaling: {maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu, "
            "target: {type: Utilization, averageUtilization: 0}}}]}",
            "spec.autoscaling.metrics[0].resource.target.averageUtilization", "from 1"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {selectPolicy: Most}}}",
                    "spec.autoscaling.behavior.scaleUp.selectPolicy", "Max"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleDown: "
                    "{stabilizationWindowSeconds: 3601}}}",
                    "spec.autoscaling.behavior.scaleDown.stabilizationWindowSeconds", "3600"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {tolerance: -1}}}",
                    "spec.autoscaling.behavior.scaleUp.tolerance", "at least 0"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {tolerance: 0.5}}}",
                    "spec.autoscaling.behavior.scaleUp.tolerance", "needs quotes"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleDown: {policies: []}}}",
                    "spec.autoscaling.behavior.scaleDown.policies", "an entry"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {policies: [{type: Pod, "
                    "value: 1, periodSeconds: 1}]}}}",
                    "spec.autoscaling.behavior.scaleUp.policies[0].type", "Percent"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {policies: [{type: Pods, "
                    "value: 0, periodSeconds: 1}]}}}",
                    "spec.autoscaling.behavior.scaleUp.policies[0].value", "from 1"},
        RefusedSpec{"autoscaling: {maxReplicas: 3, behavior: {scaleUp: {policies: [{type: Pods, "
                    "value: 1, periodSeconds: 1801}]}}}",
                    "spec.autoscaling.behavior.scaleUp.policies[0].periodSeconds", "1800"}));

constexpr const char* kCidr = "spec.network.allowTo[0].cidr";

INSTANTIATE_TEST_SUITE_P(
    Network, ChildValidationRefuses,
    testing::Values(
        RefusedSpec{"network: {policy: false, allowFrom: []}", "spec.network.policy", "allowFrom"},
        RefusedSpec{"network: {policy: false, allowTo: []}", "spec.network.policy", "allowTo"},
        RefusedSpec{"network: {allowFrom: [{blueprint: 1a}]}",
                    "spec.network.allowFrom[0].blueprint", "name of a blueprint"},
        RefusedSpec{"network: {allowFrom: [{blueprint: "
                    "a2345678901234567890123456789012345678901234567890123}]}",
                    "spec.network.allowFrom[0].blueprint", "at most 52"},
        RefusedSpec{"network: {allowTo: [{namespace: a.b}]}", "spec.network.allowTo[0].namespace",
                    "at most 63"},
        RefusedSpec{"network: {allowTo: [{cidr: 10.0.0.1}]}", kCidr, "block of IP addresses"},
        RefusedSpec{"network: {allowTo: [{cidr: 10.0.0.1/8}]}", kCidr, "zeros in the bits"},
        RefusedSpec{"network: {allowTo: [{cidr: 10.0.0.0/33}]}", kCidr, "block"},
        RefusedSpec{"network: {allowTo: [{cidr: 010.0.0.0/8}]}", kCidr, "block"},
        RefusedSpec{"network: {allowTo: [{cidr: 10.0.0.0/08}]}", kCidr, "block"},
        RefusedSpec{"network: {allowTo: [{cidr: '2001:db8::1/64'}]}", kCidr, "zeros"},
        RefusedSpec{"network: {allowTo: [{cidr: '::ffff:10.0.0.0/104'}]}", kCidr, "block"},
        RefusedSpec{"{ports: [], network: {allowFrom: [{blueprint: a}]}}",
                    "spec.network.allowFrom[0].ports", "worker"},
        RefusedSpec{"network: {allowFrom: [{blueprint: a, ports: [{port: grpc}]}]}",
                    "spec.network.allowFrom[0].ports[0].port", "declared port"},
        RefusedSpec{"network: {allowFrom: [{blueprint: a, ports: [{port: http, protocol: UDP}]}]}",
                    "spec.network.allowFrom[0].ports[0].port", "same protocol"}));

INSTANTIATE_TEST_SUITE_P(
    Expose, ChildValidationRefuses,
    testing::Values(
        RefusedSpec{"expose: {hosts: []}", "spec.expose.hosts", "an entry"},
        RefusedSpec{"expose: {hosts: [a.b, A.b]}", "spec.expose.hosts[1]", "lower-case"},
        RefusedSpec{"expose: {hosts: [10.0.0.1]}", "spec.expose.hosts[0]", "IP address"},
        RefusedSpec{"expose: {hosts: [a.b, a.b]}", "spec.expose.hosts[1]", "must differ"},
        RefusedSpec{"expose: {hosts: [a.b], path: a}", "spec.expose.path", "begins with '/'"},
        RefusedSpec{"expose: {hosts: [a.b], path: /a//b}", "spec.expose.path", "'//'"},
        RefusedSpec{"{ports: [], expose: {hosts: [a.b]}}", "spec.expose", "worker"},
        RefusedSpec{"expose: {hosts: [a.b], port: grpc}", "spec.expose.port", "declared TCP port"},
        RefusedSpec{"expose: {hosts: [a.b], port: 80}", "spec.expose.port", "declared TCP port"},
        RefusedSpec{"{ports: [{name: dns, port: 53, protocol: UDP}], expose: {hosts: [a.b]}}",
                    "spec.expose.port", "does not use TCP; name a TCP port"},
        RefusedSpec{"expose: {hosts: [a.b], gateway: {name: G}}", "spec.expose.gateway.name",
                    "name of an object"},
        RefusedSpec{"expose: {hosts: [a.b], gateway: {name: g, namespace: a.b}}",
                    "spec.expose.gateway.namespace", "at most 63"},
        RefusedSpec{"expose: {hosts: [a.b], gateway: {name: g}, ingressClassName: c}",
                    "spec.expose.ingressClassName", "gateway"},
        RefusedSpec{"expose: {hosts: [a.b], gateway: {name: g}, tlsSecretName: t}",
                    "spec.expose.tlsSecretName", "gateway"},
        RefusedSpec{"expose: {hosts: [a.b], ingressClassName: C}", "spec.expose.ingressClassName",
                    "name of an object"},
        RefusedSpec{"expose: {hosts: [a.b], tlsSecretName: T}", "spec.expose.tlsSecretName",
                    "name of an object"}));

// A file on its own may hold anything where the API server would know the type.
TEST(ChildValidation, NamesWrongTypesInRawParts) {
  for (const char* const spec :
       {"autoscaling: {maxReplicas: 3, metrics: [{type: 1}]}",
        "autoscaling: {maxReplicas: 3, metrics: [{type: Pods, pods: 1}]}",
        "autoscaling: {maxReplicas: 3, metrics: [{type: Pods, pods: {metric: a, target: [1]}}]}",
        "autoscaling: {maxReplicas: 3, behavior: {scaleUp: {policies: {a: b}}}}",
        "autoscaling: {maxReplicas: 3, behavior: {scaleUp: {policies: [1]}}}",
        "autoscaling: {maxReplicas: 3, behavior: {scaleUp: {stabilizationWindowSeconds: x}}}"}) {
    EXPECT_THAT(problems_of(spec), testing::Not(IsEmpty())) << spec;
  }
}

TEST(ChildValidation, NamesAContradictionOnce) {
  EXPECT_THAT(problems_of("{ports: [], expose: {hosts: [a.b], port: http}}"), SizeIs(1));
}

}  // namespace
}  // namespace blueprint
