// The words in which libraries, launchers and schedulers tell why a run ended; pure.
#pragma once

#include <span>
#include <string_view>

namespace vigie::rules {

/// What a line in the output means, in the words that the libraries use.
struct Sign {
  std::string_view text;
  std::string_view rule;
  bool refused = false, killed = false;
};

/// The words for an end of the job that a run is in.
struct SchedulerWord {
  std::string_view text;
  std::string_view reason;   ///< "the time limit of its job was over"
  bool consequence = false;  ///< it is said as well when the job failed by itself
};

[[nodiscard]] bool has_any(std::string_view line, std::span<const std::string_view> texts);

/// The sign in a line, or null.
[[nodiscard]] const Sign* sign_in(std::string_view line);
[[nodiscard]] const SchedulerWord* scheduler_word_in(std::string_view line);
/// Whether an error is that of a launcher, or of a rank, which only tells that another process failed.
[[nodiscard]] bool is_of_launcher(std::string_view line);
/// Whether these words say that the memory that processes share was full.
[[nodiscard]] bool is_about_shared_memory(std::string_view line);
/// A line that tells of trouble that its program deals with.
[[nodiscard]] bool is_warning(std::string_view line);

}  // namespace vigie::rules
