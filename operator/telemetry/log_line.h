#pragma once

// The text of a log line (log.h): JSON or for people. A line is built in two parts, because spdlog
// takes the time: its start with the time, and the rest, which holds everything else.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/log.h"

namespace telemetry {

enum class Colours { kNo, kYes };

std::string log_line_start(LogFormat format, std::chrono::system_clock::time_point time);

// Without the newline at the end, and with none inside whatever the values hold.
std::string log_line(LogFormat format, Colours colours, Level level, std::string_view message,
                     const std::vector<Field>& context, Fields fields);

// A call's fields replace those of the context that have the same key: a JSON object has a key
// once.
bool is_replaced(const Field& context, Fields fields);

}  // namespace telemetry
