#pragma once

// What configuration and credentials read from the machine: environment variables and files, as
// functions, so that tests need neither.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace kube {

struct Environment {
  // The value of a variable; nothing if it is not set or empty.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // The whole file; nothing if it cannot be read.
  std::function<std::optional<std::string>(const std::filesystem::path& path)> read_file;
  // When the file was last changed; nothing if it does not exist. Symbolic links are followed:
  // kubelet renews mounted files by swapping a link.
  std::function<std::optional<std::filesystem::file_time_type>(const std::filesystem::path& path)>
      modified;
};

// The process's own environment and file system.
Environment system_environment();

}  // namespace kube
