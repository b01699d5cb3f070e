#include "blueprint/service.h"

#include "blueprint/labels.h"
#include "blueprint/metadata.h"

namespace blueprint {
namespace {

nlohmann::json service_port(const api::Port& port) {
  nlohmann::json entry{{"name", port.name},
                       {"port", port.service_port.value_or(port.port)},
                       {"protocol", port.protocol},
                       {"targetPort", port.name}};
  if (port.app_protocol) entry["appProtocol"] = *port.app_protocol;
  return entry;
}

}  // namespace

Object render_service(const Context& context) {
  nlohmann::json ports = nlohmann::json::array();
  for (const api::Port& port : context.ports) ports.push_back(service_port(port));
  nlohmann::json spec{{"type", "ClusterIP"},
                      {"selector", selector_labels(context.name())},
                      {"ports", std::move(ports)}};
  return make_object(api::kService, context, {{"spec", std::move(spec)}});
}

}  // namespace blueprint
