#include "signals.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

SignalWatch::SignalWatch() : thread_([this](const std::stop_token& own) { watch(own); }) {}

void SignalWatch::watch(const std::stop_token& own) {
  const sigset_t set = ending_signals();
  // Looks up a few times a second, for its own end.
  const timespec interval{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (!own.stop_requested()) {
    if (sigtimedwait(&set, nullptr, &interval) < 0) continue;
    if (stop_.stop_requested()) std::_Exit(EXIT_FAILURE);
    stop_.request_stop();
  }
}
