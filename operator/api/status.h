#pragma once

// status of a ServiceBlueprint: what the operator says about it, and its memory of what it wrote
// (the inventory). The inventory lives in the object itself so that a restarted operator compares
// without a single request.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/condition.h"

namespace api {

// One child that exists because of this blueprint.
struct InventoryEntry {
  std::string group;
  std::string kind;
  std::string name;
  std::string uid;
  // Digest of what we last applied; see controller/applier.
  std::string intent;
  // Digest of our managedFields entry as the server returned it after that write; see
  // kube/record. Empty when the object is known but no write of ours to it has been
  // confirmed.
  std::string owned;

  bool operator==(const InventoryEntry&) const = default;
};

struct ReplicaCounts {
  std::int64_t replicas = 0;
  std::int64_t desired = 0;
  std::int64_t available = 0;
  std::int64_t ready = 0;
  std::int64_t updated = 0;

  bool operator==(const ReplicaCounts&) const = default;
};

// What the running pods were made from; see controller/pod_template.
struct PodMemory {
  std::string template_digest;  // of the pod template last applied
  std::string restart_trigger;  // its annotation
  std::string references;       // the Secrets and ConfigMaps whose change restarts, as last seen

  bool operator==(const PodMemory&) const = default;
};

struct BlueprintStatus {
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  ReplicaCounts counts;
  std::string selector;
  std::string version;
  std::vector<InventoryEntry> resources;
  // By which rules and with which defaults the children were rendered; see controller/rendering.
  // 0 and empty: nothing has been.
  std::int64_t render_version = 0;
  std::string defaults;
  PodMemory pods;

  bool operator==(const BlueprintStatus&) const = default;
};

nlohmann::json to_json(const BlueprintStatus& status);

// Anyone with the right may have edited our status, and another version may have written it: what
// is missing or of another type reads as empty, nothing throws.
BlueprintStatus status_from_json(const nlohmann::json& value);

}  // namespace api
