#include "api/blueprint.h"

#include <array>
#include <limits>

#include "api/blueprint_parts.h"
#include "api/decoder.h"
#include "api/resource.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 3> kPullPolicies{"Always", "IfNotPresent", "Never"};
constexpr std::array<std::string_view, 3> kProfiles{"production", "staging", "development"};
constexpr WholeNumber kReplicas{0, 10'000};

Profile read_profile(const Cursor& at) {
  const std::string name = OneOf{kProfiles}(at);
  if (name == "development") return Profile::kDevelopment;
  return name == "staging" ? Profile::kStaging : Profile::kProduction;
}

std::string read_reference_name(const Cursor& at) { return at.required("name", read_filled_text); }

std::vector<std::string> mistakes_of_root(const nlohmann::json& object, Blueprint& blueprint) {
  std::vector<std::string> mistakes;
  const Cursor root(object, "", mistakes);
  const std::string api_version = root.required("apiVersion", read_text);
  const std::string kind = root.required("kind", read_text);
  if (mistakes.empty() &&
      (api_version != kServiceBlueprint.api_version() || kind != kServiceBlueprint.kind)) {
    mistakes.push_back("apiVersion and kind: must be " + kServiceBlueprint.api_version() + " and " +
                       std::string(kServiceBlueprint.kind));
  }
  // A reader of the whole object, so that its mistakes join those above.
  root.required("metadata", [&blueprint](const Cursor& metadata) {
    blueprint.key.name = metadata.required("name", read_filled_text);
    blueprint.key.namespace_ = metadata.value_or_empty("namespace", read_text);
    blueprint.uid = metadata.value_or_empty("uid", read_text);
    blueprint.generation = metadata.value_or_empty(
        "generation", WholeNumber{0, std::numeric_limits<std::int64_t>::max()});
    return true;
  });
  root.required("spec", [&blueprint](const Cursor& spec) {
    blueprint.spec = read_spec(spec);
    return true;
  });
  return mistakes;
}

void read_image(const Cursor& at, BlueprintSpec& spec) {
  spec.image = at.required("image", read_filled_text);
  spec.image_pull_policy = at.optional("imagePullPolicy", OneOf{kPullPolicies});
  spec.image_pull_secrets = at.value_or_empty("imagePullSecrets", ListOf{read_reference_name});
  spec.version = at.optional("version", read_filled_text);
  spec.owner = at.optional("owner", read_filled_text);
  spec.profile = at.optional("profile", read_profile);
  spec.defaults = built_in_defaults(spec.profile.value_or(Profile::kProduction));
  spec.command = at.optional("command", read_texts);
  spec.args = at.optional("args", read_texts);
  spec.working_dir = at.optional("workingDir", read_filled_text);
}

// What lives in the pods besides the main container's own fields.
void read_pod(const Cursor& at, BlueprintSpec& spec) {
  spec.config_maps = at.value_or_empty("configMaps", ListOf{read_data_source});
  spec.config = at.value_or_empty("config", read_config);
  spec.volumes = at.value_or_empty("volumes", ListOf{read_volume});
  spec.runtime = at.optional("runtime", read_runtime);
  spec.tracing = at.value_or_empty("tracing", read_tracing);
  spec.logging = at.value_or_empty("logging", read_logging);
  spec.init_containers = at.value_or_empty("initContainers", ListOf{read_init_container});
  spec.sidecars = at.value_or_empty("sidecars", ListOf{read_sidecar});
}

}  // namespace

BlueprintSpec read_spec(const Cursor& at) {
  BlueprintSpec spec;
  read_image(at, spec);
  spec.ports = at.optional("ports", ListOf{read_port});
  spec.replicas = at.optional("replicas", kReplicas);
  spec.env = at.value_or_empty("env", ListOf{read_env_var});
  spec.secrets = at.value_or_empty("secrets", ListOf{read_data_source});
  read_pod(at, spec);
  spec.resources = at.value_or_empty("resources", read_resources);
  spec.probes = at.value_or_empty("probes", read_probes);
  spec.shutdown = at.value_or_empty("shutdown", read_shutdown);
  spec.monitoring = at.value_or_empty("monitoring", read_monitoring);
  spec.autoscaling = at.optional("autoscaling", read_autoscaling);
  spec.network = at.value_or_empty("network", read_network);
  spec.expose = at.optional("expose", read_expose);
  spec.rollout = at.value_or_empty("rollout", read_rollout);
  spec.disruption = at.value_or_empty("disruption", read_disruption);
  spec.scheduling = at.value_or_empty("scheduling", read_scheduling);
  spec.security = at.value_or_empty("security", read_security);
  spec.service_account = at.value_or_empty("serviceAccount", read_service_account);
  spec.labels = at.value_or_empty("labels", read_text_map);
  spec.annotations = at.value_or_empty("annotations", read_text_map);
  spec.pod_labels = at.value_or_empty("podLabels", read_text_map);
  spec.pod_annotations = at.value_or_empty("podAnnotations", read_text_map);
  return spec;
}

Blueprint decode_blueprint(const nlohmann::json& object) {
  Blueprint blueprint;
  throw_if_any(mistakes_of_root(object, blueprint));
  return blueprint;
}

BlueprintSpec decode_spec(const nlohmann::json& spec, const std::string& path) {
  std::vector<std::string> mistakes;
  BlueprintSpec typed = read_spec(Cursor(spec, path, mistakes));
  throw_if_any(mistakes);
  return typed;
}

}  // namespace api
