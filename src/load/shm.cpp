// A segment in /dev/shm, as data loaders have: it stays when its maker is killed.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "load/background.hpp"
#include "load/leftovers.hpp"
#include "load/load.hpp"
#include "load/room.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

constexpr std::uint64_t usual_bytes = std::uint64_t{256} << 20;
constexpr const char* place = "/dev/shm";

class SharedMemory final : public Load {
 public:
  SharedMemory(std::uint64_t bytes, Leftovers& leftovers) : bytes_(bytes), leftovers_(leftovers) {}

  std::string plan() const override {
    return fmt::format("a segment of {} in {}", human_bytes(static_cast<double>(bytes_)), place);
  }

  Result<void> start() override {
    be_killed_first();
    ASSIGN_OR_RETURN(path_, leftovers_.new_path(place));
    const Fd file(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return fail_errno("cannot create " + path_, errno);
    // Taken before it is written to: a full /dev/shm is an error here, and SIGBUS later.
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)); error != 0) {
      return fail_errno(fmt::format("cannot take {} in {}", human_bytes(static_cast<double>(bytes_)), place), error);
    }
    pages_ = Pages(file.get(), bytes_);
    if (!pages_.valid()) return fail_errno("cannot map " + path_, errno);
    return threads_.add([this](const std::stop_token& stop) {
      constexpr std::size_t chunk = std::size_t{4} << 20;
      for (std::size_t at = 0; at < bytes_ && !stop.stop_requested(); at += chunk) {
        pages_.write(at, chunk);
        written_ = std::min<std::uint64_t>(at + chunk, bytes_);
      }
    });
  }

  std::string so_far() override {
    return fmt::format("{} written to {}", human_bytes(static_cast<double>(written_.load())), safe_text(path_));
  }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"segment_bytes", static_cast<double>(bytes_)}, {"written_bytes", static_cast<double>(written_.load())}};
  }

 private:
  std::uint64_t bytes_;
  Leftovers& leftovers_;
  std::string path_;
  Pages pages_;
  std::atomic<std::uint64_t> written_ = 0;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_shm(const Request& request, const Room& room, Leftovers& leftovers) {
  struct statvfs there{};
  if (::statvfs(place, &there) != 0) return fail_errno(fmt::format("cannot use {}", place), errno);
  const std::uint64_t block = there.f_frsize;
  ASSIGN_OR_RETURN(const std::uint64_t of_disk, bounded_bytes(request.size_bytes, usual_bytes, there.f_bavail * block,
                                                              least_disk_left(there.f_blocks * block), place));
  // It is memory, too.
  ASSIGN_OR_RETURN(const std::uint64_t bytes,
                   bounded_memory(request.size_bytes ? request.size_bytes : of_disk, usual_bytes, room));
  return std::make_unique<SharedMemory>(bytes, leftovers);
}

}  // namespace vigie::load
