// A file written past the page cache, and then read again and again: reading wears no disk out.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "load/background.hpp"
#include "load/leftovers.hpp"
#include "load/load.hpp"
#include "load/room.hpp"

namespace vigie::load {
namespace {

constexpr std::uint64_t usual_bytes = std::uint64_t{2} << 30;
constexpr std::size_t block = 1 << 20;  // as `dd bs=1M oflag=direct`

/// Aligned as direct I/O wants it (open(2)).
struct Block {
  std::unique_ptr<unsigned char, decltype(&std::free)> bytes{
      static_cast<unsigned char*>(std::aligned_alloc(4096, block)), std::free};
  Block() {
    // A disk that compresses would not write data that compresses to nothing.
    std::uint64_t value = 88172645463325252ULL;
    for (std::size_t at = 0; at < block; at += sizeof value) {
      value ^= value << 13, value ^= value >> 7, value ^= value << 17;  // xorshift64 (Marsaglia, 2003)
      *reinterpret_cast<std::uint64_t*>(bytes.get() + at) = value;
    }
  }
};

class Disk final : public Load {
 public:
  Disk(std::uint64_t bytes, std::optional<double> per_second, std::string directory, Leftovers& leftovers)
      : bytes_(bytes / block * block),
        per_second_(per_second),
        directory_(std::move(directory)),
        leftovers_(leftovers) {}

  std::string plan() const override {
    return fmt::format("a file of {} in {} written past the page cache, then read again and again{}",
                       human_bytes(static_cast<double>(bytes_)), safe_text(directory_),
                       per_second_ ? fmt::format(", {} a second", human_bytes(*per_second_)) : "");
  }

  Result<void> start() override {
    ASSIGN_OR_RETURN(std::string path, leftovers_.new_path(directory_));
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = ::open(path.c_str(), flags | O_DIRECT, 0600);
    if (file < 0 && errno == EINVAL) {  // a file system without direct I/O, which may have made the file all the same
      ::unlink(path.c_str());
      direct_ = false;
      file = ::open(path.c_str(), flags, 0600);
    }
    file_ = Fd(file);
    if (file < 0) return fail_errno("cannot create a file in " + safe_text(directory_), errno);
    return threads_.add([this](const std::stop_token& stop) { work(stop); });
  }

  std::string so_far() override {
    return fmt::format("{} written, {} read{}", human_bytes(static_cast<double>(written_.load())),
                       human_bytes(static_cast<double>(read_.load())),
                       direct_ ? "" : " (this file system has no direct I/O: through the page cache)");
  }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"written_bytes", static_cast<double>(written_.load())}, {"read_bytes", static_cast<double>(read_.load())}};
  }
  std::optional<Error> trouble() override { return trouble_.get(); }

 private:
  void work(const std::stop_token& stop) {
    const Block data;
    Pace pace(per_second_);
    while (written_ < bytes_ && !stop.stop_requested()) {
      if (!good(::pwrite(file_.get(), data.bytes.get(), block, static_cast<off_t>(written_.load())), "write")) return;
      written_ += block;
      if (written_ % (64 * block) == 0 && !enough_left()) return;
      if (!direct_ && written_ % (16 * block) == 0) ::fdatasync(file_.get());
      pace.done(stop, block);
    }
    while (!stop.stop_requested()) {
      const std::uint64_t at = read_ % bytes_;
      if (!direct_) ::posix_fadvise(file_.get(), static_cast<off_t>(at), block, POSIX_FADV_DONTNEED);
      if (!good(::pread(file_.get(), data.bytes.get(), block, static_cast<off_t>(at)), "read")) return;
      read_ += block;
      pace.done(stop, block);
    }
  }

  bool good(ssize_t done, const char* what) {
    if (done == static_cast<ssize_t>(block)) return true;
    const int error = done < 0 ? errno : ENOSPC;
    trouble_.set(fail_errno(fmt::format("cannot {} the file in {}", what, safe_text(directory_)), error).error());
    return false;
  }

  bool enough_left() {
    struct statvfs there{};
    if (::fstatvfs(file_.get(), &there) != 0) return true;
    const std::uint64_t unit = there.f_frsize;
    if (there.f_bavail * unit >= least_disk_left(there.f_blocks * unit)) return true;
    trouble_.set({.message = "others have filled the disk meanwhile: giving back what was taken"});
    return false;
  }

  std::uint64_t bytes_;
  std::optional<double> per_second_;
  std::string directory_;
  Leftovers& leftovers_;
  Fd file_;
  bool direct_ = true;
  std::atomic<std::uint64_t> written_ = 0, read_ = 0;
  Trouble trouble_;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_disk(const Request& request, const Room& /*room*/, Leftovers& leftovers) {
  const std::string directory = request.directory.empty() ? leftovers.directory() : request.directory;
  struct statfs kind{};
  struct statvfs there{};
  if (::statfs(directory.c_str(), &kind) != 0 || ::statvfs(directory.c_str(), &there) != 0)
    return fail_errno("cannot write in " + safe_text(directory), errno);
  struct stat info{};
  if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return fail("cannot write in " + safe_text(directory) + ": it is no directory");
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return fail_errno("cannot write in " + safe_text(directory), errno);
  if (static_cast<unsigned long>(kind.f_type) == TMPFS_MAGIC) {
    return fail(fmt::format("{} is in memory (tmpfs), not on a disk: name another with --dir, or use `vigie load shm`",
                            safe_text(directory)));
  }
  const std::uint64_t unit = there.f_frsize;
  ASSIGN_OR_RETURN(std::uint64_t bytes, bounded_bytes(request.size_bytes, usual_bytes, there.f_bavail * unit,
                                                      least_disk_left(there.f_blocks * unit), safe_text(directory)));
  if (bytes < block) return fail("load disk wants a --size of 1M at least", ErrorKind::usage);
  return std::make_unique<Disk>(bytes, request.rate, directory, leftovers);
}

}  // namespace vigie::load
