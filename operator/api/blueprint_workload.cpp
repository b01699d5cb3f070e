#include <algorithm>
#include <array>
#include <limits>

#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 2> kStrategies{"RollingUpdate", "Recreate"};
constexpr std::array<std::string_view, 3> kSpreads{"ZoneAndHost", "Host", "None"};
constexpr std::array<std::string_view, 2> kIdentities{"Fixed", "FromImage"};
constexpr WholeNumber kCount{0, 10'000};
// An id of 0 is root, which the API server refuses for a pod that must not run as root.
constexpr WholeNumber kUnprivilegedId{1, std::numeric_limits<std::int32_t>::max()};

std::optional<Quantity> quantity_at(const Cursor& at, const char* key) {
  return at.value_or_empty(key, read_quantity);
}

ResourceList read_resource_list(const Cursor& at) {
  return {.cpu = quantity_at(at, "cpu"),
          .memory = quantity_at(at, "memory"),
          .ephemeral_storage = quantity_at(at, "ephemeral-storage")};
}

bool is_percentage(const std::string& text) {
  return text.size() >= 2 && text.size() <= 4 && text.back() == '%' &&
         (text.front() != '0' || text.size() == 2) &&
         std::all_of(text.begin(), text.end() - 1,
                     [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace

std::optional<Quantity> read_quantity(const Cursor& at) {
  const nlohmann::json& value = at.value();
  const std::string text = value.is_string()           ? value.get<std::string>()
                           : value.is_number_integer() ? value.dump()
                                                       : std::string();
  std::optional<Quantity> quantity = Quantity::parse(text);
  const bool fine = quantity && !text.starts_with('-');
  at.check(
      fine,
      "must be a quantity of at least 0, such as 100m, 128Mi or \"0.5\" (a fraction needs quotes)");
  return fine ? quantity : std::nullopt;
}

IntOrPercent read_int_or_percent(const Cursor& at) {
  const auto* text = at.value().get_ptr<const std::string*>();
  if (text != nullptr && is_percentage(*text)) return *text;
  if (text == nullptr && at.value().is_number_integer()) return kCount(at);
  at.report("must be a whole number such as 1 or a percentage such as \"25%\"");
  return {};
}

Resources read_resources(const Cursor& at) {
  return {.requests = at.value_or_empty("requests", read_resource_list),
          .limits = at.value_or_empty("limits", read_resource_list)};
}

Shutdown read_shutdown(const Cursor& at) {
  return {.delay_seconds = at.optional("delaySeconds", WholeNumber{0, 3600}),
          .drain_seconds = at.optional("drainSeconds", WholeNumber{0, 86'400}),
          .termination_grace_period_seconds =
              at.optional("terminationGracePeriodSeconds", WholeNumber{5, 90'000}),
          .pre_stop = at.optional("preStop", read_object)};
}

Rollout read_rollout(const Cursor& at) {
  return {
      .strategy = at.optional("strategy", OneOf{kStrategies}),
      .max_surge = at.optional("maxSurge", read_int_or_percent),
      .max_unavailable = at.optional("maxUnavailable", read_int_or_percent),
      .min_ready_seconds = at.optional("minReadySeconds", WholeNumber{0, 86'400}),
      .progress_deadline_seconds = at.optional("progressDeadlineSeconds", WholeNumber{1, 604'800}),
      .revision_history_limit = at.optional("revisionHistoryLimit", WholeNumber{0, 100}),
      .restart_token = at.optional("restartToken", read_text)};
}

Disruption read_disruption(const Cursor& at) {
  return {.enabled = at.optional("enabled", read_flag),
          .max_unavailable = at.optional("maxUnavailable", read_int_or_percent)};
}

Scheduling read_scheduling(const Cursor& at) {
  return {.spread = at.optional("spread", OneOf{kSpreads}),
          .node_selector = at.value_or_empty("nodeSelector", read_text_map),
          .tolerations = at.value_or_empty("tolerations", ListOf{read_object}),
          .priority_class_name = at.optional("priorityClassName", read_filled_text),
          .affinity = at.optional("affinity", read_object)};
}

Security read_security(const Cursor& at) {
  return {.identity = at.optional("identity", OneOf{kIdentities}),
          .run_as_user = at.optional("runAsUser", kUnprivilegedId),
          .run_as_group = at.optional("runAsGroup", kUnprivilegedId),
          .fs_group = at.optional("fsGroup", kUnprivilegedId),
          .read_only_root_filesystem = at.optional("readOnlyRootFilesystem", read_flag),
          .writable_paths = at.optional("writablePaths", read_texts)};
}

ServiceAccount read_service_account(const Cursor& at) {
  return {.name = at.optional("name", read_filled_text),
          .annotations = at.value_or_empty("annotations", read_text_map),
          .automount_token = at.optional("automountToken", read_flag)};
}

}  // namespace api
