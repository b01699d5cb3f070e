#pragma once

// What the kernel says about this process, for the process_* metrics (names as in the Prometheus
// client libraries).

#include <optional>
#include <string_view>

namespace telemetry {

struct ProcessUsage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double start_time_seconds = 0;  // since the epoch
  double threads = 0;
  double open_files = 0;
  double max_files = 0;
};

// Nothing where /proc cannot be read.
std::optional<ProcessUsage> read_process_usage();

// The part that stands in /proc/self/stat (proc(5)), times and sizes converted with the machine's
// constants. `boot_time_seconds` is `btime` of /proc/stat.
struct StatUnits {
  double ticks_per_second = 100;
  double page_bytes = 4096;
  double boot_time_seconds = 0;
};
std::optional<ProcessUsage> parse_process_stat(std::string_view stat, const StatUnits& units);

}  // namespace telemetry
