#pragma once

// Takes over a changed configuration file while the operator runs: what the platform decides
// (`defaults`, `enforced`, `network`, `monitoring`) and the log level. Every other option needs a
// restart, and a change of one is said in the log.
//
// The file is looked at each second, by its content: that sees an edit, a rename and the swap of a
// directory link by which Kubernetes updates a ConfigMap alike. A change counts once two looks in a
// row find the same, so that a file in the middle of being written is not taken; SIGHUP takes it as
// it is. A file that is wrong or gone changes nothing, is logged once and shows in
// serviceblueprint_config_last_reload_successful.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include "options.h"

namespace options {

// Not thread-safe: one thread runs it.
class ConfigurationReload {
 public:
  struct Hooks {
    // True once for every time that a reload was asked for.
    std::function<bool()> asked;
    // A configuration that differs from the last in `platform` or `log_level`.
    std::function<void(const Options& now, const Options& before)> accept;
  };

  // `inputs` are those that made `current`.
  ConfigurationReload(Inputs inputs, Options current, Hooks hooks, const base::Clock& clock,
                      telemetry::Metrics::Configuration series, telemetry::Log log);

  // Until `stop`.
  void run(const std::stop_token& stop);
  // One look at the file.
  void look();

 private:
  struct Content {
    std::string text;
    std::string error;  // why it could not be read

    bool operator==(const Content&) const = default;
  };

  Content read() const;
  void reload();
  void take(const Options& next);

  Inputs inputs_;
  Options current_;
  const Hooks hooks_;
  const base::Clock& clock_;
  const telemetry::Metrics::Configuration series_;
  const telemetry::Log log_;
  const std::string path_;  // empty: there is no file
  std::optional<Content> seen_;
  std::optional<Content> tried_;
};

}  // namespace options
