#include "wire/log_pack.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "wire/log_segments.hpp"

namespace vigie::wire {
namespace {

constexpr int level = 1;  ///< progress bars shrink a hundredfold at any level; this one is the cheapest

/// Fills `buffer` from `file`; how many bytes, or the negative errno.
ssize_t read_full(int file, std::string& buffer) {
  std::size_t used = 0;
  while (used < buffer.size()) {
    const ssize_t got = ::read(file, buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(used);
}

/// Returns 0 or the errno.
int pack(int from, int into) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (context == nullptr) return ENOMEM;
  std::string content(largest_frame, '\0');
  std::string packed(ZSTD_compressBound(largest_frame), '\0');
  while (true) {
    const ssize_t got = read_full(from, content);
    if (got <= 0) return static_cast<int>(-got);
    const std::size_t size = ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), content.data(),
                                               static_cast<std::size_t>(got), level);
    if (ZSTD_isError(size) != 0) return ENOMEM;  // the only reason there can be: the buffer is large enough
    if (const int error = write_all(into, std::string_view(packed).substr(0, size))) return error;
  }
}

}  // namespace

Result<void> pack_segment(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  const std::string packed = path + std::string(packed_suffix);
  const std::string unfinished = packed + ".new";
  const Result<Fd> from = open_own_file(path, O_RDONLY);
  RETURN_IF_ERROR(from);
  const Result<Fd> into = create_own_file(AT_FDCWD, unfinished);
  RETURN_IF_ERROR(into);
  int error = pack(from->get(), into->get());
  if (error == 0 && ::fdatasync(into->get()) != 0) error = errno;
  if (error == 0 && ::rename(unfinished.c_str(), packed.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(unfinished.c_str());
    return fail_errno("cannot pack " + path, error);
  }
  // Dropped while it was packed, because the log is limited: it must not come back.
  if (::unlink(path.c_str()) != 0 && errno == ENOENT) ::unlink(packed.c_str());
  return {};
}

std::vector<PackedFrame> frames_of(std::string_view packed) {
  std::vector<PackedFrame> frames;
  std::uint64_t begin = 0;
  for (std::size_t at = 0; at < packed.size();) {
    const std::string_view rest = packed.substr(at);
    const unsigned long long length = ZSTD_getFrameContentSize(rest.data(), rest.size());
    const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (ZSTD_isError(size) != 0 || length == 0 || length > largest_frame) break;
    frames.push_back({.at = at, .size = size, .begin = begin, .length = static_cast<std::size_t>(length)});
    begin += length;
    at += size;
  }
  return frames;
}

std::optional<std::string> unpack(std::string_view packed, const PackedFrame& frame) {
  std::string content(frame.length, '\0');
  const std::size_t got = ZSTD_decompress(content.data(), content.size(), packed.data() + frame.at, frame.size);
  if (ZSTD_isError(got) != 0 || got != frame.length) return std::nullopt;
  return content;
}

}  // namespace vigie::wire
