// What holds for every blueprint, tried on many: each optional part alone, all of them together,
// and pairs.

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "blueprint/validation.h"

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

// A value for each optional field, legal beside all the others.
constexpr const char* kParts = R"(
imagePullPolicy: Always
imagePullSecrets: [{name: registry}]
version: 9.9+b
owner: team
profile: development
command: [run]
args: [a, b]
workingDir: /srv
ports:
- {name: http, port: 80}
- {name: rpc, port: 90, appProtocol: grpc}
- {name: dns, port: 53, protocol: UDP}
replicas: 7
env:
- {name: LOG_LEVEL, value: warn}
- {name: A, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
secrets:
- {name: s, env: {PORT: p, X: x}}
- {name: t, envPrefix: T_, optional: true}
- {name: u, mountPath: /u}
resources: {requests: {memory: 1Gi}, limits: {cpu: 2}}
probes:
  liveness: {tcp: true}
  readiness: {path: /r, port: http}
  startup: {budgetSeconds: 60}
shutdown: {delaySeconds: 3, terminationGracePeriodSeconds: 40}
monitoring: {labels: {a: b}, endpoints: [{port: http, interval: 10s}]}
rollout: {maxSurge: 0, minReadySeconds: 5, restartToken: x}
disruption: {enabled: true, maxUnavailable: 20%}
scheduling: {spread: Host, nodeSelector: {a: b}, tolerations: [{operator: Exists}], priorityClassName: high,
  affinity: {nodeAffinity: {x: y}}}
security: {runAsUser: 5, writablePaths: [/a, /b]}
serviceAccount: {annotations: {a: b}, automountToken: true}
configMaps:
- {name: s, env: {SERVICE_NAME: n, Y: y}}
- {name: t, envPrefix: T_}
- {name: u, mountPath: /m, items: [{key: k, path: p}]}
config: {env: {POD_IP: '1', Z: z}, files: {f.yaml: 'a: b'}, mountPath: /tmp}
volumes:
- {name: data, mountPath: /data, persistentVolumeClaim: {claimName: data}}
- {name: fast, mountPath: /fast, readOnly: true, emptyDir: {medium: Memory}}
runtime: Go
tracing: {enabled: true, endpoint: 'http://otel:4318', resourceAttributes: {a: b}}
logging: {level: trace, format: text}
initContainers:
- {name: init, image: i, secrets: [{name: s, mountPath: /u}, {name: t, env: {A: a}}], env: [{name: B}]}
sidecars:
- name: side
  image: i
  ports: [{name: proxy, port: 15000}]
  probes: {readiness: {tcp: true}}
  secrets: [{name: s, mountPath: /tmp}]
labels: {team: a}
annotations: {x: y}
podLabels: {tier: b}
podAnnotations: {z: w}
)";

json all_parts() { return spec_json(kParts); }

// A spec with one or two of the parts.
json some_parts(const json& all, const std::string& one, const std::string& other) {
  return {{"image", all.at("image")}, {one, all.at(one)}, {other, all.at(other)}};
}

std::vector<json> bodies_of(const json& spec) {
  api::Blueprint blueprint;
  blueprint.key = {"store", "shop"};
  blueprint.spec = api::decode_spec(spec);
  EXPECT_TRUE(validate(blueprint).empty()) << spec;
  std::vector<json> bodies;
  for (Object& object : render(blueprint, {})) bodies.push_back(std::move(object.body));
  return bodies;
}

void for_each_spec(const std::function<void(const json&)>& check) {
  const json all = all_parts();
  check(spec_json(""));
  check(spec_json("ports: []"));
  check(all);
  for (const auto& [one, value] : all.items()) {
    for (const auto& [other, second] : all.items()) {
      if (one <= other) check(some_parts(all, one, other));
    }
  }
}

bool holds_null(const json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), holds_null);
}

// An empty map or list claims a field that means nothing; only an emptyDir is meant to be empty.
bool holds_empty(const json& value) {
  if (!value.is_structured()) return false;
  if (value.empty()) return true;
  for (const auto& [key, field] : value.items()) {
    if (key != "emptyDir" && holds_empty(field)) return true;
  }
  return false;
}

TEST(Render, IsDeterministic) {
  for_each_spec([](const json& spec) { EXPECT_EQ(bodies_of(spec), bodies_of(spec)); });
}

TEST(Render, GivesAFreshBlueprintsChildrenOnceAFieldIsRemoved) {
  const json all = all_parts();
  for (const auto& [part, value] : all.items()) {
    if (part == "image") continue;
    json without = all;
    without.erase(part);
    json null = all;
    null[part] = nullptr;
    EXPECT_EQ(bodies_of(without), bodies_of(null)) << part;
    EXPECT_NE(bodies_of(without), bodies_of(all)) << part << " has no effect";
  }
}

TEST(Render, WritesNoNullsAndNothingEmpty) {
  for_each_spec([](const json& spec) {
    for (const json& body : bodies_of(spec)) {
      EXPECT_FALSE(holds_null(body)) << body;
      EXPECT_FALSE(holds_empty(body)) << body;
    }
  });
}

