#include "blueprint/tracing.h"

#include <array>
#include <charconv>

namespace blueprint {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

struct Attribute {
  const char* name;
  const char* variable;
};
// Of the semantic conventions for services and Kubernetes.
constexpr std::array kPodAttributes = {
    Attribute{"k8s.namespace.name", "POD_NAMESPACE"}, Attribute{"k8s.node.name", "NODE_NAME"},
    Attribute{"k8s.pod.name", "POD_NAME"}, Attribute{"service.namespace", "POD_NAMESPACE"}};

// Percent-encodes what is outside W3C Baggage's octets, and what separates the attributes.
std::string encoded(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = byte > 0x20 && byte < 0x7f &&
                       std::string_view("\",;\\=%").find(letter) == std::string_view::npos;
    if (plain) {
      result += letter;
    } else {
      result.append("%").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xfU]);
    }
  }
  return result;
}

std::string resource_attributes(const Context& context, const std::set<std::string_view>& taken) {
  api::StringMap attributes = context.spec().tracing.resource_attributes;
  attributes.emplace("service.version", context.version);
  for (const auto& [name, variable] : kPodAttributes) {
    if (!taken.contains(variable)) attributes.emplace(name, "$(" + std::string(variable) + ")");
  }
  std::string text;
  for (const auto& [name, value] : attributes)
    text.append(text.empty() ? "" : ",").append(encoded(name)).append("=").append(encoded(value));
  return text;
}

// The shortest text that reads back as `ratio`, without an exponent.
std::string ratio_text(double ratio) {
  std::array<char, 400> text{};  // the smallest double has 326 characters
  char* end =
      std::to_chars(text.data(), text.data() + text.size(), ratio, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

}  // namespace

std::vector<Variable> tracing_variables(const Context& context,
                                        const std::set<std::string_view>& taken) {
  const api::Tracing& tracing = context.spec().tracing;
  if (!tracing.enabled.value_or(false)) return {};
  return {{"OTEL_SERVICE_NAME", context.name()},
          {"OTEL_RESOURCE_ATTRIBUTES", resource_attributes(context, taken)},
          {"OTEL_EXPORTER_OTLP_ENDPOINT", tracing.endpoint.value_or("")},
          {"OTEL_EXPORTER_OTLP_PROTOCOL", tracing.protocol.value_or("http/protobuf")},
          {"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"},
          {"OTEL_TRACES_SAMPLER_ARG",
           ratio_text(tracing.sampling_ratio.value_or(context.spec().defaults.sampling_ratio))}};
}

}  // namespace blueprint
