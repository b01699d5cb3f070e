#include "blueprint/ports.h"

#include <algorithm>

#include "blueprint/defaults.h"

namespace blueprint {

std::vector<api::Port> ports_of(const api::BlueprintSpec& spec) {
  if (!spec.ports)
    return {{.name = "http", .port = 8080, .service_port = 80, .app_protocol = std::nullopt}};
  std::vector<api::Port> ports = *spec.ports;
  for (api::Port& port : ports) port.service_port = port.service_port.value_or(port.port);
  return ports;
}

const api::Port* find_port(const std::vector<api::Port>& ports,
                           const std::optional<api::PortReference>& reference) {
  if (!reference) return ports.empty() ? nullptr : &ports.front();
  const auto matches = [&reference](const api::Port& port) {
    const auto* name = std::get_if<std::string>(&*reference);
    if (name != nullptr) return port.name == *name;
    return port.port == std::get<std::int64_t>(*reference) && port.protocol == "TCP";
  };
  const auto found = std::find_if(ports.begin(), ports.end(), matches);
  return found == ports.end() ? nullptr : &*found;
}

nlohmann::json container_ports(const std::vector<api::Port>& ports) {
  nlohmann::json list = nlohmann::json::array();
  for (const api::Port& port : ports) {
    list.push_back(
        {{"name", port.name}, {"containerPort", port.port}, {"protocol", port.protocol}});
  }
  return list;
}

}  // namespace blueprint
