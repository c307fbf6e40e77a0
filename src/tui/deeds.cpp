#include "tui/deeds.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "act/priority.hpp"
#include "act/signal.hpp"
#include "control/priority.hpp"

namespace vigie::tui {
namespace {

constexpr std::array kinds{
    DeedKind{.deed = Deed::stop, .verb = "stop", .question = "", .usual = ""},
    DeedKind{.deed = Deed::signal, .verb = "signal", .question = "Signal (TERM)", .usual = "TERM"},
    DeedKind{.deed = Deed::pause, .verb = "pause", .question = "", .usual = ""},
    DeedKind{.deed = Deed::resume, .verb = "resume", .question = "", .usual = ""},
    DeedKind{.deed = Deed::renice, .verb = "renice", .question = "Nice value, -20 to 19 (10)", .usual = "10"},
    DeedKind{.deed = Deed::ionice, .verb = "ionice", .question = "I/O priority (idle)", .usual = "idle"},
};

Result<int> parse(Deed deed, const std::string& text) {
  switch (deed) {
    case Deed::signal: return act::parse_signal(text);
    case Deed::renice: return act::parse_nice(text);
    case Deed::ionice: return control::parse_io_priority(text);
    case Deed::stop:
    case Deed::pause:
    case Deed::resume: return 0;
  }
  return 0;
}

}  // namespace

const DeedKind& kind_of(Deed deed) {
  return *std::ranges::find(kinds, deed, &DeedKind::deed);
}

Result<Order> with_value(Order order, const std::string& typed) {
  order.typed = typed.empty() ? std::string(kind_of(order.deed).usual) : typed;
  ASSIGN_OR_RETURN(order.value, parse(order.deed, order.typed));
  return order;
}

std::string describe(const Order& order) {
  const std::string_view verb = kind_of(order.deed).verb;
  return order.typed.empty() ? std::string(verb) : fmt::format("{} {}", verb, order.typed);
}

}  // namespace vigie::tui
