#pragma once

// The file that --config names: one YAML mapping of options in camelCase, and `monitoring: {labels:
// {...}}`.

#include <string>

#include "options.h"

namespace options {

// Applies `text`, the contents of `path`. Throws UsageError that begins with `path`.
void apply_file(const std::string& path, const std::string& text, Invocation& invocation);

}  // namespace options
