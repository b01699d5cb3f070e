#pragma once

// The one table of options: what parse() accepts from each source and what --help prints.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "options_value.h"

namespace options {

enum class Sources { kAll, kFlagAndEnvironment, kFlag };

struct Option {
  std::string_view flag;         // "max-concurrent-reconciles"
  std::string_view placeholder;  // "N"; empty for a switch
  std::string_view help;
  std::string_view
      default_text;  // as a user would write it; empty: the zero value, which `help` explains
  Complaint (*set)(Invocation& invocation, std::string_view text);
  Sources sources = Sources::kAll;

  bool is_switch() const { return placeholder.empty(); }
};

std::span<const Option> all_options();

// "maxConcurrentReconciles", "SERVICEBLUEPRINT_MAX_CONCURRENT_RECONCILES".
std::string file_key(const Option& option);
std::string variable(const Option& option);

// For an unknown name: "; did you mean X?" when one is close, else "; allowed are A, B and C".
std::string suggestion(std::string_view unknown, const std::vector<std::string>& allowed);

}  // namespace options
