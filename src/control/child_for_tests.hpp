// For tests alone: a process that waits to be ended with its test.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "control/process.hpp"

namespace vigie::control {

class Child {
 public:
  /// Returns once the child has done `first`; it goes on with `then`, and waits.
  explicit Child(const std::function<void()>& first = [] {}, const std::function<void()>& then = [] {}) {
    int ready[2] = {-1, -1};
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      first();
      (void)!::write(ready[1], "", 1);
      then();
      while (true) ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] ProcessId id() const { return *identify(pid_); }
  [[nodiscard]] std::string text() const { return std::to_string(pid_); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

/// Beyond any pid that there is (proc(5), pid_max).
inline constexpr ProcessId nobody{1 << 22, 1};

}  // namespace vigie::control
