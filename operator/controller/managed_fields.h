#pragma once

// JSON patches (RFC 6902) that set the ownership of a child right. Each is guarded: it replaces
// metadata.resourceVersion by the one that was looked at, so a newer object answers 409. (With op
// `test` it would be a 422 that looks like a denial.)

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "kube/record.h"

namespace controller {

// A POST leaves an entry of operation Update. Apply would not touch it, so fields that a later
// apply drops would stay: the entry is turned into an Apply entry, once in an object's life. Where
// an Apply entry of ours exists beside it, the Update entry is removed instead: turning it would
// replace the other and lose what that owns. Empty when there is nothing to set right.
std::optional<std::string> ownership_patch(const kube::ChildRecord& record);

// Someone changed the key of a list element of ours (a Service's port, a container's port): the
// apply would add ours beside theirs, and the names clash. The key is set back in place; `live` and
// `desired` are whole objects. Empty when no element of `live` is ours under another key.
std::optional<std::string> list_key_patch(const nlohmann::json& live,
                                          const nlohmann::json& desired);

}  // namespace controller
