#include "blueprint/ports.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

// "http, admin": what a port may be instead.
std::string names_of(const Ports& ports) {
  std::string names;
  for (const api::Port& port : ports) {
    if (port.protocol == "TCP") names.append(names.empty() ? "" : ", ").append(port.name);
  }
  return names.empty() ? "of which there is none" : names;
}

}  // namespace

void check_reference(const Ports& ports, const std::optional<api::PortReference>& reference,
                     Numbers numbers, const std::string& path, Problems& problems) {
  if (!reference) return;
  if (numbers == Numbers::kAny && std::holds_alternative<std::int64_t>(*reference)) return;
  const api::Port* port = find_port(ports, reference);
  const std::string choice = numbers == Numbers::kAny
                                 ? "must be a number or the name of a declared TCP port: "
                                 : "must be the name or number of a declared TCP port: ";
  problems.require(port != nullptr && port->protocol == "TCP", path, choice + names_of(ports));
}

void check_main_port(const Ports& ports, const std::string& path, std::string_view way_out,
                     Problems& problems) {
  problems.require(!ports.empty(), path,
                   "is required, because there is no main port (ports is empty, as for a worker)");
  const std::string choice =
      way_out.empty() ? "name a TCP port" : "name a TCP port or set " + std::string(way_out);
  problems.require(ports.empty() || ports.front().protocol == "TCP", path,
                   "is required, because the main port does not use TCP; " + choice);
}

}  // namespace blueprint
