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

std::vector<Problem> problems_of_name(const std::string& name) {
  api::Blueprint blueprint = blueprint_of("");
  blueprint.key.name = name;
  return validate(blueprint);
}

TEST(Validation, AcceptsNames) {
  EXPECT_THAT(problems_of_name("a"), IsEmpty());
  EXPECT_THAT(problems_of_name(std::string(52, 'a')), IsEmpty());
  EXPECT_THAT(problems_of_name("defaults"), IsEmpty());
}

TEST(Validation, RefusesNames) {
  for (const std::string& name : {std::string(53, 'a'), std::string("1a"), std::string("a.b"),
                                  std::string("A"), std::string("default"), std::string("")}) {
    EXPECT_THAT(problems_of_name(name), SizeIs(1)) << name;
  }
}

class ValidationAccepts : public testing::TestWithParam<AcceptedSpec> {};

TEST_P(ValidationAccepts, TheSpec) { EXPECT_THAT(problems_of(GetParam().spec), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    Rules, ValidationAccepts,
    testing::ValuesIn(std::vector<AcceptedSpec>{
        {"{}"},
        {"profile: development"},
        {"ports: []"},
        {"version: 1+x"},
        {"owner: Team_A.b"},
        {"{imagePullSecrets: [{name: a}, {name: b.c}]}"},
        // ports
        {"ports: [{name: a, port: 1}, {name: b, port: 1, protocol: UDP}]"},
        {"ports: [{name: a, port: 1, servicePort: 2}, {name: b, port: 2, servicePort: 1, "
         "appProtocol: kubernetes.io/h2c}]"},
        // probes: a default port may be named, a number need not be declared, a disabled probe
        // needs no port
        {"probes: {liveness: {port: http}}"},
        {"probes: {readiness: {port: 9999}}"},
        {"{ports: [], probes: {liveness: {disabled: true, path: /x}}}"},
        {"{ports: [], probes: {liveness: {port: 1}}}"},
        {"probes: {liveness: {timeoutSeconds: 5, periodSeconds: 5, successThreshold: 1}}"},
        {"probes: {liveness: {timeoutSeconds: 11}, readiness: {periodSeconds: 1, successThreshold: "
         "3}}"},
        {"{ports: [{name: dns, port: 53, protocol: UDP}, {name: http, port: 80}], monitoring: "
         "{endpoints: [{port: http}]}, "
         "probes: {liveness: {port: http}, readiness: {port: 80}}}"},
        // monitoring
        {"monitoring: {endpoints: [{interval: 5s}, {scrapeTimeout: 45s}, {interval: 1m, "
         "scrapeTimeout: 60s, port: 8080}]}"},
        {"monitoring: {enabled: false, endpoints: []}"},
        {"{ports: [], monitoring: {enabled: true}}"},
        // variables and mounts
        {"{env: [{name: A, value: x}], secrets: [{name: s, env: {B: b}}, {name: t, env: {C: b}}]}"},
        {"secrets: [{name: s, envPrefix: ''}, {name: t, envPrefix: T_}]"},
        {"secrets: [{name: s, mountPath: /tmp}]"},
        {"secrets: [{name: s, mountPath: /a}, {name: s, mountPath: /a/b}]"},
        {"security: {writablePaths: [/tmp, /run]}"},
        {"security: {identity: FromImage}"},
        {"security: {identity: Fixed, runAsUser: 1}"},
        // lifecycle
        {"resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1000m, memory: 1024Mi}}"},
        {"resources: {limits: {memory: 1Mi}}"},
        {"resources: {requests: {memory: 9Gi}}"},
        {"shutdown: {delaySeconds: 10, drainSeconds: 18, terminationGracePeriodSeconds: 30}"},
        {"shutdown: {drainSeconds: 28, terminationGracePeriodSeconds: 30}"},
        {"shutdown: {terminationGracePeriodSeconds: 5}"},
        {"shutdown: {preStop: {httpGet: {path: /x}}}"},
        {"shutdown: {preStop: {httpGet: {port: 1}}}"},
        {"shutdown: {preStop: {httpGet: {port: http}}}"},
        {"shutdown: {preStop: {exec: {command: [a]}}}"},
        {"rollout: {maxSurge: 0, maxUnavailable: 1}"},
        {"rollout: {maxSurge: 1, maxUnavailable: 0%}"},
        {"rollout: {maxSurge: 0}"},
        {"rollout: {maxSurge: 300%, maxUnavailable: 100%}"},
        {"rollout: {strategy: Recreate}"},
        {"rollout: {minReadySeconds: 9, progressDeadlineSeconds: 10}"},
        {"rollout: {minReadySeconds: 86400}"},
        {"disruption: {maxUnavailable: 1}"},
        {"disruption: {maxUnavailable: 100%}"},
        // metadata
        {"labels: {app.kubernetes.io/part-of: a, app.kubernetes.io/component: b, team: ''}"},
        {"podLabels: {a: b}"},
        {"annotations: {app.kubernetes.io/name: any text at all}"},
        {"podAnnotations: {example.com/x: y}"},
        {"serviceAccount: {annotations: {a: b}}"},
        {"serviceAccount: {name: shared}"}}));

class ValidationRefuses : public testing::TestWithParam<RefusedSpec> {};

TEST_P(ValidationRefuses, TheSpec) {
  const auto& [spec, path, message] = GetParam();
  EXPECT_THAT(problems_of(spec), Contains(AllOf(Field(&Problem::path, path),
                                                Field(&Problem::message, HasSubstr(message)))));
}

INSTANTIATE_TEST_SUITE_P(
    Identity, ValidationRefuses,
    testing::Values(
        RefusedSpec{"image: 'a b'", "spec.image", "without white space"},
        RefusedSpec{"imagePullSecrets: [{name: A}]", "spec.imagePullSecrets[0].name", "lower-case"},
        RefusedSpec{"imagePullSecrets: [{name: a}, {name: a}]", "spec.imagePullSecrets[1].name",
                    "must differ"},
        RefusedSpec{"version: '+'", "spec.version", "a letter or digit"},
        RefusedSpec{"owner: a b", "spec.owner", "label value"},
        RefusedSpec{"serviceAccount: {name: A}", "spec.serviceAccount.name", "lower-case"},
        RefusedSpec{"serviceAccount: {name: a, annotations: {b: c}}",
                    "spec.serviceAccount.annotations", "without name"},
        RefusedSpec{"labels: {app.kubernetes.io/name: a}",
                    "spec.labels[\"app.kubernetes.io/name\"]", "part-of"},
        RefusedSpec{"labels: {serviceblueprint.dev/owner: a}",
                    "spec.labels[\"serviceblueprint.dev/owner\"]", "not allowed"},
        RefusedSpec{"labels: {a b: c}", "spec.labels[\"a b\"]", "the key must be"},
        RefusedSpec{"labels: {a: b c}", "spec.labels[\"a\"]", "the value must be"},
        RefusedSpec{"podLabels: {app.kubernetes.io/version: a}",
                    "spec.podLabels[\"app.kubernetes.io/version\"]", "component"},
        RefusedSpec{"annotations: {serviceblueprint.dev/x: a}",
                    "spec.annotations[\"serviceblueprint.dev/x\"]", "not allowed"},
        RefusedSpec{"podAnnotations: {/x: a}", "spec.podAnnotations[\"/x\"]", "the key must be"},
        RefusedSpec{"monitoring: {labels: {app.kubernetes.io/name: a}}",
                    "spec.monitoring.labels[\"app.kubernetes.io/name\"]", "set by the operator"},
        RefusedSpec{"serviceAccount: {annotations: {serviceblueprint.dev/x: a}}",
                    "spec.serviceAccount.annotations[\"serviceblueprint.dev/x\"]", "not allowed"}));

INSTANTIATE_TEST_SUITE_P(
    Traffic, ValidationRefuses,
    testing::Values(
        RefusedSpec{"ports: [{name: A, port: 1}]", "spec.ports[0].name", "lower-case"},
        RefusedSpec{"ports: [{name: a, port: 1}, {name: a, port: 2}]", "spec.ports[1].name",
                    "must differ"},
        RefusedSpec{"ports: [{name: a, port: 1}, {name: b, port: 1}]", "spec.ports[1].port",
                    "must differ"},
        RefusedSpec{"ports: [{name: a, port: 1, servicePort: 2}, {name: b, port: 2}]",
                    "spec.ports[1].servicePort", "must differ"},
        RefusedSpec{"ports: [{name: a, port: 1, appProtocol: 'a b'}]", "spec.ports[0].appProtocol",
                    "kubernetes.io/h2c"},
        RefusedSpec{"probes: {liveness: {port: admin}}", "spec.probes.liveness.port",
                    "declared TCP port: http"},
        RefusedSpec{"probes: {liveness: {port: admin, disabled: true}}",
                    "spec.probes.liveness.port", "declared"},
        RefusedSpec{"{ports: [], probes: {readiness: {port: http}}}", "spec.probes.readiness.port",
                    "of which there is none"},
        RefusedSpec{"{ports: [], probes: {readiness: {path: /x}}}", "spec.probes.readiness.port",
                    "a worker"},
        RefusedSpec{"ports: [{name: a, port: 1, protocol: UDP}]", "spec.probes.liveness.port",
                    "does not use TCP"},
        RefusedSpec{"ports: [{name: a, port: 1, protocol: UDP}]",
                    "spec.monitoring.endpoints[0].port", "does not use TCP"},
        RefusedSpec{"{ports: [{name: a, port: 1, protocol: UDP}], probes: {liveness: {port: a}}}",
                    "spec.probes.liveness.port", "declared TCP port"},
        RefusedSpec{"probes: {liveness: {path: healthz}}", "spec.probes.liveness.path",
                    "begin with '/'"},
        RefusedSpec{"probes: {readiness: {headers: [{name: 'A:', value: b}]}}",
                    "spec.probes.readiness.headers[0].name", "letters, digits"},
        RefusedSpec{"probes: {readiness: {timeoutSeconds: 6, periodSeconds: 5}}",
                    "spec.probes.readiness.timeoutSeconds", "at most periodSeconds"},
        RefusedSpec{"probes: {liveness: {successThreshold: 2}}",
                    "spec.probes.liveness.successThreshold", "must be 1"},
        RefusedSpec{"monitoring: {endpoints: []}", "spec.monitoring.endpoints", "enabled: false"},
        RefusedSpec{"monitoring: {endpoints: [{port: admin}]}", "spec.monitoring.endpoints[0].port",
                    "declared TCP port"},
        RefusedSpec{"monitoring: {endpoints: [{port: 1}]}", "spec.monitoring.endpoints[0].port",
                    "declared TCP port"},
        RefusedSpec{"{ports: [], monitoring: {endpoints: [{}]}}",
                    "spec.monitoring.endpoints[0].port", "a worker"},
        RefusedSpec{"monitoring: {endpoints: [{path: m}]}", "spec.monitoring.endpoints[0].path",
                    "begin with '/'"},
        RefusedSpec{"monitoring: {endpoints: [{interval: '30'}]}",
                    "spec.monitoring.endpoints[0].interval", "duration"},
        RefusedSpec{"monitoring: {endpoints: [{scrapeTimeout: 0s}]}",
                    "spec.monitoring.endpoints[0].scrapeTimeout", "longer than 0"},
        RefusedSpec{"monitoring: {endpoints: [{interval: 59s, scrapeTimeout: 1m}]}",
                    "spec.monitoring.endpoints[0].scrapeTimeout", "at most interval"}));

INSTANTIATE_TEST_SUITE_P(
    Environment, ValidationRefuses,
    testing::Values(
        RefusedSpec{"env: [{name: 1A}]", "spec.env[0].name", "name of a variable"},
        RefusedSpec{"env: [{name: A}, {name: A}]", "spec.env[1].name",
                    "set by spec.env[0].name already"},
        RefusedSpec{"{env: [{name: A}], secrets: [{name: s, env: {A: a}}]}",
                    "spec.secrets[0].env[\"A\"]", "set by spec.env[0].name already"},
        RefusedSpec{"secrets: [{name: s, env: {A: a}}, {name: t, env: {A: a}}]",
                    "spec.secrets[1].env[\"A\"]", "set by spec.secrets[0].env[\"A\"] already"},
        RefusedSpec{"secrets: [{name: S, envPrefix: ''}]", "spec.secrets[0].name",
                    "name of a Secret"},
        RefusedSpec{"secrets: [{name: s, env: {}}]", "spec.secrets[0].env", "must have an entry"},
        RefusedSpec{"secrets: [{name: s, env: {1: a}}]", "spec.secrets[0].env[\"1\"]",
                    "name of a variable"},
        RefusedSpec{"secrets: [{name: s, env: {A: a/b}}]", "spec.secrets[0].env[\"A\"]",
                    "key of a Secret"},
        RefusedSpec{"secrets: [{name: s, envPrefix: 1_}]", "spec.secrets[0].envPrefix",
                    "beginning of a variable"},
        RefusedSpec{"secrets: [{name: s, mountPath: a}]", "spec.secrets[0].mountPath",
                    "absolute path"},
        RefusedSpec{"secrets: [{name: s, mountPath: /a}, {name: t, mountPath: /a/}]",
                    "spec.secrets[1].mountPath", "already"},
        RefusedSpec{"secrets: [{name: s, mountPath: /a, items: [{key: a/b, path: c}]}]",
                    "spec.secrets[0].items[0].key", "key of a Secret"},
        RefusedSpec{"secrets: [{name: s, mountPath: /a, items: [{key: a, path: /c}]}]",
                    "spec.secrets[0].items[0].path", "relative"},
        RefusedSpec{
            "secrets: [{name: s, mountPath: /a, items: [{key: a, path: c}, {key: b, path: c}]}]",
            "spec.secrets[0].items[1].path", "must differ"},
        RefusedSpec{"{security: {writablePaths: [/a]}, secrets: [{name: s, mountPath: /a}]}",
                    "spec.security.writablePaths[0]", "set by spec.secrets[0].mountPath already"},
        RefusedSpec{"security: {writablePaths: [tmp]}", "spec.security.writablePaths[0]",
                    "absolute path"},
        RefusedSpec{"security: {writablePaths: [/a, /a]}", "spec.security.writablePaths[1]",
                    "already"},
        RefusedSpec{"security: {identity: FromImage, fsGroup: 5}", "spec.security.fsGroup",
                    "identity Fixed"}));

INSTANTIATE_TEST_SUITE_P(
    Lifecycle, ValidationRefuses,
    testing::Values(
        RefusedSpec{"resources: {requests: {cpu: 2}, limits: {cpu: 1999m}}",
                    "spec.resources.limits.cpu", "at least requests.cpu"},
        RefusedSpec{"resources: {requests: {memory: 1Gi}, limits: {memory: 1G}}",
                    "spec.resources.limits.memory", "at least"},
        RefusedSpec{"resources: {requests: {ephemeral-storage: 2}, limits: {ephemeral-storage: 1}}",
                    "spec.resources.limits.ephemeral-storage", "at least"},
        RefusedSpec{
            "shutdown: {delaySeconds: 10, drainSeconds: 19, terminationGracePeriodSeconds: 30}",
            "spec.shutdown.terminationGracePeriodSeconds", "here 31"},
        RefusedSpec{"shutdown: {delaySeconds: 29, terminationGracePeriodSeconds: 30}",
                    "spec.shutdown.terminationGracePeriodSeconds",
                    "at least delaySeconds + drainSeconds + 2"},
        RefusedSpec{"shutdown: {preStop: {}}", "spec.shutdown.preStop", "exactly one"},
        RefusedSpec{"shutdown: {preStop: {sleep: {seconds: 1}}}", "spec.shutdown.preStop",
                    "exactly one"},
        RefusedSpec{"shutdown: {preStop: {httpGet: {}, exec: {}}}", "spec.shutdown.preStop",
                    "exactly one"},
        RefusedSpec{"shutdown: {preStop: {exec: {command: []}}}",
                    "spec.shutdown.preStop.exec.command", "the command"},
        RefusedSpec{"shutdown: {preStop: {httpGet: {path: x}}}",
                    "spec.shutdown.preStop.httpGet.path", "begin with '/'"},
        RefusedSpec{"shutdown: {preStop: {httpGet: {port: gone}}}",
                    "spec.shutdown.preStop.httpGet.port", "declared port"},
        RefusedSpec{"{ports: [], shutdown: {preStop: {httpGet: {path: /x}}}}",
                    "spec.shutdown.preStop.httpGet.port", "declared port"},
        RefusedSpec{"rollout: {strategy: Recreate, maxSurge: 1}", "spec.rollout.maxSurge",
                    "RollingUpdate"},
        RefusedSpec{"rollout: {strategy: Recreate, maxUnavailable: 1}",
                    "spec.rollout.maxUnavailable", "RollingUpdate"},
        RefusedSpec{"rollout: {maxSurge: 0%, maxUnavailable: 0}", "spec.rollout.maxUnavailable",
                    "together with maxSurge"},
        RefusedSpec{"rollout: {maxUnavailable: 101%}", "spec.rollout.maxUnavailable",
                    "at most 100%"},
        RefusedSpec{"rollout: {minReadySeconds: 10, progressDeadlineSeconds: 10}",
                    "spec.rollout.progressDeadlineSeconds", "greater than minReadySeconds"},
        RefusedSpec{"disruption: {maxUnavailable: 0}", "spec.disruption.maxUnavailable",
                    "at least 1"},
        RefusedSpec{"disruption: {maxUnavailable: 0%}", "spec.disruption.maxUnavailable",
                    "at least 1"},
        RefusedSpec{"disruption: {maxUnavailable: 101%}", "spec.disruption.maxUnavailable",
                    "at most 100%"}));

TEST(Validation, RefusesRootEvenWhereTheDecoderWasNotAsked) {
  api::Blueprint blueprint = blueprint_of("");
  blueprint.spec.security.run_as_user = 0;
  EXPECT_THAT(validate(blueprint), Contains(Field(&Problem::path, "spec.security.runAsUser")));
}

TEST(Validation, NamesAllProblemsAtOnce) {
  EXPECT_THAT(
      problems_of("{image: 'a b', owner: '-', labels: {a b: c}, disruption: {maxUnavailable: 0}}"),
      SizeIs(4));
}

TEST(Validation, NeverShowsTheValueOfAVariable) {
  for (const Problem& problem :
       problems_of("env: [{name: 1A, value: hunter2}, {name: 1A, value: hunter2}]")) {
    EXPECT_THAT(problem.message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace blueprint
