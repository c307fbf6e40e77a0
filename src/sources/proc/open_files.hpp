// What a process has open: /proc/PID/fd, fdinfo, cwd, root, exe and the files in its memory map.
#pragma once

#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "model/open_file.hpp"

namespace vigie::proc {

/// The three lines that every fdinfo file begins with (proc(5)).
struct FdInfo {
  Reading<std::uint64_t> position;
  Reading<std::uint64_t> flags;  ///< of open(2)
};
[[nodiscard]] FdInfo parse_fdinfo(std::string_view text);

/// What the target of a descriptor's link tells when the file itself cannot be asked: "pipe:[4711]" is a pipe.
[[nodiscard]] FileType type_of_link(std::string_view target);

/// Everything open in the process whose directory `dir` is. On another host than the live one links are taken at their
/// word, as their targets are not there. Libraries have a size only when `library_sizes` are asked for. Denied when not
/// even the descriptors may be listed.
[[nodiscard]] Reading<std::vector<OpenFile>> read_open_files(const Root& root, int dir, bool library_sizes);

}  // namespace vigie::proc
