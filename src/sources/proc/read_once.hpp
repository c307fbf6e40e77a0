// Reading the files of /proc/PID with as few system calls as their kind allows: a scan reads thousands.
#pragma once

#include <cstddef>
#include <string>

#include "base/file.hpp"

namespace vigie::proc {

/// Like vigie::read_file, but takes a read that did not fill the buffer for the end when a line or string ends there.
/// True for the files whose content the kernel makes in one piece (single_open in fs/proc: stat, status, io, ...) or
/// copies from memory (cmdline, environ), and for plain files; not for those made record by record, like maps.
[[nodiscard]] int read_once(int dir_fd, const char* path, std::string& buffer, std::size_t limit = largest_file);
/// The same for a file that is open, from where it stands.
[[nodiscard]] int read_once_fd(int fd, std::string& buffer, std::size_t limit = largest_file);

}  // namespace vigie::proc
