#include "rules/ended/last_words.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "rules/ended/last_words_lines.hpp"
#include "rules/ended/last_words_signs.hpp"

namespace vigie::rules {
namespace {

/// Launchers put a mark before each line: "[rank0]: ".
std::string_view without_rank(std::string_view line) {
  if (!line.starts_with("[rank")) return line;
  const std::size_t end = line.find("]:");
  if (end == std::string_view::npos || end > 12) return line;
  line.remove_prefix(end + 2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// `  File "/x/train.py", line 42, in step` as "train.py:42 in step"; empty when it is none.
std::string place_in(std::string_view line) {
  const std::size_t quote = line.find("File \"");
  if (quote == std::string_view::npos) return {};
  const std::string_view rest = line.substr(quote + 6);
  const std::size_t end = rest.find("\", line ");
  if (end == std::string_view::npos) return {};
  const std::string_view after = rest.substr(end + 8);
  const std::size_t comma = after.find(", in ");
  std::string text = fmt::format("{}:{}", base_name(rest.substr(0, end)), after.substr(0, comma));
  if (comma != std::string_view::npos) text += fmt::format(" in {}", after.substr(comma + 5));
  return text;
}

/// Whether a line of a traceback is of a library, of Python itself or of a launcher's script, and not of the program.
bool is_library(std::string_view line) {
  constexpr std::string_view words[] = {
      "/site-packages/",  "/dist-packages/", "/lib/python",    "/bin/torchrun",
      "/bin/accelerate",  "/bin/deepspeed",  "File \"<frozen", "File \"<__array_function__",
      "File \"<decorator"};
  return has_any(line, words);
}

/// The traceback whose head is `lines[head]`, and the line after its error.
std::optional<Traceback> traceback_at(std::span<const std::string> lines, std::size_t head, std::size_t& end) {
  Traceback found;
  std::string innermost;
  for (end = head + 1; end < lines.size() && found.error.empty(); ++end) {
    const std::string_view text = lines[end];
    const bool frame = has(text, "  File \"") && has(text, "\", line ");
    if (has(text, traceback_head) || (frame && !text.starts_with(' '))) return std::nullopt;  // of another
    const bool more = end + 1 < lines.size() && lines[end + 1].starts_with("  File \"");
    if (has(text, "RayTaskError(") && more) continue;  // that of the task follows
    if (!text.starts_with(' ') && !text.empty()) {
      found.error = text;
      continue;
    }
    std::string place = place_in(text);
    if (place.empty()) continue;
    if (!is_library(text)) found.where = place;
    if (innermost.empty() || !has(text, "File \"<")) innermost = std::move(place);
  }
  if (found.error.empty()) return std::nullopt;
  if (found.where.empty()) found.where = std::move(innermost);
  return found;
}

/// Something in the output that may have been the end of it: the lines [begin, end).
struct Trouble {
  std::size_t begin = 0, end = 0;
  Cause cause;
};

void set_sign(const Sign& sign, std::string_view line, Cause& cause) {
  cause.rule = sign.rule;
  cause.line = line;
  cause.refused = sign.refused;
  cause.killed = sign.killed;
}

/// Whether the traceback that begins at `head` was raised while the one before it was handled, or is that of a worker.
bool continues(std::span<const std::string> lines, std::size_t end, std::size_t head) {
  constexpr std::string_view words[] = {"During handling of the above",
                                        "was the direct cause of",
                                        "Original Traceback",
                                        "terminated with the following error",
                                        "RemoteError",
                                        "RemoteTraceback"};
  const std::size_t last = std::min(head + 1, lines.size());
  return std::ranges::any_of(lines.subspan(end - 1, last - end + 1),  // the error, too
                             [&](const std::string& line) { return has_any(line, words); });
}

/// Whether the traceback at `head` was raised in another process, which is where the error is.
bool is_of_child(std::span<const std::string> lines, std::size_t head) {
  const std::size_t first = head - std::min<std::size_t>(head, 2);
  return std::ranges::any_of(lines.subspan(first, head - first),
                             [](const std::string& line) { return has(line, "RemoteTraceback"); });
}

/// Whether the traceback at `head` is of a thread or of the end of a program (atexit): the program goes on after it.
bool is_beside_the_program(std::span<const std::string> lines, std::size_t head) {
  constexpr std::string_view words[] = {"Exception in thread", "Exception ignored in", "Error in atexit"};
  return has_any(lines[head], words) || (head > 0 && has_any(lines[head - 1], words));
}

/// The next head of a traceback, at most `far` lines away; lines.size() when there is none.
std::size_t next_head(std::span<const std::string> lines, std::size_t from, std::size_t far) {
  const std::size_t limit = std::min(from + far, lines.size());
  for (std::size_t at = from; at < limit; ++at) {
    if (has(lines[at], traceback_head)) return at;
  }
  return lines.size();
}

/// The count that a line tells, "12/100" or "step 12"; empty when it tells none.
std::string_view count_in(std::string_view line) {
  for (std::size_t at = 1; at + 1 < line.size(); ++at) {
    if (line[at] != '/' || !is_digit(line[at - 1]) || !is_digit(line[at + 1])) continue;
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_digit(line[begin - 1])) --begin;
    while (end < line.size() && is_digit(line[end])) ++end;
    return line.substr(begin, end - begin);
  }
  constexpr std::string_view words[] = {"step", "Step", "iter", "Iter", "epoch", "Epoch", "batch", "Batch"};
  for (const std::string_view word : words) {
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos) continue;
    const std::size_t begin = line.find_first_of("0123456789", at);
    if (begin == std::string_view::npos || begin > at + word.size() + 8) continue;
    const std::size_t end = std::min(line.find_first_not_of("0123456789", begin), line.size());
    return line.substr(begin, end - begin);
  }
  return {};
}

/// Whether a line behind a traceback may belong to its message: it is neither the beginning of another, nor a logger's,
/// nor does it count.
bool is_more_of_message(std::string_view line) {
  return !has(line, traceback_head) && !is_warning(line) && !line.starts_with('[') && !is_digit(line.front()) &&
         count_in(line).empty();
}

/// The traceback at `head` with those that belong to it, and the rest of a message of several lines.
Trouble trouble_at(std::span<const std::string> lines, std::size_t head) {
  constexpr std::size_t between_chained = 4, most_message = 4;
  Trouble trouble{.begin = head, .end = head + 1, .cause = {}};
  bool shared = false, of_child = false;
  const auto look = [&](std::size_t at) {
    const std::string_view line = without_rank(lines[at]);
    shared = shared || is_about_shared_memory(line);
    if (line.starts_with(' ') || !trouble.cause.rule.empty()) return;
    if (const Sign* const sign = sign_in(line)) set_sign(*sign, line, trouble.cause);
  };
  for (std::size_t at = head; at < lines.size();) {
    std::size_t end = at + 1;
    if (std::optional<Traceback> traceback = traceback_at(lines, at, end)) {
      if (trouble.cause.rule.empty() && !of_child) trouble.cause.traceback = std::move(traceback);
      of_child = of_child || is_of_child(lines, at);
    }
    for (std::size_t line = at; line < end; ++line) look(line);
    trouble.end = end;
    at = next_head(lines, end, between_chained);
    if (at == lines.size() || !continues(lines, end, at)) break;
  }
  const std::size_t limit = std::min(lines.size(), trouble.end + most_message);
  for (; trouble.end < limit && is_more_of_message(lines[trouble.end]); ++trouble.end) look(trouble.end);
  if (trouble.cause.rule == "disk-full" && shared) trouble.cause.rule = "shm-full";
  const std::optional<Traceback>& told = trouble.cause.traceback;
  trouble.cause.consequence =
      (is_beside_the_program(lines, head) && trouble.cause.rule.empty()) || (told && is_of_launcher(told->error));
  return trouble;
}

/// The last words of a C++ program that an exception ends: the line itself, or what() of the exception.
std::optional<Trouble> termination_at(std::span<const std::string> lines, std::size_t at) {
  constexpr std::string_view words = "what():";
  if (!has(lines[at], "terminate called")) return std::nullopt;
  Trouble trouble{.begin = at, .end = at + 1, .cause = {}};
  trouble.cause.line = lines[at].substr(lines[at].find("terminate called"));
  const std::size_t limit = std::min(lines.size(), at + 3);
  for (std::size_t next = at + 1; next < limit; ++next) {
    const std::size_t begin = lines[next].find(words);
    if (begin == std::string::npos) continue;
    const std::size_t text = lines[next].find_first_not_of(' ', begin + words.size());
    if (text != std::string::npos) trouble.cause.line = lines[next].substr(text);
    trouble.end = next + 1;
    break;
  }
  const Sign* sign = sign_in(trouble.cause.line);
  if (sign == nullptr) sign = sign_in(lines[at]);
  if (sign != nullptr) set_sign(*sign, std::string(trouble.cause.line), trouble.cause);
  return trouble;
}

/// A program that Python cannot read: it says so without a traceback.
std::optional<Trouble> unreadable_program_at(std::span<const std::string> lines, std::size_t at) {
  constexpr std::string_view names[] = {"SyntaxError: ", "IndentationError: ", "TabError: "};
  constexpr std::size_t most_above = 4;
  const std::string_view line = lines[at];
  if (std::ranges::none_of(names, [&](std::string_view name) { return line.starts_with(name); })) return std::nullopt;
  for (std::size_t above = 1; above <= std::min(at, most_above); ++above) {
    std::string where = place_in(lines[at - above]);
    if (where.empty()) continue;
    Trouble trouble{.begin = at, .end = at + 1, .cause = {}};
    trouble.cause.traceback = Traceback{.error = std::string(line), .where = std::move(where)};
    return trouble;
  }
  return std::nullopt;
}

/// The trouble that a line by itself tells of.
std::optional<Trouble> trouble_in_line(std::span<const std::string> lines, std::size_t at) {
  if (std::optional<Trouble> unreadable = unreadable_program_at(lines, at)) return unreadable;
  if (std::optional<Trouble> termination = termination_at(lines, at)) return termination;
  Trouble trouble{.begin = at, .end = at + 1, .cause = {}};
  if (const Sign* const sign = sign_in(lines[at])) {
    set_sign(*sign, lines[at], trouble.cause);
    if (trouble.cause.rule == "disk-full" && is_about_shared_memory(lines[at])) trouble.cause.rule = "shm-full";
    trouble.cause.warned = is_warning(lines[at]);
    return trouble;
  }
  const SchedulerWord* const word = scheduler_word_in(lines[at]);
  if (word == nullptr) return std::nullopt;
  trouble.cause.line = lines[at];
  trouble.cause.ended_by = word->reason;
  trouble.cause.consequence = word->consequence;
  return trouble;
}

std::vector<Trouble> troubles_in(std::span<const std::string> lines) {
  std::vector<Trouble> troubles;
  for (std::size_t at = 0; at < lines.size();) {
    if (has(lines[at], traceback_head)) {
      Trouble trouble = trouble_at(lines, at);
      at = trouble.end;
      if (trouble.cause.traceback || !trouble.cause.rule.empty()) troubles.push_back(std::move(trouble));
      continue;
    }
    if (std::optional<Trouble> trouble = trouble_in_line(lines, at)) {
      at = trouble->end;
      troubles.push_back(std::move(*trouble));
      continue;
    }
    ++at;
  }
  return troubles;
}

/// A line with its numbers masked, and the numbers: lines of progress differ in nothing else.
struct Shape {
  std::string mask;
  std::string numbers;
};

Shape shape_of(std::string_view line) {
  Shape shape;
  for (const char c : line) {
    if (is_digit(c)) {
      shape.numbers += c;
      if (!shape.mask.ends_with('#')) shape.mask += '#';
    } else if (c != ' ' && static_cast<unsigned char>(c) < 0x80) {  // bars are drawn with other characters
      shape.mask += c;
      shape.numbers += ' ';
    }
  }
  return shape;
}

/// A line that a training prints while all is well.
bool is_ordinary(std::string_view line) {
  constexpr std::string_view words[] = {"rror",  "RROR",     "xcept",   "rank",    "pid",     "exitcode",
                                        "SIG",   "terminat", "frame #", "File \"", "Warning", "WARN",
                                        "File:", "NCCL",     "[E",      "abort",   "Abort",   "failed"};
  return !line.empty() && !line.starts_with(' ') && !line.starts_with("wandb:") && !has_any(line, words);
}

/// The sign that a training went on after its trouble.
enum class After : std::uint8_t { nothing, lines, counts };

/// Two more counts that differ from the one before; or, a weaker sign, three lines that differ in their numbers alone.
/// A bar that is drawn once more at its end shows the count of before.
After what_followed(std::span<const std::string> lines, const Trouble& trouble) {
  std::string_view before;
  for (std::size_t at = trouble.begin + 1; at-- > 0 && before.empty();) before = count_in(lines[at]);
  std::set<std::string_view> counts;
  std::map<std::string, std::set<std::string>> shapes;
  After found = After::nothing;
  constexpr std::size_t far = 4000;
  const std::size_t end = std::min(lines.size(), trouble.end + far);
  for (std::size_t at = trouble.end; at < end; ++at) {
    if (has(lines[at], traceback_head)) break;
    if (!is_ordinary(lines[at])) continue;
    const std::string_view count = count_in(lines[at]);
    if (!count.empty() && count != before && counts.insert(count).second && counts.size() >= 2) return After::counts;
    Shape shape = shape_of(lines[at]);
    std::set<std::string>& same = shapes[std::move(shape.mask)];
    if (!shape.numbers.empty() && count.empty() && same.insert(std::move(shape.numbers)).second && same.size() >= 3)
      found = After::lines;
  }
  return found;
}

/// Takes out the troubles that the training recovered from: the last after which it went on, and all before it. Lines
/// that tell no counts make that certain only where a later error of its own ended it.
void drop_what_is_past(std::span<const std::string> lines, std::vector<Trouble>& troubles) {
  bool ended_later = false;
  for (std::size_t at = troubles.size(); at-- > 0;) {
    Cause& cause = troubles[at].cause;
    const After after = what_followed(lines, troubles[at]);
    if (after == After::counts || (after == After::lines && ended_later)) {
      troubles.erase(troubles.begin(), troubles.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      return;
    }
    cause.perhaps_past = after == After::lines;
    // A collective waits for a rank that is gone.
    ended_later = ended_later || !(cause.warned || cause.consequence || cause.rule == "collective-wait");
  }
}

}  // namespace

std::vector<std::string> printed_lines(std::string_view output) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < output.size(); ++at) {
    const char c = output[at];
    if (c == '\x1b' && at + 1 < output.size() && output[at + 1] == '[') {
      at += 2;
      while (at < output.size() && (output[at] < '@' || output[at] > '~')) ++at;
    } else if (c == '\n' || c == '\r') {
      if (!lines.back().empty()) lines.emplace_back();
    } else if (c != '\x1b') {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::optional<Traceback> last_traceback(std::string_view output) {
  const std::vector<std::string> lines = with_plain_tracebacks(printed_lines(output));
  for (std::size_t at = lines.size(); at-- > 0;) {
    if (!has(lines[at], traceback_head)) continue;
    std::size_t end = 0;
    return traceback_at(lines, at, end);
  }
  return std::nullopt;
}

std::optional<Cause> first_cause(const std::vector<std::string>& lines) {
  const std::vector<std::string> plain = with_plain_tracebacks(lines);
  std::vector<Trouble> troubles = troubles_in(plain);
  drop_what_is_past(plain, troubles);
  auto first = std::ranges::find_if(
      troubles, [](const Trouble& trouble) { return !trouble.cause.warned && !trouble.cause.consequence; });
  if (first == troubles.end())
    first = std::ranges::find_if(troubles, [](const Trouble& trouble) { return !trouble.cause.warned; });
  if (first == troubles.end()) first = troubles.begin();
  if (first == troubles.end()) return std::nullopt;
  return std::move(first->cause);
}

}  // namespace vigie::rules
