#include "telemetry/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace telemetry {
namespace {

constexpr std::size_t kMessageColumn = 32;  // in text, fields of most lines stand under each other

struct LevelName {
  std::string_view json;
  std::string_view text;
  std::string_view colour;  // ANSI
};

const LevelName& name_of(Level level) {
  static constexpr std::array<LevelName, 4> kNames{{{"debug", "DEBUG", "\x1b[2m"},
                                                    {"info", "INFO ", "\x1b[32m"},
                                                    {"warn", "WARN ", "\x1b[33m"},
                                                    {"error", "ERROR", "\x1b[31m"}}};
  return kNames.at(static_cast<std::size_t>(level));
}

// RFC 3339, UTC, milliseconds.
std::string timestamp(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

// The code point that `text` begins with and its bytes, or zero bytes for invalid UTF-8 (RFC 3629).
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};

CodePoint decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return overlong || surrogate || code > 0x10FFFF ? CodePoint{} : CodePoint{code, bytes};
}

// Controls and the Unicode line ends: nothing that could end a line or drive a terminal.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const CodePoint code = decode(text);
    if (code.bytes == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD, the replacement character
    } else if (code.value == '"' || code.value == '\\') {
      out += '\\';
      out += text[0];
    } else if (code.value == '\n') {
      out += "\\n";
    } else if (is_control(code.value)) {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(code.value));
      out += escape.data();
    } else {
      out += text.substr(0, code.bytes);
    }
    text.remove_prefix(std::max<std::size_t>(code.bytes, 1));
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  return out + '"';
}

std::string number_text(double number) {
  if (std::isnan(number)) return quoted("NaN");
  if (std::isinf(number)) return quoted(number < 0 ? "-Inf" : "+Inf");
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string json_value(const FieldValue& field) {
  const auto& value = field.value();
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  return std::to_string(std::get<std::int64_t>(value));
}

// As JSON, but words without blanks, quotes or controls stand unquoted.
std::string text_value(const FieldValue& field) {
  const auto* text = std::get_if<std::string>(&field.value());
  if (text == nullptr) return json_value(field);
  const bool is_word =
      !text->empty() && std::all_of(text->begin(), text->end(), [](char character) {
        return character > ' ' && character < 0x7F && character != '"' && character != '=' &&
               character != '\\';
      });
  return is_word ? *text : quoted(*text);
}

template <typename Write>
void for_each_field(const std::vector<Field>& context, Fields fields, Write write) {
  for (const Field& field : context) {
    if (!is_replaced(field, fields)) write(field);
  }
  for (const Field& field : fields) write(field);
}

std::string json_line(Level level, std::string_view message, const std::vector<Field>& context,
                      Fields fields) {
  std::string line =
      R"("level":)" + quoted(name_of(level).json) + R"(,"message":)" + quoted(message);
  for_each_field(context, fields, [&line](const Field& field) {
    line += ',' + quoted(field.key) + ':' + json_value(field.value);
  });
  return line + '}';
}

std::string text_line(Level level, std::string_view message, const std::vector<Field>& context,
                      Fields fields, Colours colours) {
  const LevelName& name = name_of(level);
  std::string line;
  if (colours == Colours::kYes) line += name.colour;
  line += name.text;
  if (colours == Colours::kYes) line += "\x1b[0m";
  std::string shown;
  append_escaped(shown, message);
  const bool has_fields = !context.empty() || fields.size() > 0;
  if (has_fields && shown.size() < kMessageColumn) shown.resize(kMessageColumn, ' ');
  line += ' ' + shown;
  for_each_field(context, fields, [&line](const Field& field) {
    line += ' ';
    append_escaped(line, field.key);
    line += '=' + text_value(field.value);
  });
  return line;
}

}  // namespace

std::string log_line(LogFormat format, Colours colours, Level level, std::string_view message,
                     const std::vector<Field>& context, Fields fields) {
  return format == LogFormat::kJson ? json_line(level, message, context, fields)
                                    : text_line(level, message, context, fields, colours);
}

std::string log_line_start(LogFormat format, std::chrono::system_clock::time_point time) {
  return format == LogFormat::kJson ? R"({"time":)" + quoted(timestamp(time)) + ","
                                    : timestamp(time) + ' ';
}

bool is_replaced(const Field& context, Fields fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [&context](const Field& field) { return field.key == context.key; });
}

}  // namespace telemetry
