#include "controller/hand_over.h"

#include <algorithm>

namespace controller {

using nlohmann::json;

HandOver::HandOver(const PassContext& context, ChildWriter& writer, Pruning& pruning,
                   const std::vector<blueprint::Object>& desired)
    : context_(context), writer_(writer), pruning_(pruning) {
  for (const blueprint::Object& object : desired) {
    if (object.resource != api::kHorizontalPodAutoscaler) continue;
    minimum_ = object.body.value(json::json_pointer("/spec/minReplicas"), std::int64_t{1});
  }
}

bool HandOver::free_of_autoscaler() {
  return minimum_ || pruning_.take_away(api::kHorizontalPodAutoscaler, context_.owner.key.name);
}

void HandOver::add_first_count(const blueprint::Object& object, json& body) const {
  if (minimum_ && object.resource == api::kDeployment) body["spec"]["replicas"] = *minimum_;
}

bool HandOver::give_count_away(const blueprint::Object& object, kube::ChildRecord& record) {
  const bool ours =
      object.resource == api::kDeployment && record.deployment && record.deployment->owns_replicas;
  if (!minimum_ || !ours) return true;
  return writer_.apply_replicas(object, record,
                                std::max(record.deployment->spec_replicas, *minimum_));
}

bool HandOver::complete() const {
  const auto record = context_.children.of(api::kDeployment).store->get(context_.owner.key);
  return record && context_.owns(*record) && record->deployment &&
         !record->deployment->owns_replicas;
}

}  // namespace controller
