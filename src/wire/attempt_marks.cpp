#include "wire/attempt_marks.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wire/json_text.hpp"
#include "wire/run_directory.hpp"
#include "wire/run_file.hpp"

namespace vigie::wire {
namespace {

constexpr std::string_view event = "attempt began";

}  // namespace

Result<void> mark_attempt(const std::string& directory, unsigned attempt, std::uint64_t offset) {
  return append_event(directory, event, fmt::format("\"attempt\": {}, \"log_offset\": {}", attempt, offset));
}

std::vector<AttemptMark> attempt_marks(const std::string& directory) {
  std::vector<AttemptMark> marks;
  const Result<std::string> events = read_run_file(directory, "events.jsonl");
  std::string_view rest = events ? std::string_view(*events) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.contains(event)) continue;
    const nlohmann::json json = parse_json(line);
    if (!json.is_object() || json.value("event", "") != event) continue;
    const auto number = [&](const char* name) -> std::uint64_t {
      const auto found = json.find(name);
      return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    const auto time = json.find("time");
    marks.push_back({.attempt = static_cast<unsigned>(number("attempt")),
                     .offset = number("log_offset"),
                     .time = time != json.end() && time->is_string() ? time->get<std::string>() : std::string()});
  }
  std::ranges::stable_sort(marks, {}, &AttemptMark::offset);
  return marks;
}

}  // namespace vigie::wire
