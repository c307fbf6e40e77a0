// Where the proc and sys trees are read from: the live host, a fixture, or a saved host (`--root DIR`).
#pragma once

#include <memory>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace vigie {

/// Open directories of one proc and one sys tree; copies share them. Every reader of /proc and /sys starts from here
/// and nowhere else, so that tests exercise real opens and real parsing on plain-text trees.
class Root {
 public:
  /// Opens `dir`/proc (required; of this host it must be mounted) and `dir`/sys (absent is allowed: readers then report
  /// their files as missing).
  static Result<Root> open(const std::string& dir = "/");

  [[nodiscard]] int proc() const { return dirs_->proc.get(); }
  /// -1 when there is no sys tree.
  [[nodiscard]] int sys() const { return dirs_->sys.get(); }
  /// Whether this is the host vigie runs on: only then may clocks, pidfds and sockets be related to its processes.
  [[nodiscard]] bool live() const { return live_; }

 private:
  struct Dirs {
    Fd proc, sys;
  };
  std::shared_ptr<const Dirs> dirs_;
  bool live_ = false;
};

}  // namespace vigie
