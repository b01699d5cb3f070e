#pragma once

// YAML that people write (blueprints, kubeconfigs, configuration files) as JSON values, with the
// meaning that kubectl gives it where that is unambiguous, and an error where a guess could be
// wrong: duplicate keys, merge keys, leading-zero integers, integers beyond 64 bits, .inf and .nan,
// keys that are not scalars, unterminated quotes, unknown tags, control characters, invalid UTF-8,
// and documents nested deeper than 100 or larger than 100,000 values after aliases are refused.
//
// Only the core schema of YAML 1.2 types plain scalars. Where kubectl, a YAML 1.1 reader, differs,
// this is what happens:
//   yes no on off y n        strings here, booleans there
//   0644 -012 00             refused here, octal or decimal there
//   1_000 0b11 2024-01-01    strings here; 1000, 3 and a string there
// Quoted scalars are always strings. Whole numbers are integers however they are written
// (1e3, 5.0), as JSON has it.
//
// Errors name the line and the column (in bytes), never a value, which may be a secret.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace api {

// what() is "line 3, column 5: duplicate key \"image\"".
class YamlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All documents of a stream; empty ones (and a bare null) are left out. Throws YamlError.
std::vector<nlohmann::json> parse_yaml(std::string_view text);

// Block style, keys sorted as in the JSON value, strings quoted where a reader of YAML 1.1 or 1.2
// could take them for something else, several lines as a literal block where that is safe. Ends
// with a newline; parse_yaml gives `value` back. Throws YamlError for a string that is not valid
// UTF-8.
std::string to_yaml(const nlohmann::json& value);

}  // namespace api
