#include "keep/clients/requests.hpp"

#include <csignal>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wire/json_fields.hpp"
#include "wire/json_text.hpp"
#include "wire/progress_json.hpp"
#include "wire/socket.hpp"

namespace vigie::keep {
namespace {

using nlohmann::json;

constexpr double longest_grace_seconds = 30.0 * 24 * 3600;

bool flag(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// A size that is missing or 0 makes it no request: the screen of a terminal of no size is not known.
void read_attach(const json& object, Request& request) {
  const auto number = [&](const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? 0 : wire::integer_in<int>(*found).value_or(0);
  };
  request.stream = number("stream");
  request.attach = {.size = {.rows = number("rows"), .columns = number("columns")},
                    .read_only = flag(object, "read_only"),
                    .answers = flag(object, "answers"),
                    .scrollback = flag(object, "scrollback")};
  if (request.stream > 0 && request.attach.size.rows > 0 && request.attach.size.columns > 0)
    request.kind = Request::Kind::attach;
}

template <class More>
std::string answer(bool ok, const More& more) {
  return json_object([&](JsonWriter& writer) {
    writer.member("vigie", wire::protocol_version);
    writer.member("ok", ok);
    more(writer);
  });
}

}  // namespace

Request parse_request(std::string_view packet) {
  const json parsed = wire::parse_json(packet);
  Request request;
  if (!parsed.is_object() || !parsed.contains("request") || !parsed["request"].is_string()) return request;
  if (parsed["request"] == "progress") request.kind = Request::Kind::progress;
  if (parsed["request"] == "record") request.kind = Request::Kind::record;
  if (parsed["request"] == "attach") read_attach(parsed, request);
  if (parsed["request"] == "signalled") {
    request.signal = wire::integer_in<int>(parsed.value("signal", json())).value_or(0);
    if (request.signal > 0 && request.signal < NSIG) request.kind = Request::Kind::signalled;
  }
  if (parsed["request"] == "stop") {
    const auto signal = parsed.find("signal");
    const auto grace = parsed.find("grace_seconds");
    if (signal == parsed.end() || grace == parsed.end() || !grace->is_number()) return request;
    StopRequest& stop = request.stop;
    stop.signal = wire::integer_in<int>(*signal).value_or(0);
    stop.grace_seconds = grace->get<double>();
    const auto wait = parsed.find("wait_checkpoint");
    if (wait != parsed.end() && wait->is_string()) stop.wait_checkpoint = wait->get<std::string>();
    const bool sane = stop.signal > 0 && stop.signal < NSIG && stop.grace_seconds <= longest_grace_seconds;
    if (sane) request.kind = Request::Kind::stop;
  }
  return request;
}

std::string progress_answer(const std::optional<Progress>& progress) {
  return answer(true, [&](JsonWriter& writer) {
    if (!progress) return;
    writer.key("progress");
    wire::put_progress(writer, *progress);
  });
}

std::string acceptance() {
  return answer(true, [](JsonWriter&) {});
}

std::string attach_acceptance(int rows, int columns) {
  return answer(true, [&](JsonWriter& writer) {
    writer.member("rows", rows);
    writer.member("columns", columns);
  });
}

std::string refusal(std::string_view reason) {
  return answer(false, [&](JsonWriter& writer) { writer.member("error", reason); });
}

std::string attach_refusal(const Request& request, const RunRecord& record) {
  if (!record.spec.pty) return refusal("it has no terminal (--no-pty); `vigie logs -f` shows its output");
  if (request.stream == wire::attach_version) return {};
  return refusal(
      fmt::format("its keeper speaks version {} of the terminal's stream, not {}: attach with the vigie that "
                  "started it",
                  wire::attach_version, request.stream));
}

}  // namespace vigie::keep
