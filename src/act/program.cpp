#include "act/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/argv.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

extern char** environ;

namespace vigie::act {
namespace {

bool needs_no_quotes(const std::string& word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_./:=%+,@").find(c) != std::string_view::npos;
  });
}

/// Where PATH names a program by an absolute path; programs in the directory that it is to be run in are not looked at.
/// A word with a slash is a path already. Empty when there is none.
std::string path_of_program(const std::string& word) {
  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/usr/bin:/bin" : variable;
  for (std::size_t begin = 0; begin <= path.size() && !word.contains('/');) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + "/" + word;
    if (path[begin] == '/' && end > begin && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return word.contains('/') ? word : std::string();
}

}  // namespace

Result<int> run_program(const std::vector<std::string>& words, Output output, const std::string& directory) {
  std::vector<std::string> copy = words;
  const bool there = !directory.empty() && ::access(directory.c_str(), X_OK) == 0;
  const std::string program = there ? path_of_program(copy.front()) : copy.front();
  if (program.empty()) return fail_errno("cannot run " + words.front(), ENOENT);  // execvp(3) would look in `directory`
  const std::vector<char*> arguments = pointers(copy);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
  const Fd reads(ends[0]);
  Fd writes(ends[1]);
  // Not posix_spawn(3): only since 2.29 can glibc set the directory of the new process.
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("cannot run " + words.front(), errno);
  if (pid == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO);
    if (nowhere >= 0 && output == Output::none) ::dup2(nowhere, STDERR_FILENO);
    if (!there || ::chdir(directory.c_str()) == 0) ::execvp(program.c_str(), arguments.data());
    const int error = errno;
    (void)!::write(writes.get(), &error, sizeof error);
    ::_exit(127);
  }
  writes.reset();
  int error = 0;
  const bool failed = ::read(reads.get(), &error, sizeof error) == sizeof error;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (failed) return fail_errno("cannot run " + words.front(), error);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

namespace {

/// What a program wrote, and its wait status.
struct Spoken {
  std::string text;
  int status = 0;
};

/// What it writes to that descriptor; `prepare` says what its others are.
template <class Prepare>
Result<Spoken> spoken_by(const std::vector<std::string>& words, int descriptor, const posix_spawnattr_t* attributes,
                         Prepare prepare) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
  const Fd reads(ends[0]);
  Fd writes(ends[1]);
  std::vector<std::string> copy = words;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writes.get(), descriptor);
  prepare(actions);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, copy.front().c_str(), &actions, attributes, pointers(copy).data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writes.reset();
  if (error != 0) return fail_errno("cannot run " + words.front(), error);
  Spoken spoken;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::read(reads.get(), buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) spoken.text.append(buffer, static_cast<std::size_t>(got));
  }
  while (::waitpid(pid, &spoken.status, 0) < 0 && errno == EINTR) {
  }
  return spoken;
}

/// As spoken_by(), with no signal blocked in it, whatever the calling thread blocks.
template <class Prepare>
Result<std::string> said_unblocked(const std::vector<std::string>& words, int descriptor, Prepare prepare) {
  posix_spawnattr_t attributes;
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  Result<Spoken> spoken = spoken_by(words, descriptor, &attributes, prepare);
  ::posix_spawnattr_destroy(&attributes);
  RETURN_IF_ERROR(spoken);
  return std::move(spoken->text);
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& words) {
  ASSIGN_OR_RETURN(Spoken spoken, spoken_by(words, STDOUT_FILENO, nullptr, [](posix_spawn_file_actions_t& actions) {
                     ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
                   }));
  return spoken.status == 0 ? std::move(spoken.text) : std::string();
}

Result<std::string> all_output_of(const std::vector<std::string>& words) {
  return said_unblocked(words, STDOUT_FILENO, [](posix_spawn_file_actions_t& actions) {
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  });
}

Result<std::string> lend_terminal(const std::vector<std::string>& words) {
  return said_unblocked(words, STDERR_FILENO, [](posix_spawn_file_actions_t&) {});
}

Result<int> become_program(const std::vector<std::string>& words) {
  std::vector<std::string> copy = words;
  ::execvp(copy.front().c_str(), pointers(copy).data());
  return fail_errno("cannot run " + words.front(), errno);
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (needs_no_quotes(word)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return safe_text(line);
}

}  // namespace vigie::act
