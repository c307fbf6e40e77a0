// How a Screen's characters look: colours and attributes (SGR), links, and the title above them.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "terminal/screen.hpp"

namespace vigie::terminal {
namespace {

constexpr std::size_t longest_title = 256;
constexpr std::size_t most_titles = 10;            // as xterm keeps
constexpr std::size_t most_extras = 16 << 10;      // different ones on screen and scrollback
constexpr std::size_t most_extra_bytes = 2 << 20;  // of their links
constexpr std::size_t between_searches = 1 << 10;  // new ones, after a search for unused ones

std::uint8_t byte_of(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// A style while SGR changes it.
struct Pen {
  Style style;
  StyleExtra extra;
};

void set_colour(Pen& pen, int which, Colour colour) {
  if (which == 38) pen.style.foreground = colour;
  if (which == 48) pen.style.background = colour;
  if (which == 58) pen.extra.underline = colour;
}

/// SGR 38, 48 and 58: `;5;N`, `;2;R;G;B`, or with colons and then perhaps a colour space before R. Returns how many
/// parameters that were.
std::size_t apply_extended_colour(const ControlSequence& sequence, std::size_t at, Pen& pen) {
  const auto& parameters = sequence.parameters;
  std::size_t end = at + 1;
  while (end < sequence.count && parameters[end].sub) ++end;
  const bool with_colons = end > at + 1;
  const int kind = sequence.value_or(at + 1, 0);
  if (!with_colons) end = std::min(at + (kind == 2 ? 5 : kind == 5 ? 3 : 2), sequence.count);
  const std::size_t values = end - at - 1;  // the kind among them
  const auto value = [&](std::size_t index) { return byte_of(sequence.value_or(index, 0)); };
  const int which = parameters[at].value;
  if (kind == 5 && values >= 2)
    set_colour(pen, which, {.kind = Colour::Kind::indexed, .red = value(at + 2), .green = 0, .blue = 0});
  if (kind == 2 && values >= 4) {
    const std::size_t red = at + (values >= 5 ? 3 : 2);
    set_colour(pen, which,
               {.kind = Colour::Kind::rgb, .red = value(red), .green = value(red + 1), .blue = value(red + 2)});
  }
  return end - at;
}

/// SGR 1 to 29, 53 and 55.
void apply_attribute(int number, Style& style) {
  const auto on = [&](int bits) { style.attributes = static_cast<std::uint8_t>(style.attributes | bits); };
  const auto off = [&](int bits) { style.attributes = static_cast<std::uint8_t>(style.attributes & ~bits); };
  switch (number) {
    case 1: on(Style::bold); return;
    case 2: on(Style::faint); return;
    case 3: on(Style::italic); return;
    case 4: style.underline = 1; return;
    case 5:
    case 6: on(Style::blink); return;
    case 7: on(Style::reverse); return;
    case 8: on(Style::hidden); return;
    case 9: on(Style::strike); return;
    case 21: style.underline = 2; return;
    case 22: off(Style::bold | Style::faint); return;
    case 23: off(Style::italic); return;
    case 24: style.underline = 0; return;
    case 25: off(Style::blink); return;
    case 27: off(Style::reverse); return;
    case 28: off(Style::hidden); return;
    case 29: off(Style::strike); return;
    case 53: on(Style::overline); return;
    case 55: off(Style::overline); return;
    default: return;
  }
}

std::size_t apply_one(const ControlSequence& sequence, std::size_t at, Pen& pen) {
  Style& style = pen.style;
  const int number = std::max(sequence.parameters[at].value, 0);
  const bool has_sub = at + 1 < sequence.count && sequence.parameters[at + 1].sub;
  const auto indexed = [](int index) {
    return Colour{.kind = Colour::Kind::indexed, .red = byte_of(index), .green = 0, .blue = 0};
  };
  if (number == 38 || number == 48 || number == 58) return apply_extended_colour(sequence, at, pen);
  if (number == 0) {
    pen = {};
  } else if (number == 59) {
    pen.extra.underline = {};
  } else if (number == 51 || number == 52 || number == 54) {
    pen.extra.frame = static_cast<std::uint8_t>(number == 54 ? 0 : number);
  } else if (number >= 73 && number <= 75) {
    pen.extra.script = static_cast<std::uint8_t>(number == 75 ? 0 : number);
  } else if (number >= 30 && number <= 37) {
    style.foreground = indexed(number - 30);
  } else if (number >= 40 && number <= 47) {
    style.background = indexed(number - 40);
  } else if (number >= 90 && number <= 97) {
    style.foreground = indexed(number - 90 + 8);
  } else if (number >= 100 && number <= 107) {
    style.background = indexed(number - 100 + 8);
  } else if (number == 39) {
    style.foreground = {};
  } else if (number == 49) {
    style.background = {};
  } else if (number == 4 && has_sub) {
    style.underline = static_cast<std::uint8_t>(std::clamp(sequence.parameters[at + 1].value, 0, 5));
  } else {
    apply_attribute(number, style);
  }
  std::size_t taken = 1;
  while (at + taken < sequence.count && sequence.parameters[at + taken].sub) ++taken;
  return taken;
}

std::string key_of(const StyleExtra& extra) {
  const Colour& colour = extra.underline;
  std::string key;
  for (const std::uint8_t byte :
       {static_cast<std::uint8_t>(colour.kind), colour.red, colour.green, colour.blue, extra.frame, extra.script})
    key += static_cast<char>(byte);
  return key + extra.link;
}

}  // namespace

void Screen::set_style(const ControlSequence& sequence) {
  Style& style = state_.cursor.style;
  Pen pen{.style = style, .extra = state_.extras[style.extra]};
  if (sequence.count == 0) pen = {};
  for (std::size_t at = 0; at < sequence.count;) at += apply_one(sequence, at, pen);
  style = pen.style;
  set_extra(std::move(pen.extra));
}

/// SGR leaves a link as it is, and a link the colour of underlines.
void Screen::set_extra(StyleExtra wanted) {
  std::uint16_t& extra = state_.cursor.style.extra;
  extra = 0;
  wanted.link = state_.link;
  if (wanted == StyleExtra{}) return;
  const std::string key = key_of(wanted);
  const auto known = extra_numbers_.find(key);
  if (known != extra_numbers_.end()) {
    extra = known->second;
    return;
  }
  const auto full = [&] {
    return extra_bytes_ + wanted.link.size() > most_extra_bytes ||
           (unused_extras_.empty() && state_.extras.size() >= most_extras);
  };
  if (full() && ++refused_extras_ % between_searches == 1) find_unused_extras();
  if (full()) return;  // without colour and link rather than without bounds
  if (unused_extras_.empty()) {
    unused_extras_.push_back(static_cast<std::uint16_t>(state_.extras.size()));
    state_.extras.emplace_back();
  }
  extra = unused_extras_.back();
  unused_extras_.pop_back();
  extra_bytes_ += wanted.link.size();
  state_.extras[extra] = std::move(wanted);
  extra_numbers_.emplace(key, extra);
}

/// Those of text that is gone can be given to other text.
void Screen::find_unused_extras() {
  std::vector<bool> used(state_.extras.size());
  const auto use_line = [&](const Line& line) {
    for (const Cell& cell : line) used[cell.style.extra] = true;
  };
  for (const Page* const page : {&state_.main, &state_.alternate}) {
    std::ranges::for_each(page->lines, use_line);
    used[page->saved.style.extra] = true;
  }
  std::ranges::for_each(state_.scrollback, use_line);
  used[state_.cursor.style.extra] = true;
  unused_extras_.clear();
  for (std::size_t number = 1; number < used.size(); ++number) {
    if (used[number]) continue;
    StyleExtra& extra = state_.extras[number];
    if (extra_numbers_.erase(key_of(extra)) > 0) extra_bytes_ -= extra.link.size();
    extra = {};
    unused_extras_.push_back(static_cast<std::uint16_t>(number));
  }
}

/// OSC 8: "parameters;URI"; an empty URI ends the link.
void Screen::set_link(std::string_view content) {
  const std::size_t uri = content.find(';');
  if (uri == std::string_view::npos) return;
  const bool sane = std::ranges::all_of(content, [](char byte) { return byte >= ' ' && byte <= '~'; });
  state_.link = sane && uri + 1 < content.size() ? content : std::string_view();
  state_.had_links = true;
  set_extra(state_.extras[state_.cursor.style.extra]);
}

void Screen::string(char introducer, std::string_view content) {
  finish_cut_character();
  if (introducer != ']') return;
  if (content.starts_with("0;") || content.starts_with("2;")) {
    state_.title = safe_text(content.substr(2).substr(0, longest_title));
  } else if (content.starts_with("8;")) {
    set_link(content.substr(2));
  } else {
    state_.settings.heed_command(content);
  }
}

/// XTWINOPS 22 and 23: editors put the title of the shell away and bring it back.
void Screen::keep_title(const ControlSequence& sequence) {
  constexpr int icon_alone = 1;
  if (sequence.value_or(1, 0) == icon_alone) return;
  if (sequence.value_or(0, 0) == 22) {
    if (titles_.size() == most_titles) titles_.erase(titles_.begin());
    titles_.push_back(state_.title);
  } else if (!titles_.empty()) {
    state_.title = std::move(titles_.back());
    titles_.pop_back();
  }
}

}  // namespace vigie::terminal
