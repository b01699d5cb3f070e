#include "kube/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kube {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }
  int get() const { return value_; }
  void reset() {
    if (value_ >= 0) close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

// A child that is waited for on every way out, so that no zombie stays.
class Child {
 public:
  Child(pid_t pid, std::string name) : pid_(pid), name_(std::move(name)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ == 0) return;
    kill(-pid_, SIGKILL);
    reap();
  }
  const std::string& name() const { return name_; }
  int reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }
  int open_pidfd() const { return static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)); }

 private:
  pid_t pid_;
  std::string name_;
};

std::string words(int error) { return std::generic_category().message(error); }

// This process's variables with `extra` in place of those of the same name.
std::vector<std::string> merged_variables(const std::vector<std::string>& extra) {
  std::vector<std::string> merged = extra;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view entry(*variable);
    const auto name = entry.substr(0, entry.find('=') + 1);
    const bool replaced = std::any_of(extra.begin(), extra.end(), [name](const std::string& own) {
      return own.starts_with(name);
    });
    if (!replaced) merged.emplace_back(entry);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

pid_t spawn(const ProcessRequest& request, int standard_output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  // Asio's sockets are not close-on-exec.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> variables = merged_variables(request.variables);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments.front().c_str(), &actions, &attributes,
                                 pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw ProcessError("cannot run " + request.arguments.front() + ": " + words(error));
  return pid;
}

// Waits until `descriptor` is readable or at its end.
void wait_readable(int descriptor, int stop_event, base::SteadyTime deadline,
                   const base::Clock& clock, const std::string& name) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    if (left.count() <= 0) throw ProcessError(name + " did not end in time");
    std::array<pollfd, 2> waits{pollfd{descriptor, POLLIN, 0}, pollfd{stop_event, POLLIN, 0}};
    const int ready = poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) throw ProcessError(name + ": poll: " + words(errno));
    if (waits[1].revents != 0) throw ProcessError(name + " was stopped");
    if (ready > 0 && waits[0].revents != 0) return;
  }
}

void check_exit(int status, const std::string& name) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw ProcessError(WIFEXITED(status)
                         ? name + " ended with code " + std::to_string(WEXITSTATUS(status))
                         : name + " ended by signal " + std::to_string(WTERMSIG(status)));
}

}  // namespace

std::string run_process(const ProcessRequest& request, const base::Clock& clock,
                        const std::stop_token& stop) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw ProcessError("pipe: " + words(errno));
  const FileDescriptor output(ends[0]);
  FileDescriptor input(ends[1]);
  const FileDescriptor stop_event(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&stop_event] {
    // Cannot fail: the counter is far from its end.
    (void)eventfd_write(stop_event.get(), 1);
  });

  const auto deadline = clock.now() + request.time_limit;
  Child child(spawn(request, input.get()), request.arguments.front());
  input.reset();
  std::string text;
  std::array<char, 16384> block{};
  while (true) {
    wait_readable(output.get(), stop_event.get(), deadline, clock, child.name());
    const ssize_t size = read(output.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw ProcessError(child.name() + ": read: " + words(errno));
    if (size == 0) break;
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > request.max_output) throw ProcessError(child.name() + " printed too much");
  }
  const FileDescriptor exited(child.open_pidfd());
  if (exited.get() >= 0)
    wait_readable(exited.get(), stop_event.get(), deadline, clock, child.name());
  check_exit(child.reap(), child.name());
  return text;
}

}  // namespace kube
