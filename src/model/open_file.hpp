// What a process has open: descriptors, and the files it holds without one (working directory, program, mappings).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

/// How a process holds a file.
enum class Hold : std::uint8_t { descriptor, cwd, root, exe, mapped, library };

enum class FileType : std::uint8_t {
  regular,
  directory,
  character,  ///< character device
  block,      ///< block device
  pipe,       ///< and FIFOs
  socket,
  memfd,
  eventfd,
  epoll,
  timerfd,
  signalfd,
  pidfd,
  inotify,
  anonymous,  ///< any other file without a name: bpf, io_uring, perf_event, …
  unknown,
};

[[nodiscard]] std::string_view name_of(FileType type);

struct OpenFile {
  Hold hold = Hold::descriptor;
  int fd = -1;  ///< of descriptors only
  FileType type = FileType::unknown;
  bool readable = false, writable = false, append = false;
  bool deleted = false;       ///< a file on disk that has no name any more: its blocks are freed when it is closed
  std::string path;           ///< raw; of a file without a name, the kernel's word for it: "pipe:[4711]"
  Reading<std::string> info;  ///< sockets: the protocol's name
  Reading<std::uint64_t> size_bytes;
  Reading<std::uint64_t> position_bytes;  ///< fdinfo pos; of seekable files
  Reading<std::uint64_t> device, inode;   ///< device as makedev(3)
};

/// "7", "cwd", "root", "exe", "mem".
[[nodiscard]] std::string descriptor_text(const OpenFile& file);

}  // namespace vigie
