#include "keep/start/git_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/argv.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"

namespace vigie::keep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_head = 4096;
constexpr std::size_t most_packed = 64 << 20;
constexpr int most_links = 5;  ///< of symbolic references

/// The content of a regular file: nothing here is waited for.
std::string content_of(const std::string& path, std::size_t limit) {
  std::string content;
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return read_open_file(file.get(), content, limit) == 0 ? content : std::string();
}

std::string first_line(const std::string& content) {
  return content.substr(0, content.find_first_of("\r\n"));
}

std::string within(const std::string& directory, const std::string& path) {
  return path.starts_with('/') ? path : directory + "/" + path;
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// As git wants it (git-check-ref-format(1)), as far as it is a path here.
bool is_reference(std::string_view name) {
  return name.starts_with("refs/") && !name.contains("..") && !name.contains("//") && !name.ends_with('/');
}

/// "HEX NAME" on a line of packed-refs.
std::string packed_commit(const std::string& packed, const std::string& name) {
  const std::string mention = " " + name + "\n";
  for (std::size_t at = packed.find(mention); at != std::string::npos; at = packed.find(mention, at + 1)) {
    const std::size_t before = packed.rfind('\n', at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    if (const std::string commit = packed.substr(begin, at - begin); is_commit(commit)) return commit;
  }
  return {};
}

/// What a reference holds: a commit or "ref: NAME".
std::string value_of(const GitPlace& place, const std::string& name) {
  for (const std::string& directory : {place.own, place.common}) {
    if (std::string loose = first_line(content_of(directory + "/" + name, most_head)); !loose.empty()) return loose;
  }
  return packed_commit(content_of(place.common + "/packed-refs", most_packed), name);
}

bool write_file(const std::string& path, std::string_view content) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file && write_all(file.get(), content) == 0;
}

/// A repository without anything but the commit: its configuration is vigie's.
bool make_view(const std::string& directory, const std::string& commit) {
  const bool sha256 = commit.size() == 64;
  return ::mkdir((directory + "/refs").c_str(), 0700) == 0 && ::mkdir((directory + "/objects").c_str(), 0700) == 0 &&
         write_file(directory + "/HEAD", commit + "\n") &&
         write_file(directory + "/config",
                    sha256 ? "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = "
                             "sha256\n"
                           : "[core]\n\trepositoryformatversion = 0\n");
}

/// Sets all of the environment that git would heed, and keeps the user's and the host's configuration out.
std::vector<std::string> environment_for(const GitPlace& place, const std::string& view) {
  const char* const path = std::getenv("PATH");
  return {"PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin"),
          "LC_ALL=C",
          "HOME=" + view,
          "XDG_CONFIG_HOME=" + view,
          "GIT_DIR=" + view,
          "GIT_WORK_TREE=" + place.tree,
          "GIT_INDEX_FILE=" + place.own + "/index",
          "GIT_OBJECT_DIRECTORY=" + place.common + "/objects",
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_GLOBAL=/dev/null",
          "GIT_ATTR_NOSYSTEM=1",
          "GIT_OPTIONAL_LOCKS=0",  // the user may be committing at this moment
          "GIT_NO_LAZY_FETCH=1",
          "GIT_ALLOW_PROTOCOL=none",
          "GIT_TERMINAL_PROMPT=0"};
}

/// Whether git says anything; nothing when it fails.
std::optional<bool> says_something(std::vector<std::string> words, std::vector<std::string> environment) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);
  const pid_t git = ::fork();
  if (git < 0) return std::nullopt;
  if (git == 0) {
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::alarm(longest_origin_seconds);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  write_end.reset();
  bool any = false;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(read_end.get(), buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR);)
    any = any || got > 0;
  int status = 0;
  while (::waitpid(git, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? std::optional(any) : std::nullopt;
}

bool is_ours(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && info.st_uid == ::geteuid();
}

}  // namespace

std::optional<GitPlace> find_git(const std::string& directory) {
  if (!directory.starts_with('/')) return std::nullopt;
  for (std::string tree = directory; !tree.empty(); tree.resize(tree.rfind('/'))) {
    const std::string git = tree + "/.git";
    struct stat info{};
    if (::stat(git.c_str(), &info) != 0) continue;
    GitPlace place{.tree = tree, .own = git, .common = {}};
    if (S_ISREG(info.st_mode)) {  // a linked working tree, or a submodule
      constexpr std::string_view key = "gitdir: ";
      const std::string line = first_line(content_of(git, most_head));
      if (!line.starts_with(key)) return std::nullopt;
      place.own = within(tree, line.substr(key.size()));
    }
    const std::string common = first_line(content_of(place.own + "/commondir", most_head));
    place.common = common.empty() ? place.own : within(place.own, common);
    if (!content_of(place.own + "/HEAD", most_head).empty()) return place;
  }
  return std::nullopt;
}

std::optional<GitState> read_git(const GitPlace& place) {
  constexpr std::string_view symbolic = "ref: ", heads = "refs/heads/";
  GitState state;
  std::string value = first_line(content_of(place.own + "/HEAD", most_head));
  for (int links = 0; value.starts_with(symbolic) && links < most_links; ++links) {
    const std::string name = value.substr(symbolic.size());
    if (!is_reference(name)) return std::nullopt;
    if (links == 0 && name.starts_with(heads)) state.branch = name.substr(heads.size());
    value = value_of(place, name);
  }
  if (!is_commit(value)) return std::nullopt;
  state.commit = value;
  return state;
}

std::optional<bool> ask_whether_dirty(const GitPlace& place, const std::string& commit, const std::string& scratch) {
  if (!is_ours(place.tree) || !is_ours(place.own + "/index") || !is_ours(place.common + "/objects"))
    return std::nullopt;
  std::string view = scratch + "/git-XXXXXX";
  if (::mkdtemp(view.data()) == nullptr) return std::nullopt;
  std::optional<bool> dirty;
  if (make_view(view, commit)) {
    dirty = says_something({"git", "--no-pager", "status", "--porcelain=v2", "--untracked-files=no", "--no-renames",
                            "--ignore-submodules=all"},
                           environment_for(place, view));
  }
  std::error_code ignored;
  fs::remove_all(view, ignored);
  return dirty;
}

}  // namespace vigie::keep
