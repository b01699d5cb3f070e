#include "blueprint/pod.h"

#include "blueprint/container.h"
#include "blueprint/defaults.h"
#include "blueprint/metadata.h"
#include "blueprint/scheduling.h"
#include "blueprint/security_context.h"
#include "blueprint/volumes.h"

namespace blueprint {
namespace {

nlohmann::json pull_secrets(const api::BlueprintSpec& spec) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& name : spec.image_pull_secrets) list.push_back({{"name", name}});
  return list;
}

nlohmann::json init_containers(const Context& context) {
  nlohmann::json list = nlohmann::json::array();
  for (const api::Container& given : context.spec().sidecars)
    list.push_back(sidecar(context, given));
  for (const api::Container& given : context.spec().init_containers)
    list.push_back(init_container(context, given));
  return list;
}

nlohmann::json pod_spec(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  nlohmann::json pod{
      {"automountServiceAccountToken", spec.service_account.automount_token.value_or(false)},
      {"containers", nlohmann::json::array({main_container(context)})},
      {"enableServiceLinks", false},
      {"securityContext", pod_security_context(spec.security)},
      {"serviceAccountName", spec.service_account.name.value_or(context.name())},
      {"terminationGracePeriodSeconds", shutdown_of(spec).grace_seconds}};
  set_if_filled(pod, "imagePullSecrets", pull_secrets(spec));
  set_if_filled(pod, "initContainers", init_containers(context));
  set_if_filled(pod, "topologySpreadConstraints", topology_spread(context));
  set_if_filled(pod, "volumes", pod_volumes(context));
  pod.update(placement(context));
  return pod;
}

}  // namespace

nlohmann::json pod_template(const Context& context) {
  return {{"metadata", pod_metadata(context)}, {"spec", pod_spec(context)}};
}

}  // namespace blueprint
