#include "blueprint/security_context.h"

namespace blueprint {
namespace {

// "nonroot" of the distroless images.
constexpr std::int64_t kNonroot = 65532;

bool is_fixed(const api::Security& security) {
  return security.identity.value_or("Fixed") == "Fixed";
}

}  // namespace

nlohmann::json pod_security_context(const api::Security& security) {
  nlohmann::json context{{"runAsNonRoot", true}, {"seccompProfile", {{"type", "RuntimeDefault"}}}};
  if (!is_fixed(security)) return context;
  context["runAsUser"] = security.run_as_user.value_or(kNonroot);
  context["runAsGroup"] = security.run_as_group.value_or(kNonroot);
  context["fsGroup"] = security.fs_group.value_or(kNonroot);
  context["fsGroupChangePolicy"] = "OnRootMismatch";
  return context;
}

nlohmann::json container_security_context(const api::Security& security) {
  nlohmann::json context{
      {"allowPrivilegeEscalation", false},
      {"capabilities", {{"drop", nlohmann::json::array({"ALL"})}}},
      {"privileged", false},
      {"readOnlyRootFilesystem", security.read_only_root_filesystem.value_or(true)},
      {"runAsNonRoot", true}};
  if (!is_fixed(security)) return context;
  context["runAsUser"] = security.run_as_user.value_or(kNonroot);
  context["runAsGroup"] = security.run_as_group.value_or(kNonroot);
  return context;
}

}  // namespace blueprint
