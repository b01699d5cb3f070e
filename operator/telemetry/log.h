#pragma once

// Structured logs: a constant message and fields, one line per outcome.
//
//   log.info("applied", {{"kind", kind}, {"writes", 3}});
//
// JSON (one object a line) or text for a terminal. Messages are constants so that they can be
// searched and counted; what varies is a field. Never pass a Secret, a token or a request's body.
// Invalid UTF-8 is replaced, quotes and control characters are escaped: one call is one line
// whatever the values hold.
//
// Thread safety: a Log may be used from any thread; with() makes a cheap copy that shares the sink.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace telemetry {

enum class Level { kDebug, kInfo, kWarn, kError };

enum class LogFormat { kJson, kText };

class FieldValue {
 public:
  FieldValue(std::string value) : value_(std::move(value)) {}         // NOLINT: implicit on purpose
  FieldValue(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  FieldValue(const char* value) : value_(std::string(value)) {}       // NOLINT
  FieldValue(bool value) : value_(value) {}                           // NOLINT
  FieldValue(double value) : value_(value) {}                         // NOLINT
  template <typename Integer>
    requires std::is_integral_v<Integer>
  FieldValue(Integer value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT

  const std::variant<std::string, bool, double, std::int64_t>& value() const { return value_; }

 private:
  std::variant<std::string, bool, double, std::int64_t> value_;
};

struct Field {
  std::string key;
  FieldValue value;
};

using Fields = std::initializer_list<Field>;

class LogSink;  // owns the spdlog logger; log.cpp

class Log {
 public:
  // Writes to standard error.
  Log(LogFormat format, Level level);
  // For tests: writes to `stream`, which must outlive every copy of this Log.
  Log(LogFormat format, Level level, std::ostream& stream);

  // A Log whose every line also carries `fields`.
  Log with(Fields fields) const;
  // Takes effect for every copy that shares the sink (configuration reload).
  void set_level(Level level) const;

  void debug(std::string_view message, Fields fields = {}) const {
    write(Level::kDebug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) const {
    write(Level::kInfo, message, fields);
  }
  void warn(std::string_view message, Fields fields = {}) const {
    write(Level::kWarn, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) const {
    write(Level::kError, message, fields);
  }
  void flush() const;

 private:
  void write(Level level, std::string_view message, Fields fields) const;

  std::shared_ptr<LogSink> sink_;
  std::vector<Field> context_;
};

}  // namespace telemetry
