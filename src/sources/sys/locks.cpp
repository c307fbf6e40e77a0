#include <sys/sysmacros.h>

#include <charconv>

#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

template <class T>
bool number_of(std::string_view text, int base, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

/// "fe:00:8126513": major and minor of the device in hexadecimal, and the inode.
bool parse_file(std::string_view text, FileLock& lock) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  unsigned major = 0;
  unsigned minor = 0;
  if (!number_of(text.substr(0, first), 16, major) ||
      !number_of(text.substr(first + 1, second - first - 1), 16, minor) ||
      !number_of(text.substr(second + 1), 10, lock.inode)) {
    return false;
  }
  lock.device = ::makedev(major, minor);
  return true;
}

}  // namespace

std::vector<FileLock> parse_locks(std::string_view text) {
  std::vector<FileLock> locks;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    FileLock lock;
    std::string_view number = words.next();
    if (!number.ends_with(':')) continue;
    number.remove_suffix(1);
    std::string_view word = words.next();
    lock.waits = word == "->";
    if (lock.waits) word = words.next();
    lock.kind = word;
    words.next();  // ADVISORY, MANDATORY, MSNFS; of leases how they are
    lock.exclusive = words.next() == "WRITE";
    const std::string_view pid = words.next();
    if (number_of(number, 10, lock.number) && number_of(pid, 10, lock.pid) && parse_file(words.next(), lock))
      locks.push_back(std::move(lock));
  }
  return locks;
}

}  // namespace vigie::sys
