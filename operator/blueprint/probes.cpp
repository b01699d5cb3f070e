#include "blueprint/probes.h"

#include <algorithm>

#include "blueprint/ports.h"
#include "blueprint/rollout.h"

namespace blueprint {
namespace {

constexpr std::int64_t kStartupPeriod = 5;

struct Times {
  std::int64_t period;
  std::int64_t timeout;
  std::int64_t failures;
};
constexpr Times kLiveness{.period = 10, .timeout = 3, .failures = 3};
constexpr Times kReadiness{.period = 5, .timeout = 2, .failures = 3};

std::int64_t divide_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

Times times_of(const api::Probe& given, const Times& defaults) {
  const std::int64_t period =
      given.period_seconds.value_or(std::max(defaults.period, given.timeout_seconds.value_or(0)));
  return {.period = period,
          .timeout = given.timeout_seconds.value_or(std::min(defaults.timeout, period)),
          .failures = given.failure_threshold.value_or(defaults.failures)};
}

// A window of at least twice readiness's.
Times liveness_times(const api::Probe& liveness, const Times& readiness) {
  Times times = times_of(liveness, kLiveness);
  if (liveness.failure_threshold) return times;
  times.failures =
      std::max(times.failures, divide_up(2 * readiness.period * readiness.failures, times.period));
  return times;
}

nlohmann::json http_handler(const api::HttpProbe& http, nlohmann::json port,
                            const char* default_path) {
  nlohmann::json get{{"path", http.path.value_or(default_path)}, {"port", std::move(port)}};
  if (http.scheme) get["scheme"] = *http.scheme;
  for (const auto& [name, value] : http.headers)
    get["httpHeaders"].push_back({{"name", name}, {"value", value}});
  return {{"httpGet", std::move(get)}};
}

nlohmann::json grpc_handler(const api::GrpcProbe& grpc, std::int64_t port) {
  // Unlike the others, a gRPC probe takes no port name (core/v1 GRPCAction).
  nlohmann::json action{{"port", port}};
  if (grpc.service) action["service"] = *grpc.service;
  return {{"grpc", std::move(action)}};
}

// A port as the author refers to it: a number need not be declared.
struct ProbedPort {
  nlohmann::json reference;
  std::int64_t number = 0;
  bool speaks_grpc = false;
};

ProbedPort probed_port(const api::Probe& probe, const std::vector<api::Port>& ports) {
  const api::Port* declared = find_port(ports, probe.port);
  const auto* number = probe.port ? std::get_if<std::int64_t>(&*probe.port) : nullptr;
  if (number == nullptr) return {declared->name, declared->port, declared->app_protocol == "grpc"};
  return {*number, *number, declared != nullptr && declared->app_protocol == "grpc"};
}

nlohmann::json handler_of(const api::Probe& probe, const std::vector<api::Port>& ports,
                          const char* default_path) {
  ProbedPort port = probed_port(probe, ports);
  if (!probe.handler) {
    if (port.speaks_grpc) return grpc_handler({}, port.number);
    return http_handler({}, std::move(port.reference), default_path);
  }
  if (const auto* http = std::get_if<api::HttpProbe>(&*probe.handler)) {
    return http_handler(*http, std::move(port.reference), default_path);
  }
  if (const auto* grpc = std::get_if<api::GrpcProbe>(&*probe.handler))
    return grpc_handler(*grpc, port.number);
  return {{"tcpSocket", {{"port", std::move(port.reference)}}}};
}

nlohmann::json with_times(nlohmann::json probe, const Times& times) {
  probe["periodSeconds"] = times.period;
  probe["timeoutSeconds"] = times.timeout;
  probe["failureThreshold"] = times.failures;
  return probe;
}

nlohmann::json whole_probe(nlohmann::json handler, const api::Probe& given, const Times& times) {
  nlohmann::json probe = with_times(std::move(handler), times);
  if (given.initial_delay_seconds) probe["initialDelaySeconds"] = *given.initial_delay_seconds;
  if (given.success_threshold) probe["successThreshold"] = *given.success_threshold;
  return probe;
}

nlohmann::json startup_probe(const api::Probes& probes, nlohmann::json handler,
                             const Times& followed) {
  const std::int64_t budget = startup_budget_of(probes);
  const std::optional<std::int64_t> given =
      probes.startup ? probes.startup->period_seconds : std::optional<std::int64_t>();
  const std::int64_t period = given.value_or(kStartupPeriod);
  return with_times(std::move(handler), {.period = period,
                                         .timeout = std::min(followed.timeout, period),
                                         .failures = divide_up(budget, period)});
}

}  // namespace

bool is_probed(const std::optional<api::Probe>& probe, const std::vector<api::Port>& ports) {
  return probe ? !probe->disabled : !ports.empty();
}

api::Probes given_probes(api::Probes probes) {
  api::Probe disabled;
  disabled.disabled = true;
  if (!probes.liveness) probes.liveness = disabled;
  if (!probes.readiness) probes.readiness = std::move(disabled);
  return probes;
}

nlohmann::json container_probes(const api::Probes& probes, const std::vector<api::Port>& ports) {
  nlohmann::json fields = nlohmann::json::object();
  const api::Probe liveness = probes.liveness.value_or(api::Probe());
  const api::Probe readiness = probes.readiness.value_or(api::Probe());
  const Times ready_times = times_of(readiness, kReadiness);
  if (is_probed(probes.readiness, ports)) {
    nlohmann::json handler = handler_of(readiness, ports, "/readyz");
    fields["startupProbe"] = startup_probe(probes, handler, ready_times);
    fields["readinessProbe"] = whole_probe(std::move(handler), readiness, ready_times);
  }
  if (is_probed(probes.liveness, ports)) {
    const Times times = is_probed(probes.readiness, ports) ? liveness_times(liveness, ready_times)
                                                           : times_of(liveness, kLiveness);
    nlohmann::json handler = handler_of(liveness, ports, "/healthz");
    fields["startupProbe"] = startup_probe(probes, handler, times);
    fields["livenessProbe"] = whole_probe(std::move(handler), liveness, times);
  }
  return fields;
}

}  // namespace blueprint
