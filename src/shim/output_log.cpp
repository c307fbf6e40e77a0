#include "shim/output_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/file.hpp"

namespace vigie::shim {

OutputLog::OutputLog(const std::string& directory)
    : file_(::open((directory + "/output.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)) {
}

void OutputLog::write(std::string_view bytes) {
  if (lost_ > 0) {
    const std::string mark =
        fmt::format("\r\n[vigie: {} bytes of output are missing here, the disk was full]\r\n", lost_);
    if (write_all(file_.get(), mark) == 0) lost_ = 0;
  }
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      lost_ += bytes.size();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string OutputLog::tail(const std::string& directory, std::size_t limit) {
  std::string content;
  const Fd file(::open((directory + "/output.log").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const off_t size = file ? ::lseek(file.get(), 0, SEEK_END) : 0;
  if (size <= 0) return content;
  const off_t from = size > static_cast<off_t>(limit) ? size - static_cast<off_t>(limit) : 0;
  content.resize(static_cast<std::size_t>(size - from));
  const ssize_t got = ::pread(file.get(), content.data(), content.size(), from);
  content.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return content;
}

void OutputLog::sync() {
  if (file_) ::fdatasync(file_.get());
}

}  // namespace vigie::shim
