// The record of a run as JSON. Schema version 2: texts that are not UTF-8 are escaped (json_text.hpp), where version 1
// lost their bytes. Readers ignore what they do not know.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "wire/json_text.hpp"
#include "wire/progress_json.hpp"
#include "wire/record_members.hpp"
#include "wire/run_directory.hpp"

namespace vigie {

std::string_view kind_name(ExitRecord::Kind kind) {
  switch (kind) {
    case ExitRecord::Kind::code: return "code";
    case ExitRecord::Kind::signal: return "signal";
    case ExitRecord::Kind::unknown: break;
  }
  return "unknown";
}

std::optional<ExitRecord::Kind> kind_named(std::string_view name) {
  for (const auto kind : {ExitRecord::Kind::code, ExitRecord::Kind::signal, ExitRecord::Kind::unknown}) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

namespace wire {
namespace {

using nlohmann::json;

constexpr int schema_version = 2, first_escaped_version = 2;

/// As vigie names runs: they are parts of paths, of tmux targets and of control groups, and are shown everywhere.
bool is_a_word(std::string_view name) {
  constexpr std::size_t longest = 300;
  static constexpr std::string_view others = "-_.";
  return !name.empty() && name.size() <= longest && !others.contains(name.front()) &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
         });
}

RunRecord parse(json from) {
  int version = 0;
  take(from, "vigie", version);
  if (version >= first_escaped_version) unescape_texts(from);
  RunRecord record;
  record.state = RunState::lost;  // where the state is a word that only a newer vigie knows
  TakeMembers at(from);
  members(at, record);
  return record;
}

}  // namespace

void put_progress(JsonWriter& json, const Progress& progress) {
  PutMembers at(json);
  json.begin_object();
  members(at, progress);
  json.end_object();
}

Progress progress_from_json(const json& from) {
  Progress progress;
  try {
    TakeMembers at(from);
    members(at, progress);
  } catch (const json::exception&) {
    // what was read so far stands: progress is advice, never worth failing for
  }
  return progress;
}

std::string to_json(const RunRecord& record) {
  return json_object([&](JsonWriter& json) {
           PutMembers at(json, true);
           at.always("vigie", schema_version);
           members(at, record);
           json.new_line();
         }) +
         "\n";
}

std::string wish_to_json(unsigned attempt, const StopRequest& stop) {
  return json_object([&](JsonWriter& json) {
           PutMembers at(json);
           at.always("vigie", schema_version);
           at.always("attempt", attempt);
           at.object("stop", stop);
         }) +
         "\n";
}

std::optional<StopRequest> wish_from_json(std::string_view text, unsigned attempt) {
  try {
    const json from = parse_json(text);
    TakeMembers at(from);
    unsigned of = 0;
    std::optional<StopRequest> stop;
    at.always("attempt", of);
    at.object("stop", stop);
    return of == attempt ? stop : std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string attempt_to_json(const RunRecord& record) {
  return json_object([&](JsonWriter& json) {
           PutMembers at(json);
           attempt_members(at, record);
         }) +
         "\n";
}

bool add_end_from_json(std::string_view text, RunRecord& record) {
  try {
    const json from = parse_json(text);
    RunRecord end;
    end.attempt = 0;
    TakeMembers at(from);
    attempt_members(at, end);
    if (end.attempt != record.attempt || !is_over(end.state) || !end.exit) return false;
    record.exit = end.exit;
    record.state = end.state;
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

Result<RunRecord> record_from_json(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail("not the record of a run: it is no JSON");
  try {
    RunRecord record = parse(std::move(document));
    if (!is_a_word(record.id) || (!record.name.empty() && !is_a_word(record.name)))
      return fail("not the record of a run");
    return record;
  } catch (const json::exception& error) {
    return fail(std::string("not the record of a run: ") + error.what());
  }
}

}  // namespace wire
}  // namespace vigie
