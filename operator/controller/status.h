#pragma once

// What is said about a blueprint, decided by one pure function from what one pass found (api.md,
// "Status": the table there is the test's table). Conditions follow the Kubernetes API conventions
// and kstatus: Ready tells whether the service serves at the current generation, Reconciling and
// Stalled are present only while True.

#include <optional>
#include <string>
#include <vector>

#include "api/blueprint.h"
#include "api/status.h"
#include "blueprint/validation.h"
#include "controller/applier.h"
#include "controller/pod_cause.h"
#include "controller/references.h"
#include "controller/rendering.h"
#include "kube/record.h"

namespace controller {

enum class MonitoringState { kConfigured, kDisabled, kNotInstalled };

struct Observation {
  std::int64_t generation = 0;
  // Why the spec cannot be rendered. When not empty, nothing below is looked at.
  std::vector<blueprint::Problem> problems;
  // The blueprint that was applied; null with problems.
  const api::Blueprint* blueprint = nullptr;
  // With what it was rendered; null where nothing was.
  const Rendering* rendering = nullptr;
  std::vector<ChildTrouble> troubles;
  // What interrupted the pass, in words; empty when it was not.
  std::string interruption;
  std::optional<kube::DeploymentWords> deployment;
  // What the pods of a service that is not ready say is wrong.
  std::optional<PodCause> cause;
  // The value of the annotation `paused`; nothing was applied in this pass.
  std::optional<std::string> paused;
  MonitoringState monitoring = MonitoringState::kConfigured;
  std::vector<api::InventoryEntry> inventory;
  ReferenceState references;
  // Something referred to is missing, and because of that the pod template stays as it is.
  bool held_back = false;
  // Empty: nothing was applied in this pass.
  std::optional<api::PodMemory> pods;
};

// `now` is RFC 3339; it only becomes the transition time of a condition whose status changes.
api::BlueprintStatus summarize(const Observation& seen, const api::BlueprintStatus& previous,
                               const std::string& now);

// The service is not ready, and its pods may say why.
bool wants_cause(const Observation& seen, const api::BlueprintStatus& previous);

// The two differ in nothing but counts and the words that carry counts. Such a status may wait a
// little.
bool differ_in_counts_only(const api::BlueprintStatus& a, const api::BlueprintStatus& b);

}  // namespace controller
