#include "wire/run_control_json.hpp"

#include <nlohmann/json.hpp>

#include "wire/json_fields.hpp"

namespace vigie::wire {

using nlohmann::json;

void put_start(json& into, const RunStart& start) {
  if (start.nice) into["nice"] = *start.nice;
  if (start.io_priority) into["io_priority"] = *start.io_priority;
  if (!start.cpus.empty()) into["cpus"] = start.cpus;
  if (start.memory_bytes) into["memory_bytes"] = *start.memory_bytes;
  if (!start.own_group) into["own_group"] = false;
  if (start.terminal_rows > 0) into["terminal_rows"] = start.terminal_rows;
  if (start.terminal_columns > 0) into["terminal_columns"] = start.terminal_columns;
}

void take_start(const json& from, RunStart& start) {
  take(from, "nice", start.nice);
  take(from, "io_priority", start.io_priority);
  take(from, "cpus", start.cpus);
  take(from, "memory_bytes", start.memory_bytes);
  take(from, "own_group", start.own_group);
  take(from, "terminal_rows", start.terminal_rows);
  take(from, "terminal_columns", start.terminal_columns);
}

json group_to_json(const RunGroup& group) {
  return {{"directory", group.directory}, {"reason", group.reason}};
}

void take_group(const json& from, RunGroup& group) {
  const auto found = from.find("cgroup");
  if (found == from.end()) return;
  take(*found, "directory", group.directory);
  take(*found, "reason", group.reason);
}

void put_report(json& into, const StopReport& report) {
  if (report.extended_seconds > 0) into["extended_seconds"] = report.extended_seconds;
  for (const StopAction& one : report.actions) {
    into["actions"].push_back(
        {{"pid", one.pid}, {"command", one.command}, {"action", one.action}, {"result", one.result}});
  }
  for (const CheckpointFile& file : report.checkpoint) {
    into["checkpoint"].push_back({{"path", file.path}, {"size_bytes", file.bytes}, {"growing", file.growing}});
  }
}

void take_report(const json& from, StopReport& report) {
  take(from, "extended_seconds", report.extended_seconds);
  if (const auto actions = from.find("actions"); actions != from.end()) {
    for (const json& one : *actions) {
      StopAction& action = report.actions.emplace_back();
      take(one, "pid", action.pid);
      take(one, "command", action.command);
      take(one, "action", action.action);
      take(one, "result", action.result);
    }
  }
  if (const auto files = from.find("checkpoint"); files != from.end()) {
    for (const json& one : *files) {
      CheckpointFile& file = report.checkpoint.emplace_back();
      take(one, "path", file.path);
      take(one, "size_bytes", file.bytes);
      take(one, "growing", file.growing);
    }
  }
}

json stop_to_json(const StopRequest& stop) {
  json into{{"signal", stop.signal},
            {"grace_seconds", stop.grace_seconds},
            {"wall_ns", stop.wall_ns},
            {"reason", stop.reason}};
  if (!stop.wait_checkpoint.empty()) into["wait_checkpoint"] = stop.wait_checkpoint;
  if (stop.by_root) into["by_root"] = true;
  if (!stop.found_doing.empty()) into["found_doing"] = stop.found_doing;
  put_report(into, stop.report);
  return into;
}

StopRequest stop_from_json(const json& from) {
  StopRequest stop;
  take(from, "signal", stop.signal);
  take(from, "grace_seconds", stop.grace_seconds);
  take(from, "wall_ns", stop.wall_ns);
  take(from, "reason", stop.reason);
  take(from, "wait_checkpoint", stop.wait_checkpoint);
  take(from, "by_root", stop.by_root);
  take(from, "found_doing", stop.found_doing);
  take_report(from, stop.report);
  return stop;
}

}  // namespace vigie::wire
