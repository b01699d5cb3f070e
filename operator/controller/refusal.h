#pragma once

// What a server's definite no means for a blueprint.

#include <string_view>

#include "kube/error.h"

namespace controller {

enum class Refusal {
  kForbidden,         // we lack a right
  kQuotaExceeded,     // a ResourceQuota is used up
  kAdmissionDenied,   // a policy, a webhook, or the schema says no
  kIdentityChanged,   // the object is not the one we knew, or is gone: plan again
  kStale,             // a guarded write found a newer resourceVersion: plan again
  kDuplicateListKey,  // someone changed the key of a list element that is ours
  kNamespaceEnding,   // the namespace is being deleted, or is gone
  kNotInstalled,      // the API server does not serve the kind
};

// `error` is the answer to a create, apply, patch or delete. Decides by code, reason and causes;
// the message only where Kubernetes gives no code (a quota's 403 differs from a missing right's in
// its words alone).
Refusal classify(const kube::ApiError& error);

}  // namespace controller
