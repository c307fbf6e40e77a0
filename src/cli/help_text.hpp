// Help that fits the terminal: lines are folded between words, and a description stands beside what it describes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::cli {

/// The words of `text` from column `at` on, folded before `width` and continued at column `indent`. Ends with a line
/// end.
[[nodiscard]] std::string folded(std::string_view text, std::size_t at, std::size_t indent, std::size_t width);

/// Every line of the examples: a remark behind two or more spaces is continued below itself, or stands on the next line
/// where there is no room beside the command.
[[nodiscard]] std::string folded_examples(std::string_view text, std::size_t width);

/// "  NAME          what it is, folded in its own column".
[[nodiscard]] std::string described(std::string_view name, std::string_view description, std::size_t width);

/// The complaint of the command line's parser, in words for people: "--count wants a whole number, not \"abc\"".
[[nodiscard]] std::string in_plain_words(std::string_view complaint);

}  // namespace vigie::cli
