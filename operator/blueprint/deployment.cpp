#include "blueprint/deployment.h"

#include "blueprint/defaults.h"
#include "blueprint/metadata.h"
#include "blueprint/pod.h"
#include "blueprint/rollout.h"

namespace blueprint {

Object render_deployment(const Context& context) {
  nlohmann::json spec = rollout_fields(context.spec());
  if (!is_autoscaled(context.spec())) spec["replicas"] = replicas_of(context.spec());
  spec["selector"] = label_selector(context);
  spec["template"] = pod_template(context);
  return make_object(api::kDeployment, context, {{"spec", std::move(spec)}},
                     {.labels = version_label(context), .annotations = {}});
}

}  // namespace blueprint
