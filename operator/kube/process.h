#pragma once

// Runs a short helper program and takes its standard output. Blocks the calling thread; never on
// the I/O thread.

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"

namespace kube {

struct ProcessRequest {
  // Program first. Without a slash it is looked up in this process's PATH.
  std::vector<std::string> arguments;
  // "NAME=value", in place of this process's variables of the same name; the others are inherited.
  std::vector<std::string> variables;
  std::chrono::seconds time_limit{30};
  std::size_t max_output = std::size_t{1} << 20U;
};

// It did not run, did not end in time, was stopped, said too much or ended with another code than
// 0. what() names the program and why; never its output.
class ProcessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Standard input is empty, standard error is this process's own, every other file descriptor is
// closed. The program leads its own process group, which is killed when the time is up or `stop` is
// used. Throws ProcessError.
std::string run_process(const ProcessRequest& request, const base::Clock& clock,
                        const std::stop_token& stop);

}  // namespace kube
