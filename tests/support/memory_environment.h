#pragma once

// Files and environment variables for configuration and credentials, in memory.

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "base/guarded.h"
#include "kube/environment.h"

namespace support {

// Thread safety: all methods may be called from any thread. environment() refers to this object.
class MemoryEnvironment {
 public:
  void set_variable(const std::string& name, const std::string& value) {
    state_.with([&](State& state) { state.variables[name] = value; });
  }

  // Each writing counts as a change.
  void write(const std::filesystem::path& path, const std::string& text) {
    state_.with([&](State& state) {
      ++state.changes;
      const std::filesystem::file_time_type time{std::chrono::seconds(state.changes)};
      state.files[path.string()] = {text, time};
    });
  }

  void remove(const std::filesystem::path& path) {
    state_.with([&](State& state) { state.files.erase(path.string()); });
  }

  int reads() const {
    return state_.with([](const State& state) { return state.reads; });
  }

  kube::Environment environment() {
    kube::Environment result;
    result.variable = [this](const std::string& name) -> std::optional<std::string> {
      return state_.with([&](State& state) -> std::optional<std::string> {
        const auto found = state.variables.find(name);
        if (found == state.variables.end()) return std::nullopt;
        return found->second;
      });
    };
    result.read_file = [this](const std::filesystem::path& path) {
      return state_.with([&](State& state) -> std::optional<std::string> {
        ++state.reads;
        const auto found = state.files.find(path.string());
        if (found == state.files.end()) return std::nullopt;
        return found->second.first;
      });
    };
    result.modified = [this](const std::filesystem::path& path) {
      return state_.with([&](State& state) -> std::optional<std::filesystem::file_time_type> {
        const auto found = state.files.find(path.string());
        if (found == state.files.end()) return std::nullopt;
        return found->second.second;
      });
    };
    return result;
  }

 private:
  struct State {
    std::map<std::string, std::string> variables;
    std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>> files;
    int changes = 0;
    int reads = 0;
  };

  base::Guarded<State> state_;
};

}  // namespace support
