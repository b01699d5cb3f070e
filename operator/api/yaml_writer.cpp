#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "api/yaml.h"
#include "api/yaml_scalar.h"

namespace api {
namespace {

using nlohmann::json;

constexpr std::size_t kStep = 2;
constexpr std::size_t kLongestPlainKey = 1000;

// Written as an escape: what YAML does not call printable, and the line breaks that only YAML 1.1
// knows.
bool needs_escape(char32_t code) {
  return !is_yaml_printable(code) || code == 0x85 || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF;
}

std::string escaped(char32_t code) {
  switch (code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default: {
      std::array<char, 16> text{};
      std::snprintf(text.data(), text.size(), "\\u%04X", static_cast<unsigned>(code));
      return text.data();
    }
  }
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const auto decoded = decode_utf8(text);
    if (!decoded) throw YamlError("a string is not valid UTF-8");
    const char32_t code = decoded->value;
    if (code == '"' || code == '\\' || code < 0x20 || needs_escape(code)) {
      result += escaped(code);
    } else {
      result += text.substr(0, decoded->bytes);
    }
    text.remove_prefix(decoded->bytes);
  }
  return result + '"';
}

std::string string_text(std::string_view text) {
  return is_plain_string(text) ? std::string(text) : quoted(text);
}

// YAML 1.1 wants a point in every number with an exponent.
std::string float_text(double value) {
  std::string text = json(value).dump();
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(exponent, ".0");
  }
  return text;
}

std::string scalar_text(const json& value) {
  if (value.is_string()) return string_text(value.get_ref<const std::string&>());
  if (value.is_number_float()) return float_text(value.get<double>());
  return value.dump();  // null, booleans, integers; and {} and [] of empty containers
}

bool has_blank_line_of_spaces(std::string_view text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start && text.find_first_not_of(' ', start) >= end) return true;
    start = end + 1;
  }
  return false;
}

// Only texts that no reader can mistake: printable ASCII, no line of spaces, at most one newline at
// the end.
bool fits_literal_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text[0] == ' ' || text[0] == '\n') return false;
  const bool printable = std::all_of(text.begin(), text.end(), [](char character) {
    return character == '\n' || (character >= ' ' && character <= '~');
  });
  return printable && !text.ends_with("\n\n") && !has_blank_line_of_spaces(text);
}

class Writer {
 public:
  void write(const json& root) {
    if (root.is_object() && !root.empty()) return mapping(root, 0);
    if (root.is_array() && !root.empty()) return sequence(root, 0);
    out_ += scalar_text(root) + '\n';
  }
  std::string take() { return std::move(out_); }

 private:
  // Both begin on a line that is already indented, and end their last one.
  void mapping(const json& object, std::size_t indent) {
    const char* separator = "";
    for (const auto& [key, value] : object.items()) {
      if (*separator != '\0') out_.append(indent, ' ');
      separator = "\n";
      write_key(string_text(key), indent);
      value_of_key(value, indent);
    }
  }

  void sequence(const json& array, std::size_t indent) {
    const char* separator = "";
    for (const json& item : array) {
      if (*separator != '\0') out_.append(indent, ' ');
      separator = "\n";
      out_ += '-';
      value_of_item(item, indent);
    }
  }

  // A key of over 1024 characters needs the explicit form (YAML 1.2.2, section 7.4.2).
  void write_key(const std::string& text, std::size_t indent) {
    if (text.size() <= kLongestPlainKey) {
      out_ += text + ':';
      return;
    }
    out_ += "? " + text + '\n' + std::string(indent, ' ') + ':';
  }

  void value_of_key(const json& value, std::size_t indent) {
    if (!is_block(value)) return scalar(value, indent);
    out_ += '\n';
    if (value.is_array()) {
      out_.append(indent, ' ');  // a list stands under its key, as kubectl prints it
      return sequence(value, indent);
    }
    out_.append(indent + kStep, ' ');
    mapping(value, indent + kStep);
  }

  void value_of_item(const json& value, std::size_t indent) {
    if (!is_block(value)) return scalar(value, indent);
    out_ += ' ';
    if (value.is_array()) return sequence(value, indent + kStep);
    mapping(value, indent + kStep);
  }

  void scalar(const json& value, std::size_t indent) {
    if (value.is_string() && fits_literal_block(value.get_ref<const std::string&>())) {
      return literal_block(value.get_ref<const std::string&>(), indent + kStep);
    }
    out_ += ' ' + scalar_text(value) + '\n';
  }

  void literal_block(std::string_view text, std::size_t indent) {
    const bool ends_line = text.ends_with('\n');
    out_ += ends_line ? " |\n" : " |-\n";
    if (ends_line) text.remove_suffix(1);
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      if (end > start) out_.append(indent, ' ');
      out_ += text.substr(start, end - start);
      out_ += '\n';
      start = end + 1;
    }
  }

  static bool is_block(const json& value) { return value.is_structured() && !value.empty(); }

  std::string out_;
};

}  // namespace

std::string to_yaml(const json& value) {
  Writer writer;
  writer.write(value);
  return writer.take();
}

}  // namespace api
