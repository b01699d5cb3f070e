#pragma once

// What one pass does to the pod template on account of what the pods refer to: which restart
// trigger it is rendered with, and whether it must stay as it is because something is missing that
// new pods would hang on. Pure.
//
// A template is held back only where it differs from the one last applied: with a Secret that is
// deleted after the rollout nothing changes, and replicas go on in either case.

#include <functional>
#include <optional>
#include <vector>

#include "api/status.h"
#include "blueprint/blueprint.h"
#include "controller/references.h"
#include "controller/restart_trigger.h"

namespace controller {

// What the pass starts from.
struct PodFacts {
  const std::vector<Reference>& references;
  const Look& look;
  const api::PodMemory& memory;
  const RestartNotes& notes;
  base::SteadyTime now;
};

struct PodPlan {
  // What is to be written; the Deployment says whether its template is kept.
  std::vector<blueprint::Object> objects;
  ReferenceState references;
  bool held_back = false;
  // For the status; the digest is to be put into it once everything has been applied.
  api::PodMemory memory;
  std::string template_digest;
  RestartNotes notes;
  std::optional<std::chrono::nanoseconds> again;
};

// `render` makes the objects with a given restart trigger.
PodPlan plan_pods(
    const PodFacts& facts,
    const std::function<std::vector<blueprint::Object>(const std::string& trigger)>& render);

}  // namespace controller
