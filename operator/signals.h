#pragma once

// SIGTERM and SIGINT as a stop request. Signals are waited for on a thread of their own, never
// handled in a handler: almost nothing may be called from one.

#include <stop_token>
#include <thread>

// Blocks the signals that SignalWatch waits for, and ignores SIGPIPE: a peer that hangs up is an
// error of the write. Called before any thread is made, since threads inherit the mask.
void block_signals();

// The first signal requests a stop; the second ends the process at once, with exit code 1.
class SignalWatch {
 public:
  SignalWatch();

  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  void watch(const std::stop_token& own);

  std::stop_source stop_;
  std::jthread thread_;
};
