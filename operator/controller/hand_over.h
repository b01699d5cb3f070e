#pragma once

// Who counts a Deployment's replicas: the blueprint, or an autoscaler. Dropping spec.replicas as
// its only owner sets it to 1, and an autoscaler's value wins over a declared one while it lives;
// so the count changes hands in steps (api.md, "Children"), each of which leaves a state from which
// the next pass goes on. Private to this folder.

#include <optional>
#include <vector>

#include "controller/pruning.h"

namespace controller {

class HandOver {
 public:
  HandOver(const PassContext& context, ChildWriter& writer, Pruning& pruning,
           const std::vector<blueprint::Object>& desired);

  // To the blueprint: an autoscaler of ours is gone. False: not yet, and reported.
  bool free_of_autoscaler();

  // To an autoscaler, which does not act on 0: the count that a new Deployment begins with.
  void add_first_count(const blueprint::Object& object, nlohmann::json& body) const;
  // The running count, at least the minimum, to a manager that holds it until the autoscaler
  // writes it. `record` is then the newer one. False: refused, and reported.
  bool give_count_away(const blueprint::Object& object, kube::ChildRecord& record);
  // The Deployment is ours and its count is not: the autoscaler may be made.
  bool complete() const;

 private:
  const PassContext& context_;
  ChildWriter& writer_;
  Pruning& pruning_;
  std::optional<std::int64_t> minimum_;  // empty: no autoscaler is wanted
};

}  // namespace controller
