#include "keep/start/origin.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "base/file.hpp"
#include "base/json_writer.hpp"
#include "keep/start/git_state.hpp"
#include "keep/start/job.hpp"
#include "keep/start/own_limits.hpp"
#include "wire/run_directory.hpp"

namespace vigie::keep {
namespace {

std::optional<std::string> variable(const RunRecord& record, std::string_view name) {
  for (const std::string& entry : record.spec.environment) {
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  }
  return std::nullopt;
}

void put_cuda(JsonWriter& json, const RunRecord& record) {
  json.begin_object();
  for (const std::string& entry : record.spec.environment) {
    const std::size_t equals = entry.find('=');
    if (entry.starts_with("CUDA_") || entry.starts_with("NVIDIA_VISIBLE_DEVICES="))
      json.member(entry.substr(0, equals), entry.substr(equals + 1));
  }
  json.end_object();
}

std::string origin_of(const RunRecord& record) {
  const std::optional<GitPlace> place = find_git(record.spec.cwd);
  std::optional<GitState> git = place ? read_git(*place) : std::nullopt;
  if (git) git->dirty = ask_whether_dirty(*place, git->commit, record.directory);
  std::optional<std::string> branch;
  if (git && !git->branch.empty()) branch = git->branch;
  return json_object([&](JsonWriter& json) {
    json.member("vigie", 2);
    json.member("attempt", record.attempt);
    json.member("command", record.spec.command);
    json.member("cwd", record.spec.cwd);
    json.member("conda", variable(record, "CONDA_PREFIX"));
    json.member("virtual_env", variable(record, "VIRTUAL_ENV"));
    json.key("cuda");
    put_cuda(json, record);
    json.member("git_commit", git.transform([](const GitState& state) { return state.commit; }));
    json.member("git_branch", branch);
    json.member("git_dirty", git ? git->dirty : std::nullopt);
  });
}

/// Whether the run has started without a call of write(): the process that started it was killed before.
bool started_unwatched(const RunRecord& record) {
  constexpr int looks = 100, between_ms = 20;
  for (int look = 0; look < looks; ++look) {
    const Result<RunRecord> now = wire::read_record(record.directory);
    if (!now || is_over(now->state)) return false;
    if (now->state != RunState::starting) return true;
    ::poll(nullptr, 0, between_ms);
  }
  return false;
}

/// The process that writes. Until then it does next to nothing: the run is being started beside it.
[[noreturn]] void note(const RunRecord& record, int go) {
  ::setsid();
  char byte = 0;
  const bool told = ::read(go, &byte, 1) == 1;
  restore_limits();
  reset_signals();
  (void)!::chdir("/");  // a relative PATH must not find programs in the directory of the run
  ::alarm(longest_origin_seconds);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; null >= 0 && standard < 3; ++standard) ::dup2(null, standard);
  if (!told && !started_unwatched(record)) ::_exit(0);
  const Fd dir(::open(record.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const std::string text = origin_of(record) + "\n";
  if (dir) ignore_error(replace_file(dir.get(), "origin.json", text));
  ::_exit(0);
}

}  // namespace

OriginNote::OriginNote(const RunRecord& record) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  waits_.reset(ends[0]);
  go_.reset(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    go_.reset();
    if (::fork() == 0) note(record, waits_.get());
    ::_exit(0);
  }
  if (child > 0) ::waitpid(child, nullptr, 0);
}

void OriginNote::write() {
  if (go_) (void)!::write(go_.get(), "", 1);
  go_.reset();
}

}  // namespace vigie::keep
