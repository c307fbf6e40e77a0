#include "terminal/terminal_settings.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "terminal/screen_state.hpp"

namespace vigie::terminal {
namespace {

constexpr std::size_t most_modes = 64, most_keys_below = 16, most_colours = 600, longest_value = 64;
constexpr int palette = 4, special_colours = 5, first_dynamic = 10, last_dynamic = 19;
constexpr int back = 100;  ///< OSC 104 takes OSC 4 back, 110 takes 10 back
constexpr int other_keys = 4;
constexpr int own_default = ControlSequence::kMissing;  ///< what a value that is not given asks for
constexpr std::string_view command_end = "\x1b\\";

/// DEC private modes that are no state of a terminal to be carried over: VT52, Tektronix and the width of 132 columns;
/// an update that the program is about to end.
constexpr std::array not_carried{2, 3, 38, 40, 2026};
/// Those that a screen acts on itself, beside its private_flags: origin, mouse, which screen is shown.
constexpr std::array of_screen{6, 9, 47, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 1047, 1048, 1049};
constexpr int insert = 4, newline = 20;
/// Modes that are on where no program has changed them: keys repeat; the terminal itself does not show what is typed.
constexpr int auto_repeat = 8, send_receive = 12;

template <std::size_t count>
bool is_in(const std::array<int, count>& numbers, int number) {
  return std::ranges::find(numbers, number) != numbers.end();
}

bool is_carried(bool is_private, int number) {
  if (!is_private) return number > 0 && number != insert && number != newline;
  return number > 0 && !is_in(not_carried, number) && !is_in(of_screen, number) &&
         std::ranges::find(private_flags, number, &PrivateFlag::number) == private_flags.end();
}

constexpr std::string_view no_keys = "\x1b[<99u\x1b[=0u";  // more than a stack holds: nothing is left on it

/// Commands of which the latest is in force, and what ends that: the shape of the pointer (xterm), the progress that a
/// task bar shows (ConEmu).
struct LastingCommand {
  std::string_view beginning, none;
};
constexpr std::array<LastingCommand, 2> lasting{{{"22;", ""}, {"9;4;", "0"}}};

bool is_value(std::string_view text) {
  return !text.empty() && text.size() <= longest_value &&
         std::ranges::all_of(text, [](char byte) { return byte > ' ' && byte <= '~' && byte != ';'; });
}

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// The part before the first ';', which goes with it.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

void append_command(std::string& out, std::string_view content) {
  out.append("\x1b]").append(content).append(command_end);
}

}  // namespace

void KeyFlags::append_to(std::string& out) const {
  if (!touched) return;
  const auto to = std::back_inserter(out);
  out += no_keys;
  const auto value = [&](std::size_t index) { return index < below.size() ? below[index] : now; };
  if (value(0) != 0) fmt::format_to(to, "\x1b[={}u", value(0));
  for (std::size_t i = 1; i <= below.size(); ++i) fmt::format_to(to, "\x1b[>{}u", value(i));
}

void KeyFlags::append_taking_back(std::string& out) const {
  if (touched) out += no_keys;
}

void TerminalSettings::heed(const ControlSequence& sequence, bool on_alternate) {
  const char leader = sequence.leader, final = sequence.final;
  if (sequence.intermediate != 0) return;
  if (final == 'h' || final == 'l') {
    if (leader == 0 || leader == '?') set_modes(sequence);
  } else if (final == 'u') {
    if (leader != 0 && leader != '?') set_keys(sequence, keys_[on_alternate ? 1 : 0]);
  } else if (leader == '>' && std::string_view("mfn").contains(final)) {
    set_resource(sequence);
  }
}

void TerminalSettings::set_modes(const ControlSequence& sequence) {
  std::map<int, bool>& modes = sequence.leader == '?' ? private_modes_ : ansi_modes_;
  for (std::size_t i = 0; i < sequence.count; ++i) {
    const int number = sequence.value_or(i, 0);
    if (!is_carried(sequence.leader == '?', number)) continue;
    if (modes.size() < most_modes || modes.contains(number)) modes[number] = sequence.final == 'h';
  }
}

void TerminalSettings::set_keys(const ControlSequence& sequence, KeyFlags& keys) const {
  keys.touched = true;
  const int flags = sequence.value_or(0, 0);
  if (sequence.leader == '>') {
    if (keys.below.size() == most_keys_below) keys.below.erase(keys.below.begin());
    keys.below.push_back(keys.now);
    keys.now = flags;
  } else if (sequence.leader == '<') {
    for (int left = sequence.value_or(0, 1); left > 0 && (keys.now != 0 || !keys.below.empty()); --left) {
      keys.now = keys.below.empty() ? 0 : keys.below.back();
      if (!keys.below.empty()) keys.below.pop_back();
    }
  } else {
    const int how = sequence.value_or(1, 1);
    keys.now = how == 2 ? keys.now | flags : how == 3 ? keys.now & ~flags : flags;
  }
}

/// XTMODKEYS and XTFMTKEYS of xterm: which keys are sent with their modifiers, and how.
void TerminalSettings::set_resource(const ControlSequence& sequence) {
  constexpr int most = 7;
  const char kind = sequence.final == 'f' ? 'f' : 'm';
  if (sequence.count == 0) {
    for (auto& [key, value] : resources_) value = key.first == kind ? own_default : value;
  } else {
    const int which = sequence.value_or(0, 0);
    if (which > most) return;
    resources_[{kind, which}] = sequence.final == 'n' ? 0 : sequence.parameters[1].value;
  }
  // The reset of every terminal covers how other keys are sent: the default is no news.
  const auto known = resources_.find({'m', other_keys});
  if (known != resources_.end() && known->second <= 0) resources_.erase(known);
}

void TerminalSettings::heed_command(std::string_view content) {
  for (const auto& [beginning, none] : lasting) {
    if (!content.starts_with(beginning)) continue;
    const std::string_view value = content.substr(beginning.size());
    const bool ends = value.substr(0, value.find(';')) == none;
    if (value.size() <= longest_value &&
        std::ranges::all_of(value, [](char byte) { return byte > ' ' && byte <= '~'; }))
      commands_[std::string(beginning)] = ends ? std::string_view() : value;
    return;
  }
  const std::optional<int> kind = number_of(take_part(content));
  if (!kind) return;
  if (*kind == palette || *kind == special_colours) {
    set_palette(content, *kind);
  } else if (*kind >= first_dynamic && *kind <= last_dynamic) {
    set_colours(content, *kind);
  } else if (*kind == back + palette || *kind == back + special_colours ||
             (*kind >= back + first_dynamic && *kind <= back + last_dynamic)) {
    reset_colours(*kind - back, content);
  }
}

void TerminalSettings::set_palette(std::string_view pairs, int kind) {
  while (!pairs.empty()) {
    const std::optional<int> index = number_of(take_part(pairs));
    const std::string_view value = take_part(pairs);
    constexpr int most = 511;
    const bool room = colours_.size() < most_colours;
    if (index && *index <= most && value != "?" && is_value(value) && room) colours_[{kind, *index}] = value;
  }
}

/// `OSC 10 ; a ; b`: the second is for OSC 11, and so on.
void TerminalSettings::set_colours(std::string_view specs, int first) {
  for (int kind = first; kind <= last_dynamic && !specs.empty(); ++kind) {
    const std::string_view value = take_part(specs);
    if (value != "?" && is_value(value)) colours_[{kind, 0}] = value;
  }
}

void TerminalSettings::reset_colours(int kind, std::string_view which) {
  const bool all = which.empty();
  if (kind >= first_dynamic) which = "0";
  for (auto& [key, value] : colours_) {
    if (all && key.first == kind) value.clear();
  }
  while (!which.empty()) {
    const std::optional<int> index = number_of(take_part(which));
    if (index && colours_.size() < most_colours) colours_[{kind, *index}].clear();
  }
}

void TerminalSettings::reset() {
  for (auto& [number, on] : private_modes_) on = number == auto_repeat;
  for (auto& [number, on] : ansi_modes_) on = number == send_receive;
  for (KeyFlags& keys : keys_) keys = {.now = 0, .below = {}, .touched = keys.touched};
  for (auto& [key, value] : resources_) value = own_default;
  resources_.erase({'m', other_keys});
  for (auto& [key, value] : colours_) value.clear();
  for (auto& [key, value] : commands_) value.clear();
}

void TerminalSettings::append_to(std::string& out) const {
  const auto to = std::back_inserter(out);
  for (const auto& [number, on] : private_modes_) fmt::format_to(to, "\x1b[?{}{}", number, on ? 'h' : 'l');
  for (const auto& [number, on] : ansi_modes_) fmt::format_to(to, "\x1b[{}{}", number, on ? 'h' : 'l');
  for (const auto& [key, value] : resources_) {
    if (value != own_default) fmt::format_to(to, "\x1b[>{};{}{}", key.second, value, key.first);
  }
  for (const auto& [key, value] : colours_) {
    if (value.empty()) continue;
    append_command(out, key.first >= first_dynamic ? fmt::format("{};{}", key.first, value)
                                                   : fmt::format("{};{};{}", key.first, key.second, value));
  }
  for (const auto& [beginning, value] : commands_) {
    if (!value.empty()) append_command(out, beginning + value);
  }
}

void TerminalSettings::append_taking_back(std::string& out) const {
  const auto to = std::back_inserter(out);
  for (const auto& [number, on] : private_modes_) {
    const bool usual = number == auto_repeat;
    if (on != usual) fmt::format_to(to, "\x1b[?{}{}", number, usual ? 'h' : 'l');
  }
  for (const auto& [number, on] : ansi_modes_) {
    const bool usual = number == send_receive;
    if (on != usual) fmt::format_to(to, "\x1b[{}{}", number, usual ? 'h' : 'l');
  }
  for (const auto& [key, value] : resources_) fmt::format_to(to, "\x1b[>{}{}", key.second, key.first);
  for (const auto& [key, value] : colours_) {
    append_command(out, key.first >= first_dynamic ? fmt::format("{}", key.first + back)
                                                   : fmt::format("{};{}", key.first + back, key.second));
  }
  for (const auto& [beginning, none] : lasting) {
    if (commands_.contains(beginning)) append_command(out, std::string(beginning).append(none));
  }
}

const bool* TerminalSettings::private_mode(int number) const {
  const auto known = private_modes_.find(number);
  return known == private_modes_.end() ? nullptr : &known->second;
}

}  // namespace vigie::terminal
