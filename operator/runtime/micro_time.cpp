#include "runtime/micro_time.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace runtime {

std::string micro_time(base::WallTime time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(micros).count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> date{};
  const std::size_t length = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06lldZ",
                static_cast<long long>((micros - std::chrono::seconds(seconds)).count()));
  return std::string(date.data(), length) + fraction.data();
}

}  // namespace runtime
