#include "sources/cgroup/hierarchy.hpp"

#include <algorithm>
#include <charconv>

namespace vigie::cgroup {
namespace {

std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

/// The entry of a device written "8:0", made when it is new; nullptr for anything else.
CgroupIoLimit* limit_of(std::string_view device, std::vector<CgroupIoLimit>& limits) {
  CgroupIoLimit wanted;
  const std::string_view major = take(device, ':');
  if (std::from_chars(major.data(), major.data() + major.size(), wanted.major).ec != std::errc{}) return nullptr;
  if (std::from_chars(device.data(), device.data() + device.size(), wanted.minor).ec != std::errc{}) return nullptr;
  const auto numbers = [](const CgroupIoLimit& limit) { return std::pair(limit.major, limit.minor); };
  const auto at = std::ranges::lower_bound(limits, numbers(wanted), {}, numbers);
  if (at != limits.end() && numbers(*at) == numbers(wanted)) return &*at;
  return &*limits.insert(at, wanted);
}

void tighten(std::uint64_t& limit, std::string_view text) {
  if (const Reading<std::uint64_t> amount = parse_amount(text)) limit = std::min(limit, *amount);
}

}  // namespace

Reading<std::uint64_t> parse_amount(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text == "max" || text == "-1") return unlimited;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return unlimited;
  if (error != std::errc{} || end != text.data() + text.size()) return Presence::unknown;
  // 9223372036854771712 with 4 KiB pages, a little less with larger ones.
  constexpr std::uint64_t no_limit_of_v1 = std::uint64_t{0x7fff} << 48U;
  return value >= no_limit_of_v1 ? unlimited : value;
}

Reading<double> parse_cpu_max(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  const Reading<std::uint64_t> quota = parse_amount(take(text, ' '));
  if (!quota) return quota.presence();
  if (*quota == unlimited) return std::numeric_limits<double>::infinity();
  const Reading<std::uint64_t> period = text.empty() ? 100'000 : parse_amount(text);
  if (!period || *period == 0) return Presence::unknown;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

void merge_io_max(std::string_view text, std::vector<CgroupIoLimit>& limits) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    CgroupIoLimit* const limit = limit_of(take(line, ' '), limits);
    if (limit == nullptr) continue;
    while (!line.empty()) {
      std::string_view value = take(line, ' ');
      const std::string_view name = take(value, '=');
      if (name == "rbps") tighten(limit->read_bytes_per_second, value);
      if (name == "wbps") tighten(limit->write_bytes_per_second, value);
      if (name == "riops") tighten(limit->reads_per_second, value);
      if (name == "wiops") tighten(limit->writes_per_second, value);
    }
  }
}

void merge_io_throttle(std::string_view text, std::uint64_t CgroupIoLimit::* part, std::vector<CgroupIoLimit>& limits) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    CgroupIoLimit* const limit = limit_of(take(line, ' '), limits);
    if (limit != nullptr) tighten(limit->*part, line);
  }
}

Reading<std::string> Hierarchy::text(std::size_t level, std::string_view file) const {
  if (level >= levels_.size()) return absent_;
  std::string content;
  if (const int error = read_group_file(*root_, levels_[level].directory, file, content)) {
    return presence_of_errno(error);
  }
  return content;
}

Reading<std::uint64_t> Hierarchy::number(std::size_t level, std::string_view file) const {
  const Reading<std::string> content = text(level, file);
  return content ? parse_amount(*content) : content.presence();
}

Reading<std::uint64_t> Hierarchy::keyed(std::size_t level, std::string_view file, std::string_view key) const {
  const Reading<std::string> content = text(level, file);
  if (!content) return content.presence();
  std::string_view rest = *content;
  while (!rest.empty()) {
    std::string_view line = take(rest, '\n');
    if (take(line, ' ') == key) return parse_amount(line);
  }
  return Presence::unsupported;
}

CgroupAmount Hierarchy::amount(std::string_view limit_file, std::string_view used_file, std::size_t& level) const {
  CgroupAmount amount;
  const auto limit = tightest<std::uint64_t>(unlimited, [&](std::size_t at) { return number(at, limit_file); });
  level = limit.level;
  amount.limit = limit.value;
  amount.limit_group = limit.group;
  amount.used = number(0, used_file);
  amount.limit_used = level == 0 ? amount.used : number(level, used_file);
  return amount;
}

}  // namespace vigie::cgroup