// Every pod, and the list of all its containers.
void for_each_pod(const std::function<void(const json& pod, const json& containers)>& check) {
  for_each_spec([&check](const json& spec) {
    for (const json& body : bodies_of(spec)) {
      if (body.at("kind") != "Deployment") continue;
      const json& pod = body.at("/spec/template/spec"_json_pointer);
      json containers = pod.at("containers");
      for (const json& container : pod.value("initContainers", json::array()))
        containers.push_back(container);
      check(pod, containers);
    }
  });
}

// The values of `field` in a list of objects; a value that is there twice fails.
std::set<std::string> distinct(const json& list, const char* field) {
  std::set<std::string> values;
  for (const json& entry : list)
    EXPECT_TRUE(values.insert(entry.at(field)).second) << entry << " in " << list;
  return values;
}

TEST(Render, NamesEachVariableOnce) {
  for_each_pod([](const json& /*pod*/, const json& containers) {
    for (const json& container : containers)
      distinct(container.value("env", json::array()), "name");
  });
}

TEST(Render, HasTheVolumesThatItMounts) {
  for_each_pod([](const json& pod, const json& containers) {
    std::set<std::string> mounted;
    for (const json& container : containers) {
      distinct(container.at("volumeMounts"), "mountPath");
      for (const json& mount : container.at("volumeMounts")) mounted.insert(mount.at("name"));
    }
    EXPECT_EQ(mounted, distinct(pod.at("volumes"), "name")) << pod;
  });
}

TEST(Render, ConfinesEveryContainer) {
  for_each_pod([](const json& /*pod*/, const json& containers) {
    for (const json& container : containers) {
      const json& context = container.at("securityContext");
      EXPECT_EQ(context.at("allowPrivilegeEscalation"), false) << container;
      EXPECT_EQ(context.at("runAsNonRoot"), true) << container;
      EXPECT_EQ(context.at("capabilities"), json::parse(R"({"drop": ["ALL"]})")) << container;
      EXPECT_TRUE(container.contains("/resources/limits/memory"_json_pointer)) << container;
    }
  });
}

TEST(Render, NamesEachContainerAndPortOnce) {
  for_each_pod([](const json& /*pod*/, const json& containers) {
    distinct(containers, "name");
    json ports = json::array();
    for (const json& container : containers) {
      for (const json& port : container.value("ports", json::array())) ports.push_back(port);
    }
    distinct(ports, "name");
  });
}

TEST(Render, NeverChangesSelectors) {
  const json expected{{"app.kubernetes.io/instance", "shop"}, {"app.kubernetes.io/name", "shop"}};
  for_each_spec([&expected](const json& spec) {
    for (const json& body : bodies_of(spec)) {
      if (body.at("kind") == "Service") {
        EXPECT_EQ(body.at("spec").at("selector"), expected);
      }
      if (body.contains("/spec/selector/matchLabels"_json_pointer)) {
        EXPECT_EQ(body.at("/spec/selector/matchLabels"_json_pointer), expected);
      }
    }
  });
}

TEST(Render, WritesChildrenInTheOrderOfTheirCreation) {
  std::vector<std::string_view> kinds;
  for (const Object& object : render(blueprint_of(""), {})) kinds.push_back(object.resource.kind);
  EXPECT_EQ(kinds, (std::vector<std::string_view>{"ServiceAccount", "Deployment", "Service",
                                                  "PodDisruptionBudget", "ServiceMonitor"}));
}

TEST(Render, NamesEveryChildLikeTheBlueprint) {
  for (const Object& object : render(blueprint_of(""), {})) {
    EXPECT_EQ(object.key, (api::ObjectKey{"store", "shop"}));
    EXPECT_EQ(object.body.at("/metadata/name"_json_pointer), "shop");
    EXPECT_EQ(object.body.at("apiVersion"), object.resource.api_version());
  }
}

TEST(Render, LeavesOutWhatTheBlueprintTurnsOff) {
  EXPECT_EQ(child_of(blueprint_of("serviceAccount: {name: other}"), "ServiceAccount"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("ports: []"), "Service"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("ports: []"), "ServiceMonitor"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("replicas: 0"), "PodDisruptionBudget"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("disruption: {enabled: false}"), "PodDisruptionBudget"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("monitoring: {enabled: false}"), "ServiceMonitor"), nullptr);
}

TEST(Render, GivesServiceMonitorsTheLabelsOfThePlatformUnlessGiven) {
  const Facts facts{.monitor_labels = {{"release", "prometheus"}, {"shard", "one"}}};
  const json labels = render(blueprint_of("monitoring: {labels: {shard: two}}"), facts)
                          .back()
                          .body.at("/metadata/labels"_json_pointer);
  EXPECT_EQ(labels.at("release"), "prometheus");
  EXPECT_EQ(labels.at("shard"), "two");
}

}  // namespace
}  // namespace blueprint
