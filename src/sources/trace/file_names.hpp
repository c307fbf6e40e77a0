// The files of a traced process: its descriptors, and paths in its memory.
#pragma once

#include <string>
#include <unordered_map>

#include "base/root.hpp"
#include "sources/trace/ledger.hpp"

namespace vigie::trace {

/// Reads links in /proc/TID/fd (proc(5)) once for each descriptor until it is closed, and paths with
/// process_vm_readv(2). A descriptor that an io_uring closed keeps its name until it is closed otherwise.
class FileNames : public FileNamer {
 public:
  explicit FileNames(const Root& root) : root_(root) {}

  std::string descriptor(ThreadRef of, int number) override;
  std::string path(ThreadRef of, int directory, std::uint64_t address) override;
  void forget(pid_t process, int number) override;

 private:
  const Root& root_;
  std::unordered_map<pid_t, std::unordered_map<int, std::string>> descriptors_;
};

/// The text at `address` of another process, up to its NUL, at most PATH_MAX - 1 bytes; empty when it cannot be read.
[[nodiscard]] std::string read_path(pid_t pid, std::uint64_t address);

}  // namespace vigie::trace
