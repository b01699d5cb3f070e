#include "blueprint/resources.h"

#include <algorithm>
#include <exception>

#include "blueprint/defaults.h"

namespace blueprint {
namespace {

// The table of profiles holds quantities only.
api::Quantity quantity(std::string_view text) {
  std::optional<api::Quantity> parsed = api::Quantity::parse(text);
  if (!parsed) std::terminate();
  return *std::move(parsed);
}

nlohmann::json to_json(const api::ResourceList& list) {
  nlohmann::json object = nlohmann::json::object();
  if (list.cpu) object["cpu"] = list.cpu->text();
  if (list.memory) object["memory"] = list.memory->text();
  if (list.ephemeral_storage) object["ephemeral-storage"] = list.ephemeral_storage->text();
  return object;
}

}  // namespace

api::Resources resources_of(const api::BlueprintSpec& spec) {
  const api::Defaults& profile = spec.defaults;
  const api::Resources& given = spec.resources;
  api::Resources result = given;
  if (!given.requests.cpu) {
    const api::Quantity request = quantity(profile.cpu_request);
    result.requests.cpu = given.limits.cpu ? std::min(request, *given.limits.cpu) : request;
  }
  if (!given.requests.memory) {
    const api::Quantity request = quantity(profile.memory_request);
    result.requests.memory =
        given.limits.memory ? std::min(request, *given.limits.memory) : request;
  }
  if (!given.limits.memory) {
    const api::Quantity limit = quantity(profile.memory_limit);
    result.limits.memory = given.requests.memory ? std::max(limit, *given.requests.memory) : limit;
  }
  return result;
}

nlohmann::json resource_requirements(const api::BlueprintSpec& spec) {
  const api::Resources resources = resources_of(spec);
  return {{"limits", to_json(resources.limits)}, {"requests", to_json(resources.requests)}};
}

}  // namespace blueprint
