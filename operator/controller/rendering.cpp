#include "controller/rendering.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/digest.h"
#include "api/resource.h"
#include "blueprint/defaults.h"

namespace controller {
namespace {

using nlohmann::json;

constexpr const char* kSpecKey = "spec";

// status.defaults, read. Others may have edited it: what cannot be read is left out.
struct Kept {
  api::Settings settings;
  std::string spec;  // digest; empty when there is none

  bool readable() const { return !spec.empty(); }
};

Kept read_kept(const std::string& text) {
  const json value = json::parse(text, nullptr, false);
  if (!value.is_object()) return {};
  const auto digest = value.find(kSpecKey);
  if (digest == value.end() || !digest->is_string()) return {};
  return {api::salvage_settings(value), digest->get<std::string>()};
}

std::string to_text(const Kept& kept) {
  json value = api::to_json(kept.settings);
  value[kSpecKey] = kept.spec;
  return value.dump();
}

std::string digest_without_replicas(json spec) {
  spec.erase("replicas");
  return api::to_hex(api::digest_of(spec.dump()));
}

// The default number holds for the replicas themselves, or for the least number of an autoscaler.
bool uses_replicas(const api::BlueprintSpec& spec) {
  return spec.autoscaling ? !spec.autoscaling->min_replicas : !spec.replicas;
}

// The default of each field that the author left out: of the main container, or of one beside it,
// which has no pull policy and takes every default but those of its requests and memory.
api::Settings used_defaults(const api::BlueprintSpec& spec, const api::Defaults& defaults) {
  api::Settings used;
  const bool alone = spec.sidecars.empty() && spec.init_containers.empty();
  const auto use_unless = [](bool given, auto& place, const auto& value) {
    if (!given) place = value;
  };
  if (uses_replicas(spec)) used.replicas = defaults.replicas;
  const auto& [requests, limits] = spec.resources;
  use_unless(requests.cpu.has_value(), used.cpu_request, defaults.cpu_request);
  use_unless(requests.memory.has_value(), used.memory_request, defaults.memory_request);
  use_unless(requests.ephemeral_storage && alone, used.ephemeral_storage_request,
             defaults.ephemeral_storage_request);
  use_unless(limits.cpu && alone, used.cpu_limit, defaults.cpu_limit);
  use_unless(limits.memory.has_value(), used.memory_limit, defaults.memory_limit);
  use_unless(limits.ephemeral_storage && alone, used.ephemeral_storage_limit,
             defaults.ephemeral_storage_limit);
  use_unless(spec.disruption.enabled.has_value(), used.disruption, defaults.disruption);
  use_unless(spec.shutdown.delay_seconds.has_value(), used.delay_seconds, defaults.delay_seconds);
  use_unless(spec.shutdown.drain_seconds.has_value(), used.drain_seconds, defaults.drain_seconds);
  use_unless(spec.scheduling.spread.has_value(), used.spread,
             std::string(api::name_of(defaults.spread)));
  use_unless(spec.scheduling.priority_class_name.has_value(), used.priority_class_name,
             defaults.priority_class_name);
  use_unless(spec.logging.level.has_value(), used.log_level, defaults.log_level);
  use_unless(spec.logging.format.has_value(), used.log_format, defaults.log_format);
  const bool traced = spec.tracing.enabled.value_or(false);
  use_unless(spec.tracing.sampling_ratio || !traced, used.sampling_ratio, defaults.sampling_ratio);
  use_unless(spec.image_pull_policy && alone, used.image_pull_policy, defaults.image_pull_policy);
  use_unless(spec.network.policy.has_value(), used.network_policy, defaults.network_policy);
  return used;
}

// Where the kept settings are silent on a field that may have no default, there was none.
api::Defaults as_kept(const api::Defaults& current, const api::Settings& kept) {
  api::Defaults defaults = current;
  defaults.cpu_limit.reset();
  defaults.ephemeral_storage_request.reset();
  defaults.ephemeral_storage_limit.reset();
  defaults.image_pull_policy.reset();
  defaults.priority_class_name.reset();
  return api::replaced(std::move(defaults), kept);
}

bool has_deployment(const api::BlueprintStatus& status) {
  return std::any_of(
      status.resources.begin(), status.resources.end(),
      [](const api::InventoryEntry& entry) { return entry.kind == api::kDeployment.kind; });
}

bool is_known(std::int64_t version) {
  return version == blueprint::kRenderVersion || version == blueprint::kPreviousRenderVersion;
}

// What holds for the blueprint as it is now.
struct Choice {
  api::Defaults defaults;
  std::int64_t version = blueprint::kRenderVersion;
  bool keep_template = false;
  std::string text;
};

// Also a blueprint that was never rendered.
Choice choose_anew(const api::BlueprintSpec& spec, std::string digest,
                   const api::Defaults& current) {
  return {.defaults = current, .text = to_text({used_defaults(spec, current), std::move(digest)})};
}

// Rendered by the release before versions were kept, which knew the built-in table alone.
Choice choose_first_version(const api::BlueprintSpec& spec, std::string digest) {
  const api::Defaults& table = api::built_in_defaults(blueprint::profile_of(spec));
  Choice choice = choose_anew(spec, std::move(digest), table);
  choice.version = blueprint::kPreviousRenderVersion;
  return choice;
}

Choice choose_kept(const api::BlueprintSpec& spec, Kept kept, const api::BlueprintStatus& status,
                   const api::Defaults& current) {
  Choice choice{.defaults = as_kept(current, kept.settings),
                .version = status.render_version,
                .keep_template = !is_known(status.render_version),
                .text = status.defaults};
  // Another release may keep more than this one can read.
  if (choice.keep_template) return choice;
  // `replicas` alone may have been given before and be left out now.
  if (uses_replicas(spec) && !kept.settings.replicas)
    kept.settings.replicas = choice.defaults.replicas;
  choice.text = to_text(kept);
  return choice;
}

Choice choose(const api::Blueprint& authored, const json& raw, const api::BlueprintStatus& status,
              const api::Defaults& current) {
  const bool observed = status.observed_generation == authored.generation;
  std::string digest = digest_without_replicas(raw);
  if (status.render_version == 0) {
    return observed && has_deployment(status)
               ? choose_first_version(authored.spec, std::move(digest))
               : choose_anew(authored.spec, std::move(digest), current);
  }
  Kept kept = read_kept(status.defaults);
  // What another release kept may be unreadable here; then the generation has to tell.
  const bool unchanged =
      kept.readable() ? kept.spec == digest : observed && !is_known(status.render_version);
  if (unchanged) return choose_kept(authored.spec, std::move(kept), status, current);
  Choice choice = choose_anew(authored.spec, std::move(digest), current);
  // The defaults are lost; the version is not.
  if (observed && !kept.readable()) choice.version = status.render_version;
  return choice;
}

// A problem that only arises from what is enforced is none of the author's making.
std::vector<blueprint::Problem> problems_of(const api::Blueprint& effective,
                                            const api::Blueprint& authored) {
  std::vector<blueprint::Problem> problems = blueprint::validate(effective);
  if (problems.empty() || !blueprint::validate(authored).empty()) return problems;
  for (blueprint::Problem& problem : problems)
    problem.message += " (with what the platform's configuration enforces)";
  return problems;
}

}  // namespace

Rendering decide_rendering(api::Blueprint authored, const json& spec,
                           const api::BlueprintStatus& status,
                           const blueprint::Platform& platform) {
  Choice choice =
      choose(authored, spec, status, platform.defaults_of(blueprint::profile_of(authored.spec)));
  authored.spec.defaults = std::move(choice.defaults);
  Rendering rendering{.blueprint = authored,
                      .facts = blueprint::facts_of(platform),
                      .keep_template = choice.keep_template,
                      .defaults = std::move(choice.text),
                      .version = choice.version};
  rendering.blueprint.spec =
      blueprint::enforced_on(std::move(rendering.blueprint.spec), platform.enforced);
  rendering.facts.render_version =
      choice.keep_template ? blueprint::kRenderVersion : choice.version;
  rendering.problems = problems_of(rendering.blueprint, authored);
  return rendering;
}

std::vector<blueprint::Object> render(const Rendering& rendering,
                                      const std::string& restart_trigger) {
  blueprint::Facts facts = rendering.facts;
  facts.restart_trigger = restart_trigger;
  std::vector<blueprint::Object> objects = blueprint::render(rendering.blueprint, facts);
  for (blueprint::Object& object : objects)
    object.keep_template = rendering.keep_template && object.resource == api::kDeployment;
  return objects;
}

std::string template_notice(const Rendering& rendering) {
  if (!rendering.keep_template) return {};
  return "the pod template is left as it is until the spec changes: it has render version " +
         std::to_string(rendering.version) + ", and this operator knows " +
         std::to_string(blueprint::kPreviousRenderVersion) + " and " +
         std::to_string(blueprint::kRenderVersion);
}

}  // namespace controller
