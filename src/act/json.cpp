#include "act/json.hpp"

#include <optional>
#include <string>

namespace vigie::act {
namespace {

/// An array of objects, each with the members that `write` adds for a row.
template <class Rows, class Write>
void append_rows(JsonWriter& json, std::string_view name, const Rows& rows, const Write& write) {
  json.key(name);
  json.begin_array();
  for (const auto& row : rows) {
    json.begin_object();
    write(row);
    json.end_object();
  }
  json.end_array();
}

/// null for a text that is empty.
void append_text(JsonWriter& json, std::string_view name, const std::string& text) {
  json.member(name, text.empty() ? std::nullopt : std::optional<std::string_view>(text));
}

/// null when nothing is known.
void append_gpu_memory(JsonWriter& json, const GpuMemoryLeft& left) {
  if (!left.unknown.empty() && left.holds.empty()) {
    json.key("gpu_memory");
    json.null();
  } else {
    append_rows(json, "gpu_memory", left.holds, [&](const GpuHold& hold) {
      json.member("gpu", hold.gpu);
      append_text(json, "gpu_uuid", hold.uuid);
      json.member("pid", hold.pid);
      json.member("gone", hold.gone);
      json.member("gpu_memory_bytes", hold.memory_bytes);
    });
  }
  append_text(json, "gpu_memory_reason", left.unknown);
}

}  // namespace

void append_actions(JsonWriter& json, const std::vector<ActionRow>& rows) {
  append_rows(json, "actions", rows, [&](const ActionRow& row) {
    json.member("pid", row.id.pid);
    json.member("command", row.command);
    json.member("action", row.action);
    json.member("result", row.result);
  });
}

void append_stopped(JsonWriter& json, const Stopped& stopped) {
  json.member("target", stopped.label);
  json.member("ended", stopped.ended);
  append_actions(json, stopped.rows);
  json.member("extended_seconds", stopped.extended_seconds);
  json.member("files_known", !stopped.files_unknown);
  append_rows(json, "files", stopped.files, [&](const SavedFile& file) {
    json.member("path", file.path);
    json.member("size_bytes", file.bytes);
    json.member("complete", !file.growing);
    json.member("writer", file.writer > 0 ? std::optional(file.writer) : std::nullopt);
  });
  append_rows(json, "shared_memory", stopped.shared, [&](const SharedSegment& segment) {
    json.member("path", segment.path);
    json.member("size_bytes", segment.bytes);
  });
  append_rows(json, "left", stopped.left, [&](const Survivor& one) {
    json.member("pid", one.id.pid);
    json.member("command", one.command);
    json.member("reason", one.reason);
  });
  append_gpu_memory(json, stopped.gpu_memory);
}

void append_ended(JsonWriter& json, const Ended& ended) {
  json.member("id", ended.record.id);
  json.member("name", ended.record.name);
  json.member("state", name_of(ended.record.state));
  json.member("status", ended.status);
}

void append_started(JsonWriter& json, const RunRecord& run) {
  json.member("id", run.id);
  json.member("name", run.name);
  append_text(json, "cgroup", run.group.directory);
  append_text(json, "cgroup_reason", run.group.reason);
}

void append_adopted(JsonWriter& json, const Adopted& run) {
  json.member("id", run.id);
  json.member("name", run.name);
}

}  // namespace vigie::act
