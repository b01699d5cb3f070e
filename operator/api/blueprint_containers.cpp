#include <array>

#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 4> kRuntimes{"None", "Go", "Java", "Node"};
constexpr std::array<std::string_view, 2> kTracingProtocols{"http/protobuf", "grpc"};
constexpr std::array<std::string_view, 5> kLogLevels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats{"json", "text"};
constexpr std::array<std::string_view, 3> kProtocols{"TCP", "UDP", "SCTP"};

double read_ratio(const Cursor& at) {
  const double ratio = at.value().is_number() ? at.value().get<double>() : -1;
  return at.check(ratio >= 0 && ratio <= 1, "must be a number from 0 to 1, such as 0.25") ? ratio
                                                                                          : 0;
}

Port read_container_port(const Cursor& at) {
  Port port;
  port.name = at.required("name", read_filled_text);
  port.port = at.required("port", kPortNumber);
  port.protocol = at.optional("protocol", OneOf{kProtocols}).value_or(port.protocol);
  port.app_protocol = at.optional("appProtocol", read_filled_text);
  return port;
}

}  // namespace

Port read_port(const Cursor& at) {
  Port port = read_container_port(at);
  port.service_port = at.optional("servicePort", kPortNumber);
  return port;
}

Runtime read_runtime(const Cursor& at) {
  const std::string name = OneOf{kRuntimes}(at);
  if (name == "Go") return Runtime::kGo;
  if (name == "Java") return Runtime::kJava;
  return name == "Node" ? Runtime::kNode : Runtime::kNone;
}

Tracing read_tracing(const Cursor& at) {
  return {.enabled = at.optional("enabled", read_flag),
          .endpoint = at.optional("endpoint", read_filled_text),
          .protocol = at.optional("protocol", OneOf{kTracingProtocols}),
          .sampling_ratio = at.optional("samplingRatio", read_ratio),
          .resource_attributes = at.value_or_empty("resourceAttributes", read_text_map)};
}

Logging read_logging(const Cursor& at) {
  return {.level = at.optional("level", OneOf{kLogLevels}),
          .format = at.optional("format", OneOf{kLogFormats})};
}

Container read_init_container(const Cursor& at) {
  Container container;
  container.name = at.required("name", read_filled_text);
  container.image = at.required("image", read_filled_text);
  container.command = at.optional("command", read_texts);
  container.args = at.optional("args", read_texts);
  container.env = at.value_or_empty("env", ListOf{read_env_var});
  container.secrets = at.value_or_empty("secrets", ListOf{read_data_source});
  container.resources = at.value_or_empty("resources", read_resources);
  return container;
}

Container read_sidecar(const Cursor& at) {
  Container container = read_init_container(at);
  container.ports = at.value_or_empty("ports", ListOf{read_container_port});
  container.probes = at.value_or_empty("probes", read_probes);
  return container;
}

}  // namespace api
