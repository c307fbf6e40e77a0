#include "sources/proc/open_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "sources/proc/digits.hpp"
#include "sources/proc/mappings.hpp"
#include "sources/proc/read_once.hpp"

namespace vigie::proc {
namespace {

constexpr std::string_view deleted_suffix = " (deleted)";

/// Asks for what the kernel has at hand: a file server that is gone must not hold up the look.
bool ask(int dir, const char* name, struct statx& info) {
  return ::statx(dir, name, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &info) == 0;
}

/// Whether `path`, as the process sees it, is this very file.
bool is_named(int dir, std::string_view path, const struct statx& file) {
  struct statx named{};
  std::string inside = "root";
  inside += path;
  return ask(dir, inside.c_str(), named) && named.stx_ino == file.stx_ino &&
         named.stx_dev_major == file.stx_dev_major && named.stx_dev_minor == file.stx_dev_minor;
}

FileType type_of_mode(unsigned mode, std::string_view target) {
  switch (mode & S_IFMT) {
    case S_IFREG: return target.starts_with("/memfd:") ? FileType::memfd : FileType::regular;
    case S_IFDIR: return FileType::directory;
    case S_IFCHR: return FileType::character;
    case S_IFBLK: return FileType::block;
    case S_IFIFO: return FileType::pipe;
    case S_IFSOCK: return FileType::socket;
    default: return type_of_link(target);
  }
}

bool has_size(FileType type) {
  return type == FileType::regular || type == FileType::directory || type == FileType::memfd;
}

bool has_position(FileType type) {
  return has_size(type) || type == FileType::block;
}

/// The name of the link and, on the live host, of what it leads to. False when it is gone.
bool read_target(const Root& root, int process, int dir, const char* name, OpenFile& file) {
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(dir, name, target, sizeof target);
  if (length < 0) return false;
  file.path.assign(target, static_cast<std::size_t>(length));
  struct statx info{};
  const bool known = root.live() && ask(dir, name, info);
  file.type = known ? type_of_mode(info.stx_mode, file.path) : type_of_link(file.path);
  if (known) {
    file.device = ::makedev(info.stx_dev_major, info.stx_dev_minor);
    file.inode = info.stx_ino;
    file.size_bytes = Presence::unsupported;
    if (has_size(file.type)) file.size_bytes = info.stx_size;
  } else {
    file.device = file.inode = file.size_bytes = Presence::unknown;
  }
  if (!file.path.ends_with(deleted_suffix)) return true;
  // A name may end so by itself: then it leads to this file.
  if (known && info.stx_nlink > 0 && is_named(process, file.path, info)) return true;
  file.path.resize(file.path.size() - deleted_suffix.size());
  file.deleted = file.type == FileType::regular || file.type == FileType::directory;
  return true;
}

void read_descriptor_info(int fdinfo, const char* name, std::string& buffer, OpenFile& file) {
  FdInfo info;
  const int error = read_once(fdinfo, name, buffer);
  if (error == 0) {
    info = parse_fdinfo(buffer);
  } else {
    info.position = info.flags = presence_of_errno(error);
  }
  file.position_bytes = has_position(file.type) ? info.position : Presence::unsupported;
  if (!info.flags) return;
  const auto flags = static_cast<unsigned>(*info.flags);
  const unsigned access = flags & O_ACCMODE;
  if ((flags & O_PATH) != 0) return;
  file.readable = access == O_RDONLY || access == O_RDWR;
  file.writable = access == O_WRONLY || access == O_RDWR;
  file.append = (flags & O_APPEND) != 0;
}

/// "TCP", "UNIX", …: the kernel tells it as an attribute of the socket.
Reading<std::string> protocol_of(int descriptors, const char* name) {
  char value[64];
  const std::string path = fmt::format("/proc/self/fd/{}/{}", descriptors, name);
  const ssize_t length = ::getxattr(path.c_str(), "system.sockprotoname", value, sizeof value);
  if (length <= 0) return Presence::unknown;
  return std::string(value, ::strnlen(value, static_cast<std::size_t>(length)));
}

Reading<std::vector<OpenFile>> read_descriptors(const Root& root, int process) {
  const int list = ::openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(list < 0 ? nullptr : ::fdopendir(list), ::closedir);
  if (directory == nullptr) return presence_of_errno(errno);
  const Fd infos(::openat(process, "fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::vector<OpenFile> files;
  std::string buffer;
  while (const dirent* entry = ::readdir(directory.get())) {
    std::string_view name = entry->d_name;
    std::uint64_t number = 0;
    if (!take_number(name, 10, number) || !name.empty()) continue;
    OpenFile file;
    file.fd = static_cast<int>(number);
    if (!read_target(root, process, list, entry->d_name, file)) continue;  // closed meanwhile
    read_descriptor_info(infos.get(), entry->d_name, buffer, file);
    if (file.type == FileType::socket && root.live()) file.info = protocol_of(list, entry->d_name);
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &OpenFile::fd);
  return files;
}

void append_held(const Root& root, int process, const char* name, Hold hold, std::vector<OpenFile>& files) {
  OpenFile file;
  file.hold = hold;
  if (read_target(root, process, process, name, file)) files.push_back(std::move(file));
}

/// The row of a mapped file. Its size takes a call, which a library that is not shown is not worth.
OpenFile mapped_file(const Root& root, int process, const Mapping& mapping, bool library_sizes) {
  const MappingKind kind = kind_of(mapping);
  OpenFile file;
  file.hold = kind == MappingKind::code ? Hold::library : Hold::mapped;
  file.type = type_of_link(mapping.path);
  file.path = mapping.path;
  file.deleted = mapping.deleted && file.type == FileType::regular && !mapping.path.starts_with("/SYSV") &&
                 mapping.path != "/dev/zero";
  file.device = ::makedev(mapping.major, mapping.minor);
  file.inode = mapping.inode;
  file.readable = mapping.permissions[0] == 'r';
  file.writable = mapping.permissions[1] == 'w' && mapping.permissions[3] == 's';
  file.position_bytes = Presence::unsupported;
  file.size_bytes = Presence::not_read;
  if (!root.live() || mapping.deleted || (file.hold == Hold::library && !library_sizes)) return file;
  struct statx info{};
  const std::string inside = "root" + mapping.path;
  file.size_bytes = Presence::unknown;
  if (!ask(process, inside.c_str(), info) || info.stx_ino != mapping.inode) return file;
  file.type = type_of_mode(info.stx_mode, mapping.path);
  if (has_size(file.type)) file.size_bytes = info.stx_size;
  return file;
}

/// Each mapped file once, however many pieces of it are mapped; the program itself has its own row.
void append_mapped(const Root& root, int process, bool library_sizes, std::vector<OpenFile>& files) {
  const Reading<std::vector<Mapping>> mappings = read_map_names(root, process);
  if (!mappings) return;
  const std::string program = files.empty() || files.back().hold != Hold::exe ? std::string() : files.back().path;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const Mapping& mapping : *mappings) {
    if (mapping.inode == 0 || !mapping.path.starts_with('/') || mapping.path == program) continue;
    if (!seen.emplace(::makedev(mapping.major, mapping.minor), mapping.inode).second) continue;
    files.push_back(mapped_file(root, process, mapping, library_sizes));
  }
}

}  // namespace

FdInfo parse_fdinfo(std::string_view text) {
  FdInfo info{.position = Presence::unknown, .flags = Presence::unknown};
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::uint64_t value = 0;
    if (line.starts_with("pos:")) {
      line.remove_prefix(4);
      skip_blanks(line);
      if (take_number(line, 10, value) && line.empty()) info.position = value;
    } else if (line.starts_with("flags:")) {
      line.remove_prefix(6);
      skip_blanks(line);
      if (take_number(line, 8, value) && line.empty()) info.flags = value;
      return info;  // the rest depends on the kind of file and may be long
    }
  }
  return info;
}

FileType type_of_link(std::string_view target) {
  if (target.starts_with("socket:[")) return FileType::socket;
  if (target.starts_with("pipe:[")) return FileType::pipe;
  if (target.starts_with("/memfd:")) return FileType::memfd;
  if (target.starts_with("/dev/") && !target.starts_with("/dev/shm/") && !target.starts_with("/dev/zero (")) {
    return FileType::character;
  }
  if (target.starts_with('/')) return FileType::regular;
  constexpr std::string_view anonymous = "anon_inode:";
  if (!target.starts_with(anonymous)) return FileType::unknown;
  const std::string_view kind = target.substr(anonymous.size());
  if (kind.starts_with("[eventfd")) return FileType::eventfd;
  if (kind == "[eventpoll]") return FileType::epoll;
  if (kind == "[timerfd]") return FileType::timerfd;
  if (kind == "[signalfd]") return FileType::signalfd;
  if (kind == "[pidfd]") return FileType::pidfd;
  if (kind == "inotify") return FileType::inotify;
  return FileType::anonymous;
}

Reading<std::vector<OpenFile>> read_open_files(const Root& root, int dir, bool library_sizes) {
  Reading<std::vector<OpenFile>> files = read_descriptors(root, dir);
  if (!files) return files;
  append_held(root, dir, "cwd", Hold::cwd, *files);
  append_held(root, dir, "root", Hold::root, *files);
  append_held(root, dir, "exe", Hold::exe, *files);
  append_mapped(root, dir, library_sizes, *files);
  return files;
}

}  // namespace vigie::proc
