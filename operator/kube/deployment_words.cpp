#include "kube/deployment_words.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/digest.h"
#include "kube/json_reader.h"

namespace kube {
namespace {

using namespace reader;
using simdjson::ondemand::document;
using simdjson::ondemand::parser;

struct StatusCondition {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
};

StatusCondition read_condition(object json) {
  StatusCondition condition;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "type")
      condition.type = text_of(value);
    else if (key == "status")
      condition.status = text_of(value);
    else if (key == "reason")
      condition.reason = text_of(value);
    else if (key == "message")
      condition.message = text_of(value);
  });
  return condition;
}

// Reasons of Kubernetes' deployment controller (pkg/controller/deployment/util).
Progress progress_of(const StatusCondition& condition) {
  if (condition.reason == "ProgressDeadlineExceeded") return Progress::kDeadlineExceeded;
  const bool complete = condition.status == "True" && condition.reason == "NewReplicaSetAvailable";
  return complete ? Progress::kComplete : Progress::kProgressing;
}

void add_condition(DeploymentWords& words, object json) {
  const StatusCondition condition = read_condition(json);
  if (condition.type == "Progressing") words.progress = progress_of(condition);
  if (condition.type == "ReplicaFailure" && condition.status == "True")
    words.replica_failure = condition.message;
}

// fieldsV1 names an element of a keyed list by its key fields.
std::string element_key(std::string_view name) {
  return R"(k:{"name":")" + std::string(name) + R"("})";
}

struct OwnedContainer {
  std::string key;
  std::vector<std::string> env;  // keys of the variables
};

OwnedContainer owned_container(std::string_view key, object fields) {
  OwnedContainer container{std::string(key), {}};
  for_each_member(fields, [&](std::string_view field, auto value) {
    if (field != "f:env") return;
    for_each_member(object_of(value),
                    [&](std::string_view variable, auto) { container.env.emplace_back(variable); });
  });
  return container;
}

// Of a list at spec.template.spec, in fieldsV1's notation.
std::vector<OwnedContainer> owned_containers(std::string_view fields, const char* list) {
  thread_local parser json;
  document root;
  object containers;
  std::vector<OwnedContainer> owned;
  if (fields.empty() || json.iterate(padded(fields)).get(root) != SUCCESS ||
      root["f:spec"]["f:template"]["f:spec"][list].get_object().get(containers) != SUCCESS) {
    return owned;
  }
  for_each_member(containers, [&](std::string_view key, auto value) {
    if (key.starts_with("k:")) owned.push_back(owned_container(key, object_of(value)));
  });
  return owned;
}

struct LiveContainer {
  std::string key;
  std::vector<std::string> env;
};

LiveContainer live_container(object json) {
  LiveContainer container;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "name") container.key = element_key(text_of(value));
    if (key != "env") return;
    for_each_object(value, [&](object variable) {
      for_each_member(variable, [&](std::string_view field, auto name) {
        if (field == "name") container.env.push_back(element_key(text_of(name)));
      });
    });
  });
  return container;
}

void add_order(api::Digest& digest, const LiveContainer& live,
               const std::vector<OwnedContainer>& owned) {
  const auto ours = std::find_if(owned.begin(), owned.end(), [&](const OwnedContainer& container) {
    return container.key == live.key;
  });
  if (ours == owned.end()) return;
  digest.add(live.key);
  for (const std::string& variable : live.env) {
    if (std::find(ours->env.begin(), ours->env.end(), variable) != ours->env.end())
      digest.add(variable);
  }
}

void add_list_order(api::Digest& digest, std::string_view spec, const char* list,
                    const std::vector<OwnedContainer>& owned) {
  if (owned.empty()) return;
  thread_local parser json;
  document root;
  if (json.iterate(padded(spec)).get(root) != SUCCESS) throw DecodeError("malformed spec");
  for_each_object(root["template"]["spec"][list],
                  [&](object container) { add_order(digest, live_container(container), owned); });
}

}  // namespace

DeploymentWords read_deployment_words(std::string_view spec, std::string_view status) {
  thread_local parser json;
  document root;
  DeploymentWords words;
  if (json.iterate(padded(spec)).get(root) != SUCCESS) throw DecodeError("malformed spec");
  std::int64_t replicas = 0;
  if (root["replicas"].get_int64().get(replicas) == SUCCESS) words.spec_replicas = replicas;
  if (status.empty()) return words;
  if (json.iterate(padded(status)).get(root) != SUCCESS) throw DecodeError("malformed status");
  for_each_member(object_of(root), [&](std::string_view key, auto value) {
    if (key == "observedGeneration")
      words.observed_generation = number_of(value);
    else if (key == "replicas")
      words.replicas = number_of(value);
    else if (key == "updatedReplicas")
      words.updated = number_of(value);
    else if (key == "readyReplicas")
      words.ready = number_of(value);
    else if (key == "availableReplicas")
      words.available = number_of(value);
    else if (key == "conditions")
      for_each_object(value, [&](object one) { add_condition(words, one); });
  });
  return words;
}

bool owns_replicas(std::string_view own_fields) {
  thread_local parser json;
  document root;
  object replicas;
  return !own_fields.empty() && json.iterate(padded(own_fields)).get(root) == SUCCESS &&
         root["f:spec"]["f:replicas"].get_object().get(replicas) == SUCCESS;
}

std::uint64_t digest_order(std::string_view spec, std::string_view own_fields) {
  api::Digest digest;
  add_list_order(digest, spec, "initContainers", owned_containers(own_fields, "f:initContainers"));
  add_list_order(digest, spec, "containers", owned_containers(own_fields, "f:containers"));
  return digest.value();
}

}  // namespace kube
