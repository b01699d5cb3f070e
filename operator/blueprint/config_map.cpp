#include "blueprint/config_map.h"

#include "api/digest.h"
#include "blueprint/metadata.h"

namespace blueprint {
namespace {

api::StringMap data_of(const api::Config& config) {
  api::StringMap data = config.env;
  data.insert(config.files.begin(), config.files.end());
  return data;
}

}  // namespace

std::string config_map_name(const Context& context) {
  api::Digest digest;
  for (const auto& [key, value] : data_of(context.spec().config)) digest.add(key).add(value);
  return context.name() + "-" + api::to_hex(digest.value());
}

Object render_config_map(const Context& context) {
  Object object = make_object(api::kConfigMap, context,
                              {{"data", data_of(context.spec().config)}, {"immutable", true}});
  object.key.name = config_map_name(context);
  object.body["metadata"]["name"] = object.key.name;
  return object;
}

}  // namespace blueprint
