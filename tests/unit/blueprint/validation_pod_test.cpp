// The rules of what the pods have besides the main container's own fields.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "validation_cases.h"

namespace blueprint {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class PodValidationAccepts : public testing::TestWithParam<AcceptedSpec> {};

TEST_P(PodValidationAccepts, TheSpec) { EXPECT_THAT(problems_of(GetParam().spec), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    Rules, PodValidationAccepts,
    testing::ValuesIn(std::vector<AcceptedSpec>{
        // variables and keys
        {"{env: [{name: A}], secrets: [{name: s, env: {B: b}}], configMaps: [{name: s, env: {C: "
         "b}}], config: {env: {D: d}, files: {A: a}}}"},
        {"configMaps: [{name: m, envPrefix: ''}, {name: m, mountPath: /m, items: [{key: a, path: "
         "b/c}]}]"},
        {"config: {env: {A: a}, mountPath: /x}"},
        // mounts: a default path gives way, places in one another are fine
        {"configMaps: [{name: m, mountPath: /tmp}]"},
        {"{config: {files: {a: b}}, secrets: [{name: s, mountPath: /etc/config/tls}]}"},
        {"volumes: [{name: a, mountPath: /a, emptyDir: {sizeLimit: 1}}, {name: b, mountPath: /b, "
         "persistentVolumeClaim: {claimName: x.y}}]"},
        // tracing
        {"tracing: {enabled: true, endpoint: 'http://otel:4318'}"},
        {"tracing: {endpoint: 'https://[2001:db8::1]:443/v1/traces?x=y', resourceAttributes: "
         "{a.b/c-d_e: 'any, text = at all'}}"},
        // scheduling
        {"scheduling: {nodeSelector: {kubernetes.io/arch: arm64, plain: ''}, priorityClassName: "
         "a}"},
        {"scheduling: {tolerations: [{operator: Exists}, {key: a, value: b}, {key: a, operator: "
         "Equal, effect: NoExecute, tolerationSeconds: 5}]}"},
        // containers
        {"{initContainers: [{name: a, image: i}], sidecars: [{name: b, image: i}]}"},
        {"{initContainers: [{name: a, image: i, env: [{name: A}]}, {name: b, image: i, env: "
         "[{name: "
         "A}], secrets: [{name: s, mountPath: /tmp}]}], env: [{name: A}]}"},
        {"sidecars: [{name: a, image: i, ports: [{name: dns, port: 53, protocol: UDP}]}]"},
        {"sidecars: [{name: a, image: i, probes: {liveness: {port: 9, tcp: true}}}]"},
        {"sidecars: [{name: a, image: i, ports: [{name: p, port: 8080, protocol: UDP}, {name: q, "
         "port: 1}], probes: {readiness: {port: q}}}]"}}));

class PodValidationRefuses : public testing::TestWithParam<RefusedSpec> {};

TEST_P(PodValidationRefuses, TheSpec) {
  const auto& [spec, path, message] = GetParam();
  EXPECT_THAT(problems_of(spec), Contains(AllOf(Field(&Problem::path, path),
                                                Field(&Problem::message, HasSubstr(message)))));
}

INSTANTIATE_TEST_SUITE_P(
    Variables, PodValidationRefuses,
    testing::Values(
        RefusedSpec{"{env: [{name: A}], configMaps: [{name: m, env: {A: a}}]}",
                    "spec.configMaps[0].env[\"A\"]", "set by spec.env[0].name already"},
        RefusedSpec{"{secrets: [{name: s, env: {A: a}}], configMaps: [{name: m, env: {A: a}}]}",
                    "spec.configMaps[0].env[\"A\"]", "set by spec.secrets[0].env[\"A\"] already"},
        RefusedSpec{"{configMaps: [{name: m, env: {A: a}}], config: {env: {A: a}}}",
                    "spec.config.env[\"A\"]", "set by spec.configMaps[0].env[\"A\"] already"},
        RefusedSpec{"{env: [{name: A}], config: {env: {A: a}}}", "spec.config.env[\"A\"]",
                    "set by spec.env[0].name already"},
        RefusedSpec{"configMaps: [{name: M, envPrefix: ''}]", "spec.configMaps[0].name",
                    "name of a ConfigMap"},
        RefusedSpec{"configMaps: [{name: m, env: {A: a/b}}]", "spec.configMaps[0].env[\"A\"]",
                    "key of a Secret or ConfigMap"},
        RefusedSpec{"config: {env: {1: a}}", "spec.config.env[\"1\"]", "name of a variable"},
        RefusedSpec{"config: {files: {a/b: c}}", "spec.config.files[\"a/b\"]", "name of a file"},
        RefusedSpec{"config: {files: {..a: c}}", "spec.config.files[\"..a\"]",
                    "not beginning with '..'"},
        RefusedSpec{"config: {env: {A: a}, files: {A: c}}", "spec.config.files[\"A\"]",
                    "must differ from the variables of config.env"}));

INSTANTIATE_TEST_SUITE_P(
    Mounts, PodValidationRefuses,
    testing::Values(
        RefusedSpec{
            "{secrets: [{name: s, mountPath: /a}], configMaps: [{name: m, mountPath: /a/}]}",
            "spec.configMaps[0].mountPath", "set by spec.secrets[0].mountPath already"},
        RefusedSpec{"{configMaps: [{name: m, mountPath: /etc//config}], config: {files: {a: b}}}",
                    "spec.config.mountPath", "set by spec.configMaps[0].mountPath already"},
        RefusedSpec{"{config: {mountPath: /a}, volumes: [{name: a, mountPath: /a, emptyDir: {}}]}",
                    "spec.volumes[0].mountPath", "set by spec.config.mountPath already"},
        RefusedSpec{"{volumes: [{name: a, mountPath: /a, emptyDir: {}}], security: {writablePaths: "
                    "[/a]}}",
                    "spec.security.writablePaths[0]", "set by spec.volumes[0].mountPath already"},
        RefusedSpec{"config: {mountPath: a}", "spec.config.mountPath", "absolute path"},
        RefusedSpec{"configMaps: [{name: m, mountPath: /m, items: [{key: a, path: ../a}]}]",
                    "spec.configMaps[0].items[0].path", "relative"},
        RefusedSpec{"volumes: [{name: A, mountPath: /a, emptyDir: {}}]", "spec.volumes[0].name",
                    "lower-case"},
        RefusedSpec{"volumes: [{name: a, mountPath: /a, emptyDir: {}}, {name: a, mountPath: /b, "
                    "emptyDir: {}}]",
                    "spec.volumes[1].name", "must differ"},
        RefusedSpec{"volumes: [{name: a, mountPath: a, emptyDir: {}}]", "spec.volumes[0].mountPath",
                    "absolute path"},
        RefusedSpec{"volumes: [{name: a, mountPath: /a, emptyDir: {sizeLimit: 0}}]",
                    "spec.volumes[0].emptyDir.sizeLimit", "greater than 0"},
        RefusedSpec{"volumes: [{name: a, mountPath: /a, persistentVolumeClaim: {claimName: A}}]",
                    "spec.volumes[0].persistentVolumeClaim.claimName", "lower-case"}));

INSTANTIATE_TEST_SUITE_P(
    Behaviour, PodValidationRefuses,
    testing::Values(
        RefusedSpec{"tracing: {enabled: true}", "spec.tracing.endpoint",
                    "required when enabled is true"},
        RefusedSpec{"tracing: {endpoint: 'otel:4318'}", "spec.tracing.endpoint", "must be a URL"},
        RefusedSpec{"tracing: {resourceAttributes: {'a,b': c}}",
                    "spec.tracing.resourceAttributes[\"a,b\"]", "name of an attribute"},
        RefusedSpec{"tracing: {resourceAttributes: {'': c}}",
                    "spec.tracing.resourceAttributes[\"\"]", "name of an attribute"},
        RefusedSpec{"scheduling: {nodeSelector: {a b: c}}", "spec.scheduling.nodeSelector[\"a b\"]",
                    "the key must be"},
        RefusedSpec{"scheduling: {nodeSelector: {a: b c}}", "spec.scheduling.nodeSelector[\"a\"]",
                    "the value must be"},
        RefusedSpec{"scheduling: {priorityClassName: A}", "spec.scheduling.priorityClassName",
                    "lower-case"},
        RefusedSpec{"scheduling: {tolerations: [{value: a}]}",
                    "spec.scheduling.tolerations[0].operator", "Exists where key is left out"},
        RefusedSpec{"scheduling: {tolerations: [{key: a, operator: In}]}",
                    "spec.scheduling.tolerations[0].operator", "one of Exists, Equal"},
        RefusedSpec{"scheduling: {tolerations: [{key: a b, operator: Exists}]}",
                    "spec.scheduling.tolerations[0].key", "key of a taint"},
        RefusedSpec{"scheduling: {tolerations: [{key: a, operator: Exists, value: b}]}",
                    "spec.scheduling.tolerations[0].value", "not for the operator Exists"},
        RefusedSpec{"scheduling: {tolerations: [{key: a, value: b c}]}",
                    "spec.scheduling.tolerations[0].value", "at most 63"},
        RefusedSpec{"scheduling: {tolerations: [{key: a, effect: Never}]}",
                    "spec.scheduling.tolerations[0].effect", "one of NoSchedule"},
        RefusedSpec{"scheduling: {tolerations: [{key: a, tolerationSeconds: 5}]}",
                    "spec.scheduling.tolerations[0].tolerationSeconds", "effect NoExecute"}));

INSTANTIATE_TEST_SUITE_P(
    Containers, PodValidationRefuses,
    testing::Values(
        RefusedSpec{"initContainers: [{name: shop, image: i}]", "spec.initContainers[0].name",
                    "set by metadata.name already"},
        RefusedSpec{"{initContainers: [{name: a, image: i}], sidecars: [{name: a, image: i}]}",
                    "spec.sidecars[0].name", "set by spec.initContainers[0].name already"},
        RefusedSpec{"sidecars: [{name: A, image: i}]", "spec.sidecars[0].name", "lower-case"},
        RefusedSpec{"sidecars: [{name: a, image: i j}]", "spec.sidecars[0].image",
                    "without white space"},
        RefusedSpec{"sidecars: [{name: a, image: i, env: [{name: A}, {name: A}]}]",
                    "spec.sidecars[0].env[1].name", "set by spec.sidecars[0].env[0].name already"},
        RefusedSpec{
            "initContainers: [{name: a, image: i, env: [{name: A}], secrets: [{name: s, env: {A: "
            "a}}]}]",
            "spec.initContainers[0].secrets[0].env[\"A\"]",
            "set by spec.initContainers[0].env[0].name already"},
        RefusedSpec{"sidecars: [{name: a, image: i, secrets: [{name: s, mountPath: /a}, {name: t, "
                    "mountPath: /a}]}]",
                    "spec.sidecars[0].secrets[1].mountPath", "already"},
        RefusedSpec{"sidecars: [{name: a, image: i, resources: {requests: {memory: 2}, limits: "
                    "{memory: 1}}}]",
                    "spec.sidecars[0].resources.limits.memory", "at least requests.memory"},
        RefusedSpec{"sidecars: [{name: a, image: i, ports: [{name: http, port: 1}]}]",
                    "spec.sidecars[0].ports[0].name", "set by spec.ports[0].name already"},
        RefusedSpec{"sidecars: [{name: a, image: i, ports: [{name: p, port: 8080}]}]",
                    "spec.sidecars[0].ports[0].port", "set by spec.ports[0].port already"},
        RefusedSpec{"sidecars: [{name: a, image: i, ports: [{name: p, port: 1}]}, {name: b, image: "
                    "i, ports: [{name: q, port: 1}]}]",
                    "spec.sidecars[1].ports[0].port", "set by spec.sidecars[0].ports[0].port"},
        RefusedSpec{"sidecars: [{name: a, image: i, ports: [{name: P, port: 1}]}]",
                    "spec.sidecars[0].ports[0].name", "at most 15"},
        RefusedSpec{"sidecars: [{name: a, image: i, probes: {liveness: {path: /x}}}]",
                    "spec.sidecars[0].probes.liveness.port", "no main port"},
        RefusedSpec{"sidecars: [{name: a, image: i, probes: {readiness: {port: http}}}]",
                    "spec.sidecars[0].probes.readiness.port", "of which there is none"}));

std::string config_of(const std::string& value) { return "config: {files: {a: " + value + "}}"; }

TEST(PodValidation, LimitsConfigToWhatAConfigMapHolds) {
  constexpr std::size_t kMost = 1'048'576;
  const std::string most(kMost, 'x');
  EXPECT_THAT(problems_of(config_of(most)), IsEmpty());
  EXPECT_THAT(problems_of(config_of(most + "x")), Contains(Field(&Problem::path, "spec.config")));
  EXPECT_THAT(problems_of("{config: {env: {A: x}, files: {a: " + most + "}}}"), SizeIs(1));
}

TEST(PodValidation, NeverShowsAValue) {
  for (const Problem& problem : problems_of(
           "{env: [{name: A}], config: {env: {A: hunter2, 1: hunter2}, files: {A: hunter2}}, "
           "sidecars: [{name: a, image: i, env: [{name: 1A, value: hunter2}]}]}")) {
    EXPECT_THAT(problem.path + problem.message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace blueprint
