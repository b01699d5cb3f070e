#include "configuration_reload.h"

#include <filesystem>
#include <utility>

namespace options {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 1s;

// What is read from a pipe is gone: such a configuration is that of the start.
std::string watched_path(const Inputs& inputs) {
  std::string path = config_path(inputs);
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) ? path : std::string();
}

double seconds_since_epoch(base::WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

ConfigurationReload::ConfigurationReload(Inputs inputs, Options current, Hooks hooks,
                                         const base::Clock& clock,
                                         telemetry::Metrics::Configuration series,
                                         telemetry::Log log)
    : inputs_(std::move(inputs)),
      current_(std::move(current)),
      hooks_(std::move(hooks)),
      clock_(clock),
      series_(series),
      log_(std::move(log)),
      path_(watched_path(inputs_)) {
  series_.last_reload_successful.set(1);
  series_.last_reload_success_time.set(seconds_since_epoch(clock_.wall_now()));
}

void ConfigurationReload::run(const std::stop_token& stop) {
  while (clock_.sleep_for(kInterval, stop)) look();
}

void ConfigurationReload::look() {
  const bool asked = hooks_.asked();
  if (path_.empty()) {
    if (asked) log_.info("nothing to reload: the configuration is not in a file");
    return;
  }
  Content now = read();
  const bool settled = seen_ == now;
  seen_ = std::move(now);
  if (!asked && (!settled || tried_ == seen_)) return;
  tried_ = seen_;
  reload();
}

ConfigurationReload::Content ConfigurationReload::read() const {
  try {
    return {.text = inputs_.read_file(path_), .error = {}};
  } catch (const std::exception& error) {
    return {.text = {}, .error = error.what()};
  }
}

void ConfigurationReload::reload() {
  Inputs inputs = inputs_;
  inputs.read_file = [this](const std::string&) {
    if (!tried_->error.empty()) throw std::runtime_error(tried_->error);
    return tried_->text;
  };
  try {
    take(parse(inputs).options);
  } catch (const UsageError& error) {
    series_.last_reload_successful.set(0);
    log_.error("configuration not reloaded", {{"error", error.what()}});
  }
}

void ConfigurationReload::take(const Options& next) {
  series_.last_reload_successful.set(1);
  series_.last_reload_success_time.set(seconds_since_epoch(clock_.wall_now()));
  Options accepted = current_;
  accepted.platform = next.platform;
  accepted.log_level = next.log_level;
  if (accepted != next) log_.warn("options have changed that take effect after a restart");
  if (accepted == current_) return;
  const Options before = std::exchange(current_, std::move(accepted));
  hooks_.accept(current_, before);
  log_.info("configuration reloaded", {{"file", path_}});
}

}  // namespace options
