#include <array>

#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 2> kSchemes{"HTTP", "HTTPS"};
constexpr WholeNumber kDelay{0, 3600};
constexpr WholeNumber kPeriod{1, 3600};
constexpr WholeNumber kFailures{1, 1000};
constexpr WholeNumber kSuccesses{1, 100};
constexpr WholeNumber kStartupBudget{30, 86'400};

std::pair<std::string, std::string> read_header(const Cursor& at) {
  return {at.required("name", read_filled_text), at.required("value", read_text)};
}

GrpcProbe read_grpc(const Cursor& at) { return {.service = at.optional("service", read_text)}; }

HttpProbe read_http(const Cursor& at) {
  return {.path = at.optional("path", read_filled_text),
          .scheme = at.optional("scheme", OneOf{kSchemes}),
          .headers = at.value_or_empty("headers", ListOf{read_header})};
}

// `tcp: false` says nothing.
decltype(Probe::handler) read_handler(const Cursor& at) {
  const bool http = at.has("path") || at.has("scheme") || at.has("headers");
  const bool tcp = at.value_or_empty("tcp", read_flag);
  const auto grpc = at.optional("grpc", read_grpc);
  at.check(int{http} + int{tcp} + int{grpc.has_value()} <= 1,
           "only one of path (with scheme and headers), tcp and grpc is allowed");
  if (http) return read_http(at);
  if (tcp) return TcpProbe{};
  if (grpc) return *grpc;
  return std::nullopt;
}

Probe read_probe(const Cursor& at) {
  return {.handler = read_handler(at),
          .port = at.optional("port", read_port_reference),
          .disabled = at.value_or_empty("disabled", read_flag),
          .period_seconds = at.optional("periodSeconds", kPeriod),
          .timeout_seconds = at.optional("timeoutSeconds", kPeriod),
          .failure_threshold = at.optional("failureThreshold", kFailures),
          .initial_delay_seconds = at.optional("initialDelaySeconds", kDelay),
          .success_threshold = at.optional("successThreshold", kSuccesses)};
}

StartupProbe read_startup(const Cursor& at) {
  return {.budget_seconds = at.optional("budgetSeconds", kStartupBudget),
          .period_seconds = at.optional("periodSeconds", kPeriod)};
}

MonitoringEndpoint read_endpoint(const Cursor& at) {
  return {.port = at.optional("port", read_port_reference),
          .path = at.optional("path", read_filled_text),
          .interval = at.optional("interval", read_filled_text),
          .scrape_timeout = at.optional("scrapeTimeout", read_filled_text)};
}

// Whether there are alerts.
bool read_alerts(const Cursor& at) { return at.value_or_empty("enabled", read_flag); }

}  // namespace

PortReference read_port_reference(const Cursor& at) {
  if (at.value().is_string()) return read_filled_text(at);
  if (at.value().is_number_integer()) return kPortNumber(at);
  at.report("must be the name or the number of a declared port");
  return {};
}

Probes read_probes(const Cursor& at) {
  return {.liveness = at.optional("liveness", read_probe),
          .readiness = at.optional("readiness", read_probe),
          .startup = at.optional("startup", read_startup)};
}

Monitoring read_monitoring(const Cursor& at) {
  return {.enabled = at.optional("enabled", read_flag),
          .endpoints = at.optional("endpoints", ListOf{read_endpoint}),
          .labels = at.value_or_empty("labels", read_text_map),
          .alerts = at.value_or_empty("alerts", read_alerts)};
}

}  // namespace api
