// One process's groups in one hierarchy: its own first, then the ancestors; and the ways limits are written in them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/root.hpp"
#include "model/cgroup.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::cgroup {

class Hierarchy {
 public:
  /// A controller that cannot be looked at, and why.
  Hierarchy(const Root& root, Presence absent) : root_(&root), absent_(absent) {}
  Hierarchy(const Root& root, std::vector<Level> levels, bool unified)
      : root_(&root), levels_(std::move(levels)), unified_(unified) {}

  [[nodiscard]] bool unified() const { return unified_; }
  [[nodiscard]] const std::vector<Level>& levels() const { return levels_; }
  /// The content of a file of the group at `level` (0: the process's own).
  [[nodiscard]] Reading<std::string> text(std::size_t level, std::string_view file) const;
  /// A file that holds one number, "max" or -1.
  [[nodiscard]] Reading<std::uint64_t> number(std::size_t level, std::string_view file) const;
  /// The number after `key` at the beginning of a line: "nr_throttled 12".
  [[nodiscard]] Reading<std::uint64_t> keyed(std::size_t level, std::string_view file, std::string_view key) const;

  /// The least of one value over all levels, and where it is; a level that has no such file sets no limit.
  template <class T>
  struct Tightest {
    Reading<T> value;
    std::size_t level = 0;
    std::string group;  ///< empty when none limits
  };
  template <class T, class Read>
  [[nodiscard]] Tightest<T> tightest(T none, Read read) const {
    Tightest<T> result;
    bool refused = false;
    bool seen = false;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
      const Reading<T> one = read(level);
      refused = refused || one.presence() == Presence::denied;
      seen = seen || one;
      if (!one || *one >= (result.value ? *result.value : none)) continue;
      result = {.value = one, .level = level, .group = levels_[level].path};
    }
    if (result.value) return result;
    // Only the root group of version 1 has no files for its limits; with version 2 whole branches may have none.
    const bool missing = !unified_ && !seen && levels_.size() > 1;
    result.value = levels_.empty() ? absent_ : refused ? Presence::denied : Reading<T>(none);
    if (missing && !refused) result.value = Presence::unsupported;
    return result;
  }

  /// The tightest of the limits in `limit_file`, with the uses from `used_file`. `level` is set to where it is.
  [[nodiscard]] CgroupAmount amount(std::string_view limit_file, std::string_view used_file, std::size_t& level) const;

  /// Forgets the ancestors from `level` on: they do not count.
  void cut(std::size_t level) { levels_.resize(level); }

 private:
  const Root* root_;
  std::vector<Level> levels_;
  Presence absent_ = Presence::unsupported;
  bool unified_ = false;
};

/// "max", "-1" and numbers that version 1 writes for no limit (PAGE_COUNTER_MAX pages) are `unlimited`.
[[nodiscard]] Reading<std::uint64_t> parse_amount(std::string_view text);
/// "200000 100000" of cpu.max: 2 CPUs; "max ...": infinite.
[[nodiscard]] Reading<double> parse_cpu_max(std::string_view text);
/// Takes the limits of io.max ("8:0 rbps=1048576 wbps=max ...") into `limits` where they are tighter.
void merge_io_max(std::string_view text, std::vector<CgroupIoLimit>& limits);
/// The same for one blkio.throttle file: "8:0 1048576" lines for the limit named by `part`.
void merge_io_throttle(std::string_view text, std::uint64_t CgroupIoLimit::* part, std::vector<CgroupIoLimit>& limits);

}  // namespace vigie::cgroup
