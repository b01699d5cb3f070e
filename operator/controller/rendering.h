#pragma once

// With which defaults and by which version of the rules a blueprint is rendered: those that its
// status keeps until its author changes it, so that neither a changed default nor a new release
// restarts a running pod (api.md, "Defaults by profile").
//
// status.renderVersion is the version; status.defaults is canonical JSON of the defaults that the
// blueprint used, named as in a spec, and of one key more:
//
//   {"replicas":2,"shutdown":{"delaySeconds":10,...},"spec":"9f3c5ad1e0b742c8", ...}
//
// "spec" is the digest of the spec without `replicas`. The author has changed the blueprint when it
// differs: neither metadata.generation, which counts changes of `replicas` too, nor
// observedGeneration, which moves on an invalid spec, can tell.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/blueprint.h"
#include "api/status.h"
#include "blueprint/blueprint.h"
#include "blueprint/platform.h"
#include "blueprint/validation.h"

namespace controller {

struct Rendering {
  // What to render: the author's spec with its defaults and with what the platform enforces.
  api::Blueprint blueprint;
  // Why it cannot be rendered; empty when it can.
  std::vector<blueprint::Problem> problems;
  blueprint::Facts facts;
  // The pod template was rendered by a version that this release does not know (a newer release
  // made it, or one that is long gone). It stays as it is until the author changes the blueprint.
  bool keep_template = false;

  // For the status, once it is rendered.
  std::string defaults;
  std::int64_t version = blueprint::kRenderVersion;
};

// `authored` is the blueprint as its author wrote it, decoded from `spec`; `status` is the one that
// is kept with it. Pure.
Rendering decide_rendering(api::Blueprint authored, const nlohmann::json& spec,
                           const api::BlueprintStatus& status, const blueprint::Platform& platform);

// The children, with the annotation of that text on the pods; empty: none. REQUIRES: no problems.
std::vector<blueprint::Object> render(const Rendering& rendering,
                                      const std::string& restart_trigger = {});

// For people: that and why a pod template is left as it is; empty when it is not.
std::string template_notice(const Rendering& rendering);

}  // namespace controller
