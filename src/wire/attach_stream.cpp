#include "wire/attach_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wire/json_text.hpp"
#include "wire/socket.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;

/// An older recorder says "unknown request", one that speaks another version says so itself.
Result<TerminalSize> judge_answer(const RunRecord& record, std::string_view answer) {
  const json parsed = parse_json(answer);
  try {
    if (parsed.value("ok", false))
      return TerminalSize{.rows = parsed.value("rows", 0), .columns = parsed.value("columns", 0)};
    const std::string why = parsed.value("error", "no reason was given");
    if (why != "unknown request") return fail("cannot attach to " + record.name + ": " + why);
  } catch (const json::exception&) {
    return fail("the keeper of this run answered nonsense");
  }
  return fail(
      fmt::format("cannot attach to {}: it was started by an older vigie that could not; `vigie logs -f {}` shows "
                  "its output",
                  record.name, record.name));
}

}  // namespace

std::optional<AttachPacket> attach_packet(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 1 + AttachPacket::largest_content) return std::nullopt;
  if (std::string_view("iwro").find(bytes.front()) == std::string_view::npos) return std::nullopt;
  return AttachPacket{.kind = static_cast<AttachPacket::Kind>(bytes.front()), .content = bytes.substr(1)};
}

std::optional<TerminalSize> terminal_size(std::string_view content) {
  TerminalSize size;
  const char* const end = content.data() + content.size();
  const auto rows = std::from_chars(content.data(), end, size.rows);
  if (rows.ec != std::errc{} || rows.ptr == end || *rows.ptr != ' ') return std::nullopt;
  const auto columns = std::from_chars(rows.ptr + 1, end, size.columns);
  if (columns.ec != std::errc{} || columns.ptr != end || size.rows <= 0 || size.columns <= 0) return std::nullopt;
  return size;
}

Result<Attachment> attach(const RunRecord& record, const AttachWish& wish, double timeout_seconds) {
  ASSIGN_OR_RETURN(Fd connection, connect_to(record.directory));
  const std::string request = request_for("attach", [&](JsonWriter& json) {
    json.member("stream", attach_version);
    json.member("rows", wish.size.rows);
    json.member("columns", wish.size.columns);
    json.member("read_only", wish.read_only);
    json.member("answers", wish.answers);
    json.member("scrollback", wish.scrollback);
  });
  ASSIGN_OR_RETURN(std::string answer, exchange(connection, request, timeout_seconds));
  ASSIGN_OR_RETURN(TerminalSize accepted, judge_answer(record, answer));
  return Attachment{.connection = std::move(connection), .size = accepted};
}

bool send_packet(int connection, AttachPacket::Kind kind, std::string_view content) {
  do {
    std::string packet(1, static_cast<char>(kind));
    packet += content.substr(0, AttachPacket::largest_content);
    content.remove_prefix(packet.size() - 1);
    ssize_t sent = 0;
    do {
      sent = ::send(connection, packet.data(), packet.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) wait_for(connection, POLLOUT, -1);
    } while (sent < 0 && (errno == EINTR || errno == EAGAIN));
    if (sent < 0) return false;
  } while (!content.empty());
  return true;
}

}  // namespace vigie::wire
