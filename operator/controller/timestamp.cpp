#include "controller/timestamp.h"

#include <array>
#include <ctime>

namespace controller {

std::string rfc3339(base::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, sizeof("2026-11-24T09:00:00Z")> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

}  // namespace controller
