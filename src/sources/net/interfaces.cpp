#include "sources/net/interfaces.hpp"

#include <cerrno>
#include <charconv>
#include <string>

#include "base/file.hpp"

namespace vigie::net {
namespace {

constexpr std::size_t table_limit = 4 << 20;

/// The next number after blanks; false when there is none.
bool next_number(std::string_view& text, std::uint64_t& value) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return false;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

void parse_line(std::string_view line, std::vector<InterfaceSample>& interfaces) {
  // Names hold no colon since alias interfaces are gone, but may (eth0:1): the numbers begin after the last one.
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return;
  std::string_view name = line.substr(0, colon);
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  std::string_view rest = line.substr(colon + 1);
  std::uint64_t numbers[12];
  for (std::uint64_t& number : numbers) {
    if (!next_number(rest, number)) return;
  }
  if (name.empty()) return;
  InterfaceSample one;
  one.name = name;
  one.received_bytes = numbers[0];
  one.received_packets = numbers[1];
  one.receive_errors = numbers[2];
  one.receive_drops = numbers[3];
  one.sent_bytes = numbers[8];
  one.sent_packets = numbers[9];
  one.send_errors = numbers[10];
  one.send_drops = numbers[11];
  interfaces.push_back(std::move(one));
}

/// Presence of an attribute of sysfs that an interface may lack: EINVAL is how a down or virtual one answers.
Presence absent_attribute(int error) {
  return error == EINVAL || error == EOPNOTSUPP || error == ENOENT ? Presence::unsupported : presence_of_errno(error);
}

void read_link(const Root& root, InterfaceSample& one, std::string& buffer) {
  if (root.sys() < 0 || one.name.find('/') != std::string::npos) {
    one.state = Presence::unsupported;
    one.link_bytes = Presence::unsupported;
    return;
  }
  const std::string dir = "class/net/" + one.name;
  if (const int error = read_file(root.sys(), (dir + "/operstate").c_str(), buffer)) {
    one.state = absent_attribute(error);
  } else {
    one.state = buffer.substr(0, buffer.find('\n'));
  }
  if (const int error = read_file(root.sys(), (dir + "/speed").c_str(), buffer)) {
    one.link_bytes = absent_attribute(error);
    return;
  }
  std::int64_t megabits = -1;
  std::from_chars(buffer.data(), buffer.data() + buffer.size(), megabits);
  constexpr std::int64_t bytes_per_megabit = 1'000'000 / 8;
  constexpr std::int64_t most = 100'000'000;  // 100 Tbit/s: more is a driver's way to say that it does not know
  if (megabits > 0 && megabits < most) {
    one.link_bytes = static_cast<std::uint64_t>(megabits * bytes_per_megabit);
  } else {
    one.link_bytes = Presence::unsupported;
  }
}

}  // namespace

void parse_interfaces(std::string_view text, std::vector<InterfaceSample>& interfaces) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    parse_line(text.substr(0, end), interfaces);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

int read_interfaces(const Root& root, std::vector<InterfaceSample>& interfaces) {
  std::string buffer;
  if (const int error = read_file(root.proc(), "net/dev", buffer, table_limit)) return error;
  parse_interfaces(buffer, interfaces);
  for (InterfaceSample& one : interfaces) read_link(root, one, buffer);
  return 0;
}

}  // namespace vigie::net
