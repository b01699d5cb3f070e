#include "telemetry/log.h"

#include <ostream>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include "telemetry/log_line.h"

namespace telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      break;
  }
  return spdlog::level::err;
}

// The time, then what log_line() built; spdlog's own patterns escape nothing.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string start = log_line_start(format_, message.time);
    out.append(start.data(), start.data() + start.size());
    out.append(message.payload.begin(), message.payload.end());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  LogFormat format_;
};

}  // namespace

class LogSink {
 public:
  LogSink(LogFormat format, Level level, Colours colours, std::shared_ptr<spdlog::sinks::sink> sink)
      : format_(format), colours_(colours), logger_("operator", std::move(sink)) {
    logger_.set_formatter(std::make_unique<LineFormatter>(format));
    logger_.flush_on(spdlog::level::warn);
    set_level(level);
  }

  void set_level(Level level) { logger_.set_level(spdlog_level(level)); }

  void write(Level level, std::string_view message, const std::vector<Field>& context,
             Fields fields) {
    if (!logger_.should_log(spdlog_level(level))) return;
    const std::string line = log_line(format_, colours_, level, message, context, fields);
    logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
  }

  void flush() { logger_.flush(); }

 private:
  const LogFormat format_;
  const Colours colours_;
  spdlog::logger logger_;
};

Log::Log(LogFormat format, Level level)
    : sink_(std::make_shared<LogSink>(format, level,
                                      isatty(STDERR_FILENO) == 1 ? Colours::kYes : Colours::kNo,
                                      std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Log::Log(LogFormat format, Level level, std::ostream& stream)
    : sink_(std::make_shared<LogSink>(format, level, Colours::kNo,
                                      std::make_shared<spdlog::sinks::ostream_sink_mt>(stream))) {}

Log Log::with(Fields fields) const {
  Log copy = *this;
  std::erase_if(copy.context_, [fields](const Field& field) { return is_replaced(field, fields); });
  copy.context_.insert(copy.context_.end(), fields.begin(), fields.end());
  return copy;
}

void Log::set_level(Level level) const { sink_->set_level(level); }

void Log::flush() const { sink_->flush(); }

void Log::write(Level level, std::string_view message, Fields fields) const {
  sink_->write(level, message, context_, fields);
}

}  // namespace telemetry
