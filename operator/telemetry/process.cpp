#include "telemetry/process.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace telemetry {
namespace {

std::string contents_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<double> numbers_of(std::string_view text) {
  std::vector<double> numbers;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    double number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

double boot_time_seconds() {
  std::istringstream lines(contents_of("/proc/stat"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("btime ")) return numbers_of(line).at(1);
  }
  return 0;
}

double count_open_files() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the one that reads the directory
}

double max_open_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

std::optional<ProcessUsage> parse_process_stat(std::string_view stat, const StatUnits& units) {
  const std::size_t name_end = stat.rfind(')');  // the name may hold blanks and parentheses
  if (name_end == std::string_view::npos) return std::nullopt;
  const std::vector<double> fields = numbers_of(stat.substr(name_end + 1));
  if (fields.size() < 22) return std::nullopt;
  const auto field = [&fields](std::size_t number) { return fields[number - 3]; };  // as in proc(5)
  return ProcessUsage{
      .cpu_seconds = (field(14) + field(15)) / units.ticks_per_second,
      .resident_bytes = field(24) * units.page_bytes,
      .virtual_bytes = field(23),
      .start_time_seconds = units.boot_time_seconds + field(22) / units.ticks_per_second,
      .threads = field(20),
  };
}

std::optional<ProcessUsage> read_process_usage() {
  const StatUnits units{.ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK)),
                        .page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE)),
                        .boot_time_seconds = boot_time_seconds()};
  auto usage = parse_process_stat(contents_of("/proc/self/stat"), units);
  if (!usage) return std::nullopt;
  usage->open_files = count_open_files();
  usage->max_files = max_open_files();
  return usage;
}

}  // namespace telemetry
