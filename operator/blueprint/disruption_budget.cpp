#include "blueprint/disruption_budget.h"

#include "blueprint/int_or_percent.h"
#include "blueprint/metadata.h"

namespace blueprint {

Object render_disruption_budget(const Context& context) {
  const api::IntOrPercent max_unavailable =
      context.spec().disruption.max_unavailable.value_or(std::int64_t{1});
  nlohmann::json spec{{"maxUnavailable", to_json(max_unavailable)},
                      {"selector", label_selector(context)},
                      {"unhealthyPodEvictionPolicy", "AlwaysAllow"}};
  return make_object(api::kPodDisruptionBudget, context, {{"spec", std::move(spec)}});
}

}  // namespace blueprint
