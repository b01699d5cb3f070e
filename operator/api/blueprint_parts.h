#pragma once

// Readers of the parts of a ServiceBlueprint's spec, one file of them a group: workload (how
// it runs), sources (where variables and files come from), containers (what runs and how it
// behaves), traffic (what is probed and scraped), scaling, network (who reaches the pods, and whom
// they reach). Private to api/.

#include <cstdint>

#include "api/blueprint.h"
#include "api/decoder.h"

namespace api {

// Bounds as in the CRD, which has the same reader in mind: the API server refuses the rest.
inline constexpr WholeNumber kPortNumber{1, 65535};

BlueprintSpec read_spec(const Cursor& at);

// A count, or a percentage in digits.
IntOrPercent read_int_or_percent(const Cursor& at);
PortReference read_port_reference(const Cursor& at);
// Not negative; empty where a mistake is reported.
std::optional<Quantity> read_quantity(const Cursor& at);

nlohmann::json read_env_var(const Cursor& at);
DataSource read_data_source(const Cursor& at);
Config read_config(const Cursor& at);
Volume read_volume(const Cursor& at);

Port read_port(const Cursor& at);
Runtime read_runtime(const Cursor& at);
Tracing read_tracing(const Cursor& at);
Logging read_logging(const Cursor& at);
Container read_init_container(const Cursor& at);
Container read_sidecar(const Cursor& at);

Resources read_resources(const Cursor& at);
Shutdown read_shutdown(const Cursor& at);
Rollout read_rollout(const Cursor& at);
Disruption read_disruption(const Cursor& at);
Scheduling read_scheduling(const Cursor& at);
Security read_security(const Cursor& at);
ServiceAccount read_service_account(const Cursor& at);

Probes read_probes(const Cursor& at);
Monitoring read_monitoring(const Cursor& at);

Autoscaling read_autoscaling(const Cursor& at);
Network read_network(const Cursor& at);
Expose read_expose(const Cursor& at);

}  // namespace api
