#pragma once

// What a YAML scalar means, for the reader and the writer of yaml.h. The reader types plain scalars
// by the core schema of YAML 1.2.2 (section 10.3.2). The writer quotes whatever a reader of
// YAML 1.1 (PyYAML, kubectl) or 1.2 types.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace api {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};

// The first code point of `text`, which is not empty; nothing when it does not begin with valid
// UTF-8 (RFC 3629).
std::optional<CodePoint> decode_utf8(std::string_view text);

// c-printable of YAML 1.2.2, section 5.1.
bool is_yaml_printable(char32_t code);

struct PlainScalar {
  nlohmann::json value;
  std::string problem;  // empty, or why the scalar is refused; it never repeats the scalar, which
                        // may be a secret
};

// Numbers that are whole become integers, as on kubectl's way from YAML to JSON ("1e3" is 1000).
PlainScalar resolve_plain(std::string_view text);

// Whether every reader takes `text`, written plain in block style as a key or a value, for this
// one-line string.
bool is_plain_string(std::string_view text);

}  // namespace api
