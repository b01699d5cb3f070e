#include <set>
#include <tuple>

#include "blueprint/defaults.h"
#include "blueprint/duration.h"
#include "blueprint/ports.h"
#include "blueprint/probes.h"
#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

constexpr std::string_view kHttpPath = "must begin with '/', such as /healthz";

void check_ports(const Ports& ports, Problems& problems) {
  std::set<std::string_view> names;
  std::set<std::pair<std::string_view, std::int64_t>> container;
  std::set<std::pair<std::string_view, std::int64_t>> service;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const api::Port& port = ports[i];
    const std::string path = entry_path("spec.ports", i);
    check_port_form(port, path, problems);
    problems.require(names.insert(port.name).second, path + ".name",
                     "must differ from the names of the other ports");
    problems.require(container.emplace(port.protocol, port.port).second, path + ".port",
                     "must differ from the other ports of the same protocol");
    problems.require(service.emplace(port.protocol, port.service_port.value_or(port.port)).second,
                     path + ".servicePort",
                     "must differ from the servicePort (left out, it is port) of the other ports "
                     "of the same protocol");
  }
}

void check_http(const api::Probe& probe, const std::string& path, Problems& problems) {
  const auto* http = probe.handler ? std::get_if<api::HttpProbe>(&*probe.handler) : nullptr;
  if (http == nullptr) return;
  problems.require(!http->path || http->path->starts_with('/'), path + ".path", kHttpPath);
  for (std::size_t i = 0; i < http->headers.size(); ++i) {
    problems.require(is_header_name(http->headers[i].first),
                     entry_path(path + ".headers", i, ".name"),
                     "must be the name of a header: letters, digits and '-'");
  }
}

void check_probe(const Ports& ports, const std::optional<api::Probe>& given,
                 const std::string& path, Problems& problems) {
  const api::Probe probe = given.value_or(api::Probe());
  check_reference(ports, probe.port, Numbers::kAny, path + ".port", problems);
  if (is_probed(given, ports) && !probe.port)
    check_main_port(ports, path + ".port", "disabled: true", problems);
  check_http(probe, path, problems);
  problems.require(!probe.timeout_seconds || !probe.period_seconds ||
                       *probe.timeout_seconds <= *probe.period_seconds,
                   path + ".timeoutSeconds", "must be at most periodSeconds");
}

void check_endpoint(const Ports& ports, const api::MonitoringEndpoint& endpoint,
                    const std::string& path, Problems& problems) {
  constexpr std::string_view kDuration =
      "must be a duration such as 30s, 1m30s or 500ms, longer than 0";
  check_reference(ports, endpoint.port, Numbers::kDeclared, path + ".port", problems);
  if (!endpoint.port) check_main_port(ports, path + ".port", "monitoring.enabled: false", problems);
  problems.require(!endpoint.path || endpoint.path->starts_with('/'), path + ".path", kHttpPath);
  const auto interval = parse_duration(endpoint.interval.value_or("1y")).value_or(kNoTime);
  const auto timeout = parse_duration(endpoint.scrape_timeout.value_or("1ms")).value_or(kNoTime);
  problems.require(interval > kNoTime, path + ".interval", kDuration);
  problems.require(timeout > kNoTime, path + ".scrapeTimeout", kDuration);
  problems.require(timeout <= interval || interval == kNoTime, path + ".scrapeTimeout",
                   "must be at most interval");
}

void check_monitoring(const api::BlueprintSpec& spec, const Ports& ports, Problems& problems) {
  constexpr std::string_view kPath = "spec.monitoring.endpoints";
  const auto& endpoints = spec.monitoring.endpoints;
  if (!endpoints) {
    if (monitoring_enabled(spec)) {
      check_main_port(ports, entry_path(kPath, 0, ".port"), "monitoring.enabled: false", problems);
    }
    return;
  }
  problems.require(!endpoints->empty() || !monitoring_enabled(spec), kPath,
                   "must have an entry; to turn monitoring off, set monitoring.enabled: false");
  for (std::size_t i = 0; i < endpoints->size(); ++i) {
    check_endpoint(ports, (*endpoints)[i], entry_path(kPath, i), problems);
  }
}

}  // namespace

void check_port_form(const api::Port& port, const std::string& path, Problems& problems) {
  problems.require(is_port_name(port.name), path + ".name",
                   "must be at most 15 lower-case letters, digits and single '-', with at least "
                   "one letter, beginning and ending with a letter or digit");
  problems.require(
      !port.app_protocol || is_qualified_name(*port.app_protocol), path + ".appProtocol",
      "must be a name such as http, or a domain, '/' and a name such as kubernetes.io/h2c");
}

void check_probes(const Ports& ports, const api::Probes& probes, const std::string& path,
                  Problems& problems) {
  check_probe(ports, probes.liveness, path + ".liveness", problems);
  problems.require(!probes.liveness || probes.liveness->success_threshold.value_or(1) == 1,
                   path + ".liveness.successThreshold",
                   "must be 1 or left out; only readiness has another");
  check_probe(ports, probes.readiness, path + ".readiness", problems);
}

void check_traffic(const api::BlueprintSpec& spec, Problems& problems) {
  const Ports ports = ports_of(spec);
  check_ports(ports, problems);
  check_probes(ports, spec.probes, "spec.probes", problems);
  check_monitoring(spec, ports, problems);
}

}  // namespace blueprint
