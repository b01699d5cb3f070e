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

using Default = std::optional<std::string>;
using Given = std::optional<api::Quantity>;

// Fills in the two quantities of one key. The limit first: the request gives way to it.
void fill_in(Given& request, const Default& default_request, Given& limit,
             const Default& default_limit) {
  if (!limit && default_limit) {
    limit = quantity(*default_limit);
    if (request) limit = std::max(*limit, *request);
  }
  if (!request && default_request) {
    request = quantity(*default_request);
    if (limit) request = std::min(*request, *limit);
  }
}

struct MemoryDefaults {
  std::string request;
  std::string limit;
};

api::Resources filled_in(api::Resources resources, const std::string& cpu_request,
                         const MemoryDefaults& memory, const api::Defaults& defaults) {
  auto& [requests, limits] = resources;
  fill_in(requests.cpu, cpu_request, limits.cpu, defaults.cpu_limit);
  fill_in(requests.memory, memory.request, limits.memory, memory.limit);
  fill_in(requests.ephemeral_storage, defaults.ephemeral_storage_request, limits.ephemeral_storage,
          defaults.ephemeral_storage_limit);
  return resources;
}

nlohmann::json to_json(const api::Resources& resources) {
  return {{"limits", to_json(resources.limits)}, {"requests", to_json(resources.requests)}};
}

}  // namespace

api::Resources resources_of(const api::BlueprintSpec& spec) {
  // A JVM with less than this has no room beside its heap.
  const MemoryDefaults java{.request = "512Mi", .limit = "512Mi"};
  const api::Defaults& defaults = spec.defaults;
  return filled_in(spec.resources, defaults.cpu_request,
                   spec.runtime == api::Runtime::kJava
                       ? java
                       : MemoryDefaults{defaults.memory_request, defaults.memory_limit},
                   defaults);
}

nlohmann::json resource_requirements(const api::BlueprintSpec& spec) {
  return to_json(resources_of(spec));
}

nlohmann::json resource_requirements(const api::Container& container,
                                     const api::Defaults& defaults) {
  return to_json(
      filled_in(container.resources, "10m", {.request = "32Mi", .limit = "128Mi"}, defaults));
}

}  // namespace blueprint
