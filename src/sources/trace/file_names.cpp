#include "sources/trace/file_names.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include <fmt/format.h>

namespace vigie::trace {
namespace {

/// A process may have a million descriptors: their names are read again rather than all kept.
constexpr std::size_t most_kept = 65'536;

std::string link_at(const Root& root, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(root.proc(), path.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::string read_path(pid_t pid, std::uint64_t address) {
  std::array<char, PATH_MAX> text;
  if (address == 0) return {};
  // process_vm_readv gives the pieces before the one that is not there: pieces end where pages do.
  constexpr std::uint64_t page = 4096;
  const std::uint64_t first = std::min<std::uint64_t>(page - address % page, text.size());
  iovec local{.iov_base = text.data(), .iov_len = text.size()};
  std::array<iovec, 2> remote = {{{.iov_base = std::bit_cast<void*>(address), .iov_len = first},
                                  {.iov_base = std::bit_cast<void*>(address + first), .iov_len = text.size() - first}}};
  const ssize_t got = ::process_vm_readv(pid, &local, 1, remote.data(), remote.size(), 0);
  if (got <= 0) return {};
  const std::string_view read(text.data(), static_cast<std::size_t>(got));
  return std::string(read.substr(0, std::min(read.find('\0'), text.size() - 1)));
}

std::string FileNames::descriptor(ThreadRef of, int number) {
  auto& kept = descriptors_[of.process];
  if (const auto found = kept.find(number); found != kept.end()) return found->second;
  // The first thread may be over while others run: only a thread that is there has a table of descriptors.
  std::string name = link_at(root_, fmt::format("{}/fd/{}", of.thread, number));
  if (name.empty()) return name;
  if (kept.size() >= most_kept) kept.clear();
  return kept.emplace(number, std::move(name)).first->second;
}

std::string FileNames::path(ThreadRef of, int directory, std::uint64_t address) {
  std::string path = read_path(of.thread, address);
  if (path.starts_with('/')) return path;
  if (directory != AT_FDCWD) {
    // An empty path stands for the descriptor itself (AT_EMPTY_PATH).
    std::string base = descriptor(of, directory);
    return path.empty() || base.empty() ? base : std::move(base) + "/" + path;
  }
  if (path.empty()) return path;
  std::string base = link_at(root_, fmt::format("{}/cwd", of.thread));
  if (path.starts_with("./")) path.erase(0, 2);
  return base.empty() ? path : (base == "/" ? base : std::move(base) + "/") + path;
}

void FileNames::forget(pid_t process, int number) {
  if (number < 0) {
    descriptors_.erase(process);
  } else if (const auto found = descriptors_.find(process); found != descriptors_.end()) {
    found->second.erase(number);
  }
}

}  // namespace vigie::trace
