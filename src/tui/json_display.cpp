#include "tui/json_display.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace vigie::tui {
namespace {

constexpr int most_rows = 1000, most_columns = 1000;
constexpr std::size_t longest_line = 64UL * 1024;  // bytes

void write_roles(JsonWriter& writer, const Grid& grid, int row) {
  writer.begin_array();
  for (int column = 0; column < grid.columns();) {
    const int begin = column;
    const Role role = grid.at(row, begin).role;
    while (column < grid.columns() && grid.at(row, column).role == role) ++column;
    writer.begin_array();
    writer.value(name_of(role));
    writer.value(column - begin);
    writer.end_array();
  }
  writer.end_array();
}

}  // namespace

std::string json_of(const Grid& grid) {
  std::string out = json_object([&](JsonWriter& writer) {
    writer.member("rows", grid.rows());
    writer.member("columns", grid.columns());
    writer.key("lines");
    writer.begin_array();
    for (int row = 0; row < grid.rows(); ++row) writer.value(grid.text(row));
    writer.end_array();
    writer.key("roles");
    writer.begin_array();
    for (int row = 0; row < grid.rows(); ++row) write_roles(writer, grid, row);
    writer.end_array();
  });
  return out + "\n";
}

Result<void> JsonDisplay::show(const Grid& grid) {
  return write_(json_of(grid));
}

std::vector<Event> JsonDisplay::events() {
  std::vector<Event> events;
  pollfd input = waits().front();
  if (::poll(&input, 1, 0) <= 0) return events;
  char bytes[4096];
  const ssize_t count = ::read(in_, bytes, sizeof bytes);
  if (count < 0) return errno == EINTR || errno == EAGAIN ? events : std::vector{Event{.kind = Event::Kind::closed}};
  take_bytes({bytes, static_cast<std::size_t>(count)}, events);
  if (count == 0) events.push_back({.kind = Event::Kind::closed});
  return events;
}

/// Each byte is looked at once, and no more than a line is kept: a line without an end costs nothing.
void JsonDisplay::take_bytes(std::string_view bytes, std::vector<Event>& events) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (unread_.size() + part.size() > longest_line) too_long_ = true;
    if (!too_long_) unread_ += part;
    if (end == std::string_view::npos) return;
    if (!too_long_) take_line(unread_, events);
    unread_.clear();
    too_long_ = false;
    bytes.remove_prefix(end + 1);
  }
}

/// Anything else is left out.
void JsonDisplay::take_line(std::string_view line, std::vector<Event>& events) {
  const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
  if (!event.is_object()) return;
  if (const auto key = event.find("key"); key != event.end() && key->is_string()) {
    const Key named = key_named(key->get<std::string>());
    if (named.code != Key::Code::none) events.push_back({.kind = Event::Kind::key, .key = named});
  }
  if (const auto text = event.find("text"); text != event.end() && text->is_string()) {
    const std::string typed = text->get<std::string>();
    bool valid = true;
    for (std::size_t position = 0; position < typed.size();)
      events.push_back({.kind = Event::Kind::key, .key = Key::of(next_code_point(typed, position, valid))});
  }
  if (const auto size = event.find("resize"); size != event.end() && size->is_array() && size->size() == 2 &&
                                              (*size)[0].is_number_integer() && (*size)[1].is_number_integer()) {
    const auto bounded = [](long long number, int most) {
      return static_cast<int>(std::clamp(number, 0LL, 0LL + most));
    };
    size_ = {.rows = bounded((*size)[0].get<long long>(), most_rows),
             .columns = bounded((*size)[1].get<long long>(), most_columns)};
    events.push_back({.kind = Event::Kind::resize});
  }
}

}  // namespace vigie::tui
