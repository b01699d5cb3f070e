#pragma once

// SIGTERM and SIGINT as a stop request, SIGHUP as one to read the configuration anew. Signals are
// waited for on a thread of their own, never handled in a handler: almost nothing may be called
// from one.

#include <atomic>
#include <stop_token>
#include <thread>

// Blocks the signals that SignalWatch waits for, and ignores SIGPIPE: a peer that hangs up is an
// error of the write. Called before any thread is made, since threads inherit the mask.
void block_signals();

// The first SIGTERM or SIGINT requests a stop; the second ends the process at once, with exit
// code 1.
class SignalWatch {
 public:
  SignalWatch();

  std::stop_token stop_token() const { return stop_.get_token(); }
  // Whether SIGHUP has come since the last call. Any thread.
  bool take_reload_request() { return reload_requested_.exchange(false); }

 private:
  void watch(const std::stop_token& own);

  std::stop_source stop_;
  std::atomic<bool> reload_requested_{false};
  std::jthread thread_;
};
