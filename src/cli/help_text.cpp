#include "cli/help_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::cli {
namespace {

constexpr std::size_t description_column = 30;
constexpr std::size_t least_remark = 24;  ///< columns that a remark needs to be read beside a command
constexpr std::size_t remark_indent = 6;

/// Where the remark of an example begins: behind the last gap of two or more spaces within the line.
std::size_t remark_in(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = line.rfind("  ");
  return gap == std::string_view::npos || gap < begin ? std::string_view::npos : gap + 2;
}

std::string folded_line(std::string_view line, std::size_t width) {
  if (display_width(line) <= width) return std::string(line) + "\n";
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t remark = remark_in(line);
  const std::string margin(indent, ' ');
  if (remark == std::string_view::npos)
    return margin + folded(line.substr(indent), indent, indent == 0 ? 0 : indent + 4, width);
  const std::size_t column = display_width(line.substr(0, remark));
  if (column + least_remark <= width)
    return std::string(line.substr(0, remark)) + folded(line.substr(remark), column, column, width);
  const std::string_view command = line.substr(0, line.find_last_not_of(' ', remark - 1) + 1);
  return std::string(command) + "\n" + std::string(indent + remark_indent, ' ') +
         folded(line.substr(remark), indent + remark_indent, indent + remark_indent, width);
}

/// What stands between two marks; empty when one of them is missing.
std::string_view between(std::string_view text, std::string_view before, std::string_view behind) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  return behind.empty() ? text : text.substr(0, std::min(text.find(behind), text.size()));
}

}  // namespace

std::string folded(std::string_view text, std::size_t at, std::size_t indent, std::size_t width) {
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, space);
    const bool line_ends = space < text.size() && text[space] == '\n';
    text.remove_prefix(std::min(space + 1, text.size()));
    const std::size_t length = display_width(word);
    if (!first && at + 1 + length > width) {
      out += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (!first) {
      out += ' ';
      ++at;
    }
    out += word;
    at += length;
    first = false;
    if (line_ends) {
      out += '\n' + std::string(indent, ' ');
      at = indent;
      first = true;
    }
  }
  return out + "\n";
}

std::string folded_examples(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += folded_line(text.substr(0, end), width);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string described(std::string_view name, std::string_view description, std::size_t width) {
  std::string out = fmt::format("  {}", name);
  const std::size_t column = display_width(out);
  if (column + 2 > description_column) {
    out += '\n' + std::string(description_column, ' ');
  } else {
    out += std::string(description_column - column, ' ');
  }
  return out + folded(description, description_column, description_column, width);
}

std::string in_plain_words(std::string_view complaint) {
  if (complaint.starts_with("Could not convert: ")) {
    const std::string_view name = between(complaint, "Could not convert: ", " = ");
    return fmt::format("{} wants a whole number, not \"{}\"", name, safe_text(between(complaint, " = ", "")));
  }
  if (complaint.ends_with(" missing") && complaint.contains(" required "))
    return fmt::format("{} wants a value", complaint.substr(0, complaint.find(':')));
  if (complaint.contains(" is required"))
    return fmt::format("{} is missing", complaint.substr(0, complaint.find(" is required")));
  if (const std::size_t at = complaint.find(" excludes "); at != std::string_view::npos)
    return fmt::format("{} and {} do not go together", complaint.substr(0, at), complaint.substr(at + 10));
  constexpr std::string_view unexpected[] = {"The following argument was not expected: ",
                                             "The following arguments were not expected: "};
  for (const std::string_view begin : unexpected) {
    if (!complaint.starts_with(begin)) continue;
    const std::string_view words = complaint.substr(begin.size());
    if (words.starts_with('-'))
      return fmt::format("there is no option {}", safe_text(words.substr(0, words.find(' '))));
    return fmt::format("\"{}\" is one word too many", safe_text(words.substr(0, words.find(' '))));
  }
  return std::string(complaint);
}

}  // namespace vigie::cli
