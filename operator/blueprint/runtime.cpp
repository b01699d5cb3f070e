#include "blueprint/runtime.h"

#include "blueprint/defaults.h"

namespace blueprint {
namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1024} * 1024;
// The rest is for what the runtimes do not count: stacks, buffers, native libraries.
constexpr std::int64_t kGoMemoryPercent = 90;
constexpr std::int64_t kNodeHeapPercent = 75;

// Whole MiB, rounded down; 0 without a limit.
std::int64_t mebibytes(std::int64_t percent, const std::optional<api::Quantity>& limit) {
  if (!limit) return 0;
  return static_cast<std::int64_t>(api::Int128{limit->whole()} * percent / 100 / kMebibyte);
}

std::vector<Variable> go_variables(const api::ResourceList& limits) {
  constexpr std::int64_t kMilli = 1000;
  std::vector<Variable> variables;
  const std::int64_t memory = mebibytes(kGoMemoryPercent, limits.memory);
  if (memory > 0) variables.emplace_back("GOMEMLIMIT", std::to_string(memory) + "MiB");
  const std::int64_t cpus = limits.cpu ? (limits.cpu->milli() + kMilli - 1) / kMilli : 0;
  if (cpus > 0) variables.emplace_back("GOMAXPROCS", std::to_string(cpus));
  return variables;
}

std::vector<Variable> node_variables(const api::ResourceList& limits) {
  const std::int64_t heap = mebibytes(kNodeHeapPercent, limits.memory);
  if (heap == 0) return {};
  return {{"NODE_OPTIONS", "--max-old-space-size=" + std::to_string(heap)}};
}

}  // namespace

std::vector<Variable> runtime_variables(const api::BlueprintSpec& spec) {
  switch (spec.runtime.value_or(api::Runtime::kNone)) {
    case api::Runtime::kGo:
      return go_variables(resources_of(spec).limits);
    case api::Runtime::kJava:
      return {{"JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError"}};
    case api::Runtime::kNode:
      return node_variables(resources_of(spec).limits);
    case api::Runtime::kNone:
      break;
  }
  return {};
}

}  // namespace blueprint
