#pragma once

// Which of all the things that pods say best tells a person why the service does not get ready.

#include <optional>
#include <string>
#include <vector>

#include "kube/pod_words.h"

namespace controller {

// Reason and message of the condition Available. The message names no pod and no count of restarts:
// it stays the same while the cause does.
struct PodCause {
  std::string reason;
  std::string message;

  bool operator==(const PodCause&) const = default;
};

// Whether a container that runs and is not ready counts as one whose probe fails: for a while each
// new one is like that.
enum class Patience { kStillStarting, kOverdue };

// Looks at the pods of the newest template only, whatever their order. Pure.
std::optional<PodCause> choose_cause(const std::vector<kube::PodWords>& pods, Patience patience);

// One of the reasons that choose_cause() gives.
bool is_pod_cause(const std::string& reason);

}  // namespace controller
