#include "act/signal.hpp"

#include <cctype>
#include <csignal>
#include <cstring>
#include <optional>

#include "act/run_life.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "wire/socket.hpp"

namespace vigie::act {

Act send_signal(const SignalWish& wish) {
  const Verb verb{.verb = "signal", .action = signal_action(wish.signal), .whole_tree = wish.whole_tree};
  return {verb, [=](const Frame& frame, const Target& target) -> Result<Acted> {
            if (const RunRecord* record = record_of(frame, target))
              ignore_error(once_it_listens(*record, [&] { return wire::tell_signal(*record, wish.signal); }));
            const ProcessId leader = identities(frame, target).front();
            return acted(frame, target, verb,
                         wish.whole_tree ? control::signal_tree(lister_of(frame, target), wish.signal)
                                         : control::signal_each({&leader, 1}, wish.signal));
          }};
}

Result<int> parse_signal(const std::string& text) {
  if (const std::optional<int> number = whole_number<int>(text)) {
    if (*number > 0 && *number < NSIG) return *number;
  } else {
    std::string name;
    for (const char c : text) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("SIG")) name.erase(0, 3);
    for (int signal = 1; signal < NSIG; ++signal) {
      const char* abbreviation = ::sigabbrev_np(signal);
      if (abbreviation != nullptr && name == abbreviation) return signal;
    }
  }
  return fail(safe_text(text) + " is not a signal: use a name like TERM or USR1, or a number", ErrorKind::usage);
}

}  // namespace vigie::act
