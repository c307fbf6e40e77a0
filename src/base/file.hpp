// Reading small kernel files and writing our own so that a crash leaves either the old or the new content.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie {

/// Reads `path` relative to directory `dir_fd` whole into `buffer` (cleared first, capacity kept: one buffer serves a
/// whole scan). Stops after `limit` bytes. Returns 0 or the errno: a vanished process is ENOENT or ESRCH.
[[nodiscard]] int read_file(int dir_fd, const char* path, std::string& buffer, std::size_t limit = 1 << 20);

/// The same of a file that is open.
[[nodiscard]] int read_open_file(int fd, std::string& buffer, std::size_t limit = 1 << 20);

/// The same for callers that read once and want a sentence.
[[nodiscard]] Result<std::string> read_whole_file(const std::string& path, std::size_t limit = 16 << 20);

/// Replaces `name` in directory `dir_fd` by `content`: temporary file of mode 0600, fsync, rename, fsync of the
/// directory.
[[nodiscard]] Result<void> replace_file(int dir_fd, const std::string& name, std::string_view content);

/// Writes all of `content`, restarting after short writes and EINTR. Returns 0 or the errno.
[[nodiscard]] int write_all(int fd, std::string_view content);

}  // namespace vigie
