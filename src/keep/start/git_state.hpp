// The state of a git repository. A run may start in a directory that another user filled: a repository's own
// configuration names programs (core.fsmonitor, filters, hooks, core.sshCommand, ...), and git executes them even for
// `git status`. So its files are read here, and git is asked only whether files differ from the commit – in a
// repository that vigie makes, which merely borrows the index and the objects.
#pragma once

#include <optional>
#include <string>

namespace vigie::keep {

/// What looks at the directory of a run ends after so long: a dead file server must not leave a process behind for
/// ever.
inline constexpr unsigned longest_origin_seconds = 30;

/// The state of the git working tree that the run started in.
struct GitState {
  std::string commit;         ///< 40 or 64 hexadecimal digits
  std::string branch;         ///< empty: none
  std::optional<bool> dirty;  ///< tracked files differ from the commit; nothing: not known
};

/// A repository, found from a directory upwards.
struct GitPlace {
  std::string tree;    ///< the directory with .git in it
  std::string own;     ///< HEAD and the index of this working tree
  std::string common;  ///< objects and references of all working trees
};

/// Where .git is, itself or named by a file (gitrepository-layout(5)); nothing without a repository.
[[nodiscard]] std::optional<GitPlace> find_git(const std::string& directory);

/// Commit and branch, from HEAD, loose and packed references; nothing without a commit. `dirty` is not looked for.
[[nodiscard]] std::optional<GitState> read_git(const GitPlace& place);

/// Whether files that git tracks differ from `commit`, or the index does. Executes git, which takes as long as the tree
/// is large, but nothing that the repository names: no filters, hooks, monitors, helpers, nor submodules. Its own
/// repository for that is made, and removed, in the directory `scratch`. Nothing when git is not there, fails, or would
/// read what belongs to another user.
[[nodiscard]] std::optional<bool> ask_whether_dirty(const GitPlace& place, const std::string& commit,
                                                    const std::string& scratch);

}  // namespace vigie::keep
