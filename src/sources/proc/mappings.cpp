#include "sources/proc/mappings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "sources/proc/digits.hpp"

namespace vigie::proc {
namespace {

constexpr std::string_view deleted_suffix = " (deleted)";

void set_path(std::string_view text, Mapping& mapping) {
  mapping.deleted = text.ends_with(deleted_suffix);
  if (mapping.deleted) text.remove_suffix(deleted_suffix.size());
  mapping.path.assign(text);
  for (std::size_t at = mapping.path.find("\\012"); at != std::string::npos; at = mapping.path.find("\\012", at + 1)) {
    mapping.path.replace(at, 4, 1, '\n');
  }
}

/// "7f1c8a000000-7f1c8a021000 rw-p 00000000 00:00 0    [heap]"
bool parse_head(std::string_view line, Mapping& mapping) {
  const auto take = [&](char after, unsigned base, std::uint64_t& value) {
    if (!take_number(line, base, value) || line.empty() || line.front() != after) return false;
    line.remove_prefix(1);
    return true;
  };
  if (!take('-', 16, mapping.start) || !take(' ', 16, mapping.end) || mapping.end < mapping.start) return false;
  if (line.size() < 5 || line[4] != ' ') return false;
  std::ranges::copy(line.substr(0, 4), mapping.permissions);
  line.remove_prefix(5);
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  if (!take(' ', 16, mapping.offset) || !take(':', 16, major) || !take(' ', 16, minor)) return false;
  if (!take_number(line, 10, mapping.inode)) return false;
  mapping.major = static_cast<std::uint32_t>(major);
  mapping.minor = static_cast<std::uint32_t>(minor);
  // The kernel pads with blanks to column 73; a name begins with none.
  skip_blanks(line);
  set_path(line, mapping);
  return true;
}

/// The number behind `key` in kB, into `bytes`; false when the line is another one.
bool take_kilobytes(std::string_view line, std::string_view key, std::uint64_t& bytes) {
  if (!line.starts_with(key)) return false;
  line.remove_prefix(key.size());
  skip_blanks(line);
  std::uint64_t kilobytes = 0;
  if (take_number(line, 10, kilobytes)) bytes = kilobytes << 10U;
  return true;
}

/// One "Rss:  12 kB" of smaps. Most lines are of no interest; their first letter tells.
void parse_detail(std::string_view line, Mapping& mapping) {
  const char first = line.front();
  if (first != 'R' && first != 'P' && first != 'S') return;
  if (!mapping.use) {
    if (!line.starts_with("Rss:")) return;  // the first line but for sizes
    mapping.use = MappingUse{};
  }
  MappingUse& use = *mapping.use;
  if (first == 'R') {
    (void)take_kilobytes(line, "Rss:", use.rss);
  } else if (first == 'P') {
    (void)(take_kilobytes(line, "Pss:", use.pss) || take_kilobytes(line, "Private_Clean:", use.private_clean) ||
           take_kilobytes(line, "Private_Dirty:", use.private_dirty));
  } else {
    (void)(take_kilobytes(line, "Shared_Clean:", use.shared_clean) ||
           take_kilobytes(line, "Shared_Dirty:", use.shared_dirty) || take_kilobytes(line, "Swap:", use.swap));
  }
}

/// Reads a file made record by record, piece by piece, until `deadline_ns`. Returns 0, ETIME, or the errno.
int read_pieces(int dir, const char* name, std::int64_t deadline_ns, std::vector<Mapping>& mappings) {
  const Fd fd(::openat(dir, name, O_RDONLY | O_CLOEXEC));
  if (!fd) return errno;
  std::string buffer(std::size_t{64} << 10U, '\0');
  std::size_t used = 0;
  for (;;) {
    if (used == buffer.size()) buffer.resize(buffer.size() * 2);  // a line longer than that: a path of many escapes
    const ssize_t got = ::read(fd.get(), buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    const std::size_t newline = std::string_view(buffer.data(), used).rfind('\n');
    if (newline != std::string_view::npos) {
      parse_mappings(std::string_view(buffer.data(), newline + 1), mappings);
      used -= newline + 1;
      std::memmove(buffer.data(), buffer.data() + newline + 1, used);
    }
    if (monotonic_ns() > deadline_ns) return ETIME;
  }
  return 0;
}

/// A file's name may end in " (deleted)" by itself: then it leads to this file.
void restore_names(const Root& root, int dir, std::vector<Mapping>& mappings) {
  if (!root.live()) return;
  std::string inside;
  for (Mapping& mapping : mappings) {
    if (!mapping.deleted) continue;
    inside = "root";
    inside += mapping.path;
    inside += deleted_suffix;
    struct statx info{};
    if (::statx(dir, inside.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &info) != 0 || info.stx_ino != mapping.inode) {
      continue;
    }
    mapping.path += deleted_suffix;
    mapping.deleted = false;
  }
}

/// Copies what smaps told before the time was over.
void copy_use(const std::vector<Mapping>& from, std::vector<Mapping>& to) {
  auto known = from.begin();
  for (Mapping& mapping : to) {
    mapping.use = Presence::unknown;
    while (known != from.end() && known->start < mapping.start) ++known;
    // The last one may have been cut in the middle of its lines.
    if (known == from.end() || known + 1 == from.end()) continue;
    if (known->start == mapping.start && known->end == mapping.end) mapping.use = known->use;
  }
}

}  // namespace

void parse_mappings(std::string_view lines, std::vector<Mapping>& mappings) {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  bool orphan = mappings.empty();  // lines of a mapping whose head was malformed belong to no mapping
  while (at != end) {
    const auto* stop = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (stop == nullptr) return;  // cut off
    const std::string_view line(at, static_cast<std::size_t>(stop - at));
    at = stop + 1;
    if (line.empty()) continue;
    if (line.front() >= 'A' && line.front() <= 'Z') {
      if (!orphan) parse_detail(line, mappings.back());
      continue;
    }
    Mapping& mapping = mappings.emplace_back();
    orphan = !parse_head(line, mapping);
    if (orphan) mappings.pop_back();
  }
}

Reading<std::vector<Mapping>> read_map_names(const Root& root, int dir) {
  std::vector<Mapping> mappings;
  const int error = read_pieces(dir, "maps", std::numeric_limits<std::int64_t>::max(), mappings);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  restore_names(root, dir, mappings);
  return mappings;
}

Reading<std::vector<Mapping>> read_mappings(const Root& root, int dir, std::int64_t deadline_ns) {
  std::vector<Mapping> mappings;
  int error = monotonic_ns() > deadline_ns ? ETIME : read_pieces(dir, "smaps", deadline_ns, mappings);
  if (error == 0) {
    restore_names(root, dir, mappings);
    return mappings;
  }
  // Out of time, or a kernel without CONFIG_PROC_PAGE_MONITOR.
  if (error != ETIME && error != ENOENT) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  Reading<std::vector<Mapping>> names = read_map_names(root, dir);
  if (names) copy_use(mappings, *names);
  return names;
}

}  // namespace vigie::proc
