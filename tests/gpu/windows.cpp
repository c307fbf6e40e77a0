// What the rules say about traces of GPUs in every window: the judge of logs of real cards (windows.py). Nothing runs
// and nothing is waited for: each second of a trace becomes a frame, with a program that stands for the one of the log.
//   gpu_windows logs STEP PATIENCE TRACE...   windows of 4 s and of 10 s, begun every STEP seconds: counts of findings;
//                                             none where the log says nothing for more than PATIENCE seconds
//   gpu_windows cause TRACE...                the whole trace as one window: the findings
// Prints a line of JSON for each trace.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "rates/gpu.hpp"
#include "rules/facts/unasked_gpus.hpp"
#include "rules/judge.hpp"
#include "trace_gpu.hpp"

namespace vigie {
namespace {

constexpr std::int64_t boot_seconds = 100'000;  ///< on the boot clock, when a trace begins
constexpr pid_t first_pid = 1000;
constexpr double mebibyte = 1 << 20;

/// --- a second of the host

/// The program that stands for the one of the log.
struct StandIn {
  std::string name;
  double cpu_percent = 0;
  bool ranks = false;  ///< one run, of which each device has a rank; else a run on each
  bool own = false;    ///< on the GPU as the log's memory tells; else as the trace lists it
};

/// What each device says in every second, and since when a program is on it.
struct Seconds {
  std::vector<std::vector<Json>> devices;  ///< by second, then device
  std::vector<std::vector<std::vector<unsigned>>> xids;
  std::vector<std::vector<bool>> held;
  std::vector<std::vector<std::int64_t>>
      since;               ///< the second from which it was held until then; before all: -boot_seconds
  std::vector<bool> dark;  ///< seconds of which the log has nothing near
  bool container = false;  ///< vigie sees its own processes alone
};

double used_mebibytes(const Json& device) {
  return number(device, "memory", 2, 1 / mebibyte).value_or(-1);
}

/// Whether a program holds memory: more than the least of the whole log, which is the driver's and the desktop's.
std::vector<std::vector<bool>> holds(const Seconds& seconds) {
  constexpr double of_a_program = 100, always = 400;
  std::vector<std::vector<bool>> held(seconds.devices.size());
  const std::size_t count = seconds.devices.front().size();
  for (std::size_t at = 0; at < count; ++at) {
    double least = 1e12;
    for (const auto& second : seconds.devices) least = std::min(least, used_mebibytes(second[at]));
    for (std::size_t second = 0; second < held.size(); ++second) {
      const double used = used_mebibytes(seconds.devices[second][at]);
      held[second].push_back(used < 0 || least >= always || used >= least + of_a_program);
    }
  }
  return held;
}

/// Each number once, in the order in which they came.
void note_xid(const Json& line, std::vector<unsigned>& xids) {
  if (!line.contains("xid")) return;
  const auto number = line.at("xid").get<unsigned>();
  if (std::ranges::find(xids, number) == xids.end()) xids.push_back(number);
}

/// The value in force at each second. A log that says nothing for longer than `patience` has a gap.
Seconds seconds_of(const Trace& trace, double patience) {
  std::size_t count = 0;
  for (const Json& line : trace.lines) count = std::max(count, line.at("device").get<std::size_t>() + 1);
  std::vector<Json> now(count, Json::object());
  std::vector<std::vector<unsigned>> xids(count);
  Seconds seconds;
  seconds.container = trace.head.value("container", false);
  std::size_t next = 0;
  double last = 0;
  const double end = trace.lines.back().at("time").get<double>();
  for (double time = 0; time <= std::max(end, 4.0); ++time) {
    for (; next < trace.lines.size() && trace.lines[next].at("time").get<double>() <= time + 1e-6; ++next) {
      const Json& line = trace.lines[next];
      const auto device = line.at("device").get<std::size_t>();
      note_xid(line, xids[device]);
      now[device].update(line);
      last = line.at("time").get<double>();
    }
    seconds.devices.push_back(now);
    seconds.xids.push_back(xids);
    seconds.dark.push_back(time - last > patience && time <= end);
  }
  // A device that the first lines do not mention.
  for (std::vector<Json>& second : seconds.devices) {
    for (std::size_t at = 0; at < count; ++at) second[at]["device"] = at;
  }
  seconds.held = holds(seconds);
  std::vector<std::int64_t> since(count, -boot_seconds);
  for (std::size_t second = 0; second < seconds.held.size(); ++second) {
    for (std::size_t at = 0; at < count; ++at) {
      if (!seconds.held[second][at]) since[at] = static_cast<std::int64_t>(second) + 1;
    }
    seconds.since.push_back(since);
  }
  return seconds;
}

std::vector<GpuClient> clients_of(const Json& device, bool held, const StandIn& who, std::size_t at) {
  const GpuClient stand_in{.pid = first_pid + static_cast<pid_t>(at),
                           .memory_bytes = as<std::uint64_t>(number(device, "memory", 2))};
  if (who.own) return held ? std::vector{stand_in} : std::vector<GpuClient>();
  std::vector<GpuClient> clients;
  for (const Json& one : device.value("processes", Json::array())) {
    GpuClient client = stand_in;
    if (one.at("pid").is_number()) client.pid = one.at("pid").get<pid_t>();
    if (one.contains("memory")) client.memory_bytes = one.at("memory").get<std::uint64_t>();
    clients.push_back(client);
  }
  return clients;
}

ProcessRates rates_of(const StandIn& who) {
  ProcessRates rates;
  rates.cpu_percent = who.cpu_percent;
  rates.write_bytes_per_second = 0.0;
  StateShares shares;
  shares.looks = 80;
  shares.running = shares.threads_running = who.cpu_percent / 100;
  shares.asleep = shares.in_poll = 1 - shares.running;
  shares.alone = shares.running;
  rates.states = shares;
  return rates;
}

void add_program(const StandIn& who, std::size_t at, std::int64_t from_seconds, Snapshot& snapshot, Frame& frame) {
  ProcessSample process;
  process.id = {first_pid + static_cast<pid_t>(at), static_cast<std::uint64_t>(from_seconds) * 100};
  process.ppid = 1;
  process.state = 'S';
  process.comm = "python3";
  process.threads = 20;
  if (!who.ranks || frame.view.runs.empty()) {
    Run run;
    run.id = run.name = who.ranks ? "ranks" : fmt::format("gpu{}", at);
    run.leader = process.id;
    frame.view.runs.push_back(run);
  }
  frame.view.runs.back().members.push_back({.process = snapshot.processes.size(),
                                            .role = who.ranks ? Role::rank : Role::trainer,
                                            .number = static_cast<int>(at)});
  frame.view.run_of.push_back(static_cast<int>(frame.view.runs.size()) - 1);
  snapshot.processes.push_back(process);
  frame.delta.processes.push_back(rates_of(who));
}

Frame frame_at(const Seconds& seconds, std::size_t second, const StandIn& who) {
  Snapshot snapshot;
  Frame frame;
  const std::int64_t boot = (boot_seconds + static_cast<std::int64_t>(second)) * nanoseconds_per_second;
  snapshot.before = snapshot.after = {.boot_ns = boot, .wall_ns = boot};
  snapshot.host.cpus = 64;
  frame.delta.host.cpu_idle_percent = 5000;
  frame.delta.elapsed_seconds = 1;
  ProcessSample first;
  first.id = {seconds.container ? 1 : 2, 0};
  first.comm = seconds.container ? "sh" : "kthreadd";
  first.kernel_thread = !seconds.container;
  snapshot.processes.push_back(first);
  frame.delta.processes.emplace_back();
  frame.view.run_of.push_back(-1);
  std::vector<GpuSample> gpus;
  for (std::size_t at = 0; at < seconds.held[second].size(); ++at) {
    const Json& device = seconds.devices[second][at];
    const bool held = seconds.held[second][at];
    if (!who.own || held) add_program(who, at, who.own ? boot_seconds + seconds.since[second][at] : 0, snapshot, frame);
    gpus.push_back(gpu_of(device, seconds.xids[second][at]));
    if (gpus.back().state == GpuState::working) gpus.back().clients = clients_of(device, held, who, at);
  }
  snapshot.gpus = std::move(gpus);
  frame.delta.gpu = diff_gpus(nullptr, snapshot, 1);
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return frame;
}

/// --- windows

using Counts = std::map<std::string, std::map<std::string, std::size_t>>;  ///< by rule, then severity

struct Tally {
  std::size_t windows = 0, held = 0, idle = 0;  ///< each device counts
  std::map<std::string, Counts> said;           ///< by stand-in
  std::map<std::string, std::size_t> idle_said;
  std::map<std::string, std::string> example;  ///< by rule
};

/// The last of these frames as `vigie why` has it: its rates are of the whole window.
std::vector<Frame> window_of(const std::vector<Frame>& frames, std::size_t begin, std::size_t length) {
  const auto first = frames.begin() + static_cast<std::ptrdiff_t>(begin);
  std::vector<Frame> window(first, first + static_cast<std::ptrdiff_t>(length) + 1);
  window.back().delta.elapsed_seconds = static_cast<double>(length);
  return window;
}

bool is_idle(const std::vector<Frame>& window, std::size_t gpu) {
  return std::ranges::all_of(
      window, [&](const Frame& frame) { return (*frame.snapshot->gpus)[gpu].busy_percent.value_or(100) < 5; });
}

bool is_held(const std::vector<Frame>& window, std::size_t gpu) {
  return std::ranges::all_of(
      window, [&](const Frame& frame) { return !(*frame.snapshot->gpus)[gpu].clients.value_or({}).empty(); });
}

void count(const std::vector<Frame>& window, const std::string& who, std::size_t begin, bool measure, Tally& tally) {
  std::set<std::string> idle_runs;
  const std::size_t gpus = window.back().snapshot->gpus->size();
  for (std::size_t at = 0; at < gpus; ++at) {
    const bool held = is_held(window, at), idle = held && is_idle(window, at);
    if (idle) idle_runs.insert(fmt::format("gpu{}", at));
    if (!measure) continue;
    ++tally.windows;
    tally.held += held ? 1 : 0;
    tally.idle += idle ? 1 : 0;
  }
  for (const Finding& finding : rules::judge(window)) {
    const std::string rule(finding.rule);
    const bool idle = rule == "gpu-idle" && idle_runs.contains(finding.subject);
    ++tally.said[who][rule + (rule == "gpu-idle" && !idle ? " (false)" : "")][std::string(name_of(finding.severity))];
    if (idle) ++tally.idle_said[who];
    std::string text = fmt::format("{} s, {}, {}: {}", begin, who, finding.subject, finding.summary);
    for (const Evidence& evidence : finding.evidence) text += "; " + evidence.text;
    tally.example.try_emplace(rule, std::move(text));
  }
}

Json json_of(const Tally& tally) {
  return {{"windows", tally.windows}, {"held", tally.held},           {"idle", tally.idle},
          {"said", tally.said},       {"idle_said", tally.idle_said}, {"example", tally.example}};
}

Json judge_log(const char* path, std::size_t step, double patience) {
  const Seconds seconds = seconds_of(read_trace(path), patience);
  std::vector<StandIn> stand_ins = {{.name = "30 % of a CPU", .cpu_percent = 30, .own = true},
                                    {.name = "100 % of a CPU", .cpu_percent = 100, .own = true}};
  if (seconds.held.front().size() > 1)
    stand_ins.push_back({.name = "ranks", .cpu_percent = 100, .ranks = true, .own = true});
  Tally four, ten;
  for (const StandIn& who : stand_ins) {
    std::vector<Frame> frames;
    for (std::size_t second = 0; second < seconds.devices.size(); ++second)
      frames.push_back(frame_at(seconds, second, who));
    for (const std::size_t length : {4U, 10U}) {
      Tally& tally = length == 4 ? four : ten;
      for (std::size_t begin = 0; begin + length < frames.size(); begin += step) {
        const auto dark = seconds.dark.begin() + static_cast<std::ptrdiff_t>(begin);
        if (std::find(dark, dark + static_cast<std::ptrdiff_t>(length) + 1, true) !=
            dark + static_cast<std::ptrdiff_t>(length) + 1)
          continue;
        count(window_of(frames, begin, length), who.name, begin, who.name == stand_ins[0].name, tally);
      }
    }
  }
  return {{"trace", path},
          {"devices", seconds.held.front().size()},
          {"seconds", seconds.devices.size()},
          {"4", json_of(four)},
          {"10", json_of(ten)}};
}

/// A driver whose calls take longer than a look: nothing is known.
bool is_late(const Trace& trace) {
  const Json slow = trace.head.value("faults", Json::object()).value("slow", Json::object());
  return std::ranges::any_of(slow, [](const Json& seconds) { return seconds.get<double>() >= 2; });
}

Json judge_cause(const char* path) {
  const Trace trace = read_trace(path);
  const Seconds seconds = seconds_of(trace, 1e9);
  Json all = Json::array();
  std::string unknown;
  for (const StandIn& who : {StandIn{.name = "sleeps", .cpu_percent = 2}, StandIn{.name = "works", .cpu_percent = 100},
                             StandIn{.name = "ranks", .cpu_percent = 100, .ranks = true}}) {
    if (who.ranks && seconds.held.front().size() < 2) continue;
    std::vector<Frame> frames;
    for (std::size_t second = 0; second < seconds.devices.size(); ++second)
      frames.push_back(frame_at(seconds, second, who));
    if (is_late(trace)) {
      for (Frame& frame : frames) {
        Snapshot blind = *frame.snapshot;
        blind.gpus = Presence::unknown;
        blind.sources.push_back({.name = "gpu",
                                 .state = SourceState::late,
                                 .reason = "the driver has not answered for 4.5 s",
                                 .duration_seconds = 4.5});
        frame.snapshot = std::make_shared<const Snapshot>(std::move(blind));
        frame.delta.gpu = {};
      }
    }
    const std::vector<Frame> window = window_of(frames, 0, frames.size() - 1);
    for (const Finding& finding : rules::judge(window)) {
      all.push_back({{"stand_in", who.name},
                     {"subject", finding.subject},
                     {"rule", finding.rule},
                     {"severity", name_of(finding.severity)},
                     {"evidence", finding.evidence.empty() ? "" : finding.evidence.front().text},
                     {"action", finding.actions.empty() ? "" : finding.actions.front()}});
    }
    unknown = rules::why_gpus_are_unknown(window.back()).value_or("");
  }
  return {{"trace", path}, {"findings", all}, {"unknown", unknown}};
}

}  // namespace
}  // namespace vigie

int main(int count, char** words) {
  const std::vector<std::string> all(words, words + count);
  if (count >= 5 && all[1] == "logs") {
    const auto step = static_cast<std::size_t>(std::stoul(all[2]));
    const double patience = std::stod(all[3]);
    for (int at = 4; at < count; ++at)
      fmt::print(
          "{}\n",
          vigie::judge_log(words[at], step, patience).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  if (count >= 3 && all[1] == "cause") {
    for (int at = 2; at < count; ++at)
      fmt::print("{}\n", vigie::judge_cause(words[at]).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  std::fprintf(stderr, "usage: gpu_windows logs STEP PATIENCE TRACE... | cause TRACE...\n");
  return 2;
}
