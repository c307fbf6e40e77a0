#include "model/open_file.hpp"

namespace vigie {

std::string_view name_of(FileType type) {
  switch (type) {
    case FileType::regular: return "file";
    case FileType::directory: return "dir";
    case FileType::character: return "device";
    case FileType::block: return "block";
    case FileType::pipe: return "pipe";
    case FileType::socket: return "socket";
    case FileType::memfd: return "memfd";
    case FileType::eventfd: return "eventfd";
    case FileType::epoll: return "epoll";
    case FileType::timerfd: return "timerfd";
    case FileType::signalfd: return "signalfd";
    case FileType::pidfd: return "pidfd";
    case FileType::inotify: return "inotify";
    case FileType::anonymous: return "anon";
    case FileType::unknown: return "unknown";
  }
  return "unknown";
}

std::string descriptor_text(const OpenFile& file) {
  switch (file.hold) {
    case Hold::descriptor: return std::to_string(file.fd);
    case Hold::cwd: return "cwd";
    case Hold::root: return "root";
    case Hold::exe: return "exe";
    case Hold::mapped:
    case Hold::library: return "mem";
  }
  return {};
}

}  // namespace vigie
