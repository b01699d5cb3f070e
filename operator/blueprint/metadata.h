#pragma once

// apiVersion, kind and metadata of the children, and the labels of pods.

#include <string>

#include <nlohmann/json.hpp>

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// What a child has besides what every child has.
struct ExtraMetadata {
  api::StringMap labels;
  api::StringMap annotations;
};

// A child named like the blueprint. `body` holds what comes besides metadata.
// Where labels or annotations have the same key, the standard ones win over `extra`, which wins
// over the blueprint's.
Object make_object(const api::Resource& resource, const Context& context, nlohmann::json body,
                   ExtraMetadata extra = {});

// The labels of pods: the selector's, version, managed-by and podLabels, no more, because every
// change of them rolls. The annotations: podAnnotations, and what restarts the pods when it
// changes, the blueprint's token and the digest of the Secrets and ConfigMaps.
nlohmann::json pod_metadata(const Context& context);

// app.kubernetes.io/version, a label of the Deployment and its pods only; empty when no legal value
// can be made.
api::StringMap version_label(const Context& context);

// {"matchLabels": ...}
nlohmann::json label_selector(const Context& context);

}  // namespace blueprint
