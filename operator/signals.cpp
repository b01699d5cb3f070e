#include "signals.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace {

sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

SignalWatch::SignalWatch() : thread_([this](const std::stop_token& own) { watch(own); }) {}

void SignalWatch::watch(const std::stop_token& own) {
  const sigset_t set = awaited_signals();
  // Looks up a few times a second, for its own end.
  const timespec interval{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (!own.stop_requested()) {
    const int signal = sigtimedwait(&set, nullptr, &interval);
    if (signal < 0) continue;
    if (signal == SIGHUP) {
      reload_requested_ = true;
      continue;
    }
    if (stop_.stop_requested()) std::_Exit(EXIT_FAILURE);
    stop_.request_stop();
  }
}
