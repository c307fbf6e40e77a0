// Reading the kernel's files, and reading and writing vigie's own. In place of vigie's own file there may be anything –
// a FIFO, a device, a link to elsewhere: that is an error, and is neither waited for nor followed. Writing leaves
// either the old or the new content.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace vigie {

/// The most that is read of a file: none of the kernel's or of vigie's own is larger, so a larger one is an error.
constexpr std::size_t largest_file = std::size_t{64} << 20;

/// Reads a file of the kernel's, `path` relative to directory `dir_fd`, whole into `buffer` (cleared first, capacity
/// kept: one buffer serves a whole scan). Returns 0 or the errno: a vanished process is ENOENT or ESRCH, a file larger
/// than `limit` EFBIG.
[[nodiscard]] int read_file(int dir_fd, const char* path, std::string& buffer, std::size_t limit = largest_file);

/// The same of a file that is open.
[[nodiscard]] int read_open_file(int fd, std::string& buffer, std::size_t limit = largest_file);

/// The same, but reads the first `limit` bytes of a larger file.
[[nodiscard]] int read_beginning(int dir_fd, const char* path, std::string& buffer, std::size_t limit);

/// Opens the last component of `path` in directory `dir_fd`, `flags` as open(2) takes them. An error, at once, unless
/// it is a regular file of one of `owners`: links are not followed, and files of other users are not waited for.
[[nodiscard]] Result<Fd> open_regular_file(int dir_fd, const std::string& path, int flags,
                                           std::span<const uid_t> owners);

/// The same for a file of vigie's own: of this user or, when root looks, of the owner of its directory, which is no
/// link.
[[nodiscard]] Result<Fd> open_own_file(const std::string& path, int flags);

/// Reads a file of vigie's own whole.
[[nodiscard]] Result<std::string> read_own_file(const std::string& path, std::size_t limit = largest_file);

/// Its last `most` bytes.
[[nodiscard]] Result<std::string> read_own_tail(const std::string& path, std::size_t most);

/// Opens a new file for writing, mode 0600, in place of anything that has that name in directory `dir_fd`.
[[nodiscard]] Result<Fd> create_own_file(int dir_fd, const std::string& name, int more_flags = 0);

/// Replaces `name` in directory `dir_fd` by `content`: temporary file of mode 0600, fsync, rename, fsync of the
/// directory.
[[nodiscard]] Result<void> replace_file(int dir_fd, const std::string& name, std::string_view content);

/// Whether an error says nothing about the file: there is no descriptor or no memory left to read it with. A file that
/// was not read for that reason is not absent.
[[nodiscard]] constexpr bool is_shortage(int errno_value) {
  return errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM;
}

/// Writes all of `content`, restarting after short writes and EINTR. Returns 0 or the errno.
[[nodiscard]] int write_all(int fd, std::string_view content);

}  // namespace vigie
