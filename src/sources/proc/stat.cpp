#include "sources/proc/stat.hpp"

#include <unistd.h>

namespace vigie::proc {
namespace {

constexpr std::uint64_t kernel_thread_flag = 0x00200000;  ///< PF_KTHREAD in field 9

/// Reads the numbers of a stat line one after the other.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  std::int64_t next() {
    while (at_ != end_ && *at_ == ' ') ++at_;
    const bool negative = at_ != end_ && *at_ == '-';
    if (negative) ++at_;
    if (at_ == end_ || *at_ < '0' || *at_ > '9') {
      good_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    return static_cast<std::int64_t>(negative ? 0 - value : value);
  }
  std::uint64_t next_unsigned() { return static_cast<std::uint64_t>(next()); }
  void skip(int count) {
    while (count-- > 0) next();
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  const char* at_;
  const char* end_;
  bool good_ = true;
};

/// The part after comm: begins with the state letter. Empty when malformed.
std::string_view after_comm(std::string_view line) {
  const std::size_t close = line.rfind(')');
  if (close == std::string_view::npos || close + 2 >= line.size()) return {};
  return line.substr(close + 2);
}

}  // namespace

bool parse_stat(std::string_view line, ProcessSample& process) {
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  const std::string_view rest = after_comm(line);
  if (open == std::string_view::npos || open > close || rest.empty()) return false;
  process.comm.assign(line.substr(open + 1, close - open - 1));
  process.state = rest[0];
  Numbers numbers(rest.substr(1));
  process.ppid = static_cast<pid_t>(numbers.next());           // field 4
  process.process_group = static_cast<pid_t>(numbers.next());  // 5
  process.session = static_cast<pid_t>(numbers.next());        // 6
  process.tty = static_cast<int>(numbers.next());
  numbers.skip(1);  // tpgid
  process.kernel_thread = (numbers.next_unsigned() & kernel_thread_flag) != 0;
  process.minor_faults = numbers.next_unsigned();  // 10
  numbers.skip(1);
  process.major_faults = numbers.next_unsigned();  // 12
  numbers.skip(1);
  process.user_ticks = numbers.next_unsigned();  // 14
  process.system_ticks = numbers.next_unsigned();
  numbers.skip(2);                                      // cutime, cstime
  process.priority = static_cast<int>(numbers.next());  // 18
  process.nice = static_cast<int>(numbers.next());      // 19
  process.threads = static_cast<unsigned>(numbers.next());
  numbers.skip(1);
  process.id.start_ticks = numbers.next_unsigned();  // 22
  process.virtual_bytes = numbers.next_unsigned();
  process.rss_bytes = numbers.next_unsigned() * page_size;
  if (!numbers.good()) return false;
  numbers.skip(14);                                      // rsslim ... exit_signal
  process.processor = static_cast<int>(numbers.next());  // 39
  numbers.skip(2);                                       // rt_priority, policy
  const std::uint64_t io_wait = numbers.next_unsigned();
  process.io_wait_ticks = numbers.good() ? Reading<std::uint64_t>(io_wait) : Presence::unsupported;  // 42
  return true;
}

StateAndStart parse_state(std::string_view line) {
  StateAndStart result;
  const std::string_view rest = after_comm(line);
  if (rest.empty()) return result;
  Numbers numbers(rest.substr(1));
  numbers.skip(18);
  result.start_ticks = numbers.next_unsigned();
  if (numbers.good()) result.state = rest[0];
  return result;
}

StatInDepth parse_stat_in_depth(std::string_view line) {
  StatInDepth result;
  const std::string_view rest = after_comm(line);
  if (rest.empty()) return result;
  Numbers numbers(rest.substr(1));
  numbers.skip(4);
  const auto group = static_cast<pid_t>(numbers.next());  // field 8
  numbers.skip(7);
  const std::uint64_t user = numbers.next_unsigned();  // 16
  const std::uint64_t system = numbers.next_unsigned();
  if (numbers.good()) result = {.foreground_group = group, .children_ticks = user + system};
  return result;
}

}  // namespace vigie::proc
