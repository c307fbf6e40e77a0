// The directory of one process, for readers of its files.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/root.hpp"
#include "model/reading.hpp"

namespace vigie::proc {

/// Reaches the files of /proc/PID. Opening the directory pays when several files are read, and a read through an open
/// directory is surely of this process: after its end every read fails with ESRCH. For one or two files the path costs
/// less.
class ProcessDir {
 public:
  enum class Open : bool { no, yes };
  ProcessDir(const Root& root, pid_t pid, Open open);

  /// False when it was to be opened and there is no such process.
  [[nodiscard]] bool good() const { return good_; }
  /// As read_once: 0 or the errno.
  [[nodiscard]] int read(const char* name, std::string& buffer, std::size_t limit = largest_file) const;
  /// To the end, for files that the kernel makes record by record (maps): as read_file.
  [[nodiscard]] int read_to_end(const char* name, std::string& buffer, std::size_t limit) const;
  /// Opens a file of it for reading; empty with errno set.
  [[nodiscard]] Fd open(const char* name, int flags = 0) const;
  /// readlinkat(2): the length, or -1 with errno set.
  [[nodiscard]] ssize_t link(const char* name, char* target, std::size_t size) const;
  /// The owner of the directory.
  [[nodiscard]] Reading<uid_t> owner() const;

 private:
  struct Path {
    char text[64];
  };
  [[nodiscard]] Path path(const char* name) const;

  const Root& root_;
  pid_t pid_;
  Fd dir_;
  bool good_ = true;
};

}  // namespace vigie::proc
