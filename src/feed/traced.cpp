#include "feed/traced.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/ancestors.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"
#include "sources/trace/tracer.hpp"

namespace vigie {
namespace {

/// The ancestors of this process, parents first. A vigie that they wait for, or that keeps runs, must not stop them.
std::vector<pid_t> ancestors_of_self(const Root& root) {
  std::vector<pid_t> ancestors;
  std::string text;
  ProcessSample sample;
  for (pid_t pid = ::getppid(); pid > 0 && ancestors.size() < most_ancestors; pid = sample.ppid) {
    ancestors.push_back(pid);
    if (proc::read_once(root.proc(), fmt::format("{}/stat", pid).c_str(), text) != 0) break;
    if (!proc::parse_stat(text, sample)) break;
  }
  return ancestors;
}

bool keeps_a_run(const Snapshot& snapshot, ProcessId id) {
  return std::ranges::any_of(snapshot.supervised, [&](const SupervisedSample& run) {
    return run.record.holder == id || run.record.recorder == id;
  });
}

}  // namespace

Result<CallTrace> trace_details(const Root& root, const Snapshot& snapshot, double seconds,
                                const std::function<void(std::size_t processes)>& before) {
  if (!root.live())
    return fail("--trace is of this host's processes only, not of those below --root", ErrorKind::usage);
  if (seconds <= 0) return fail("--trace needs an --interval above 0", ErrorKind::usage);
  const std::vector<pid_t> ancestors = ancestors_of_self(root);
  std::vector<ProcessId> wanted;
  std::vector<UntracedProcess> left_out;
  for (const ProcessDetail& detail : snapshot.details) {
    std::optional<Untraced> why;
    if (detail.id.pid == ::getpid()) why = Untraced::self;
    if (std::ranges::find(ancestors, detail.id.pid) != ancestors.end()) why = Untraced::ancestor;
    if (keeps_a_run(snapshot, detail.id)) why = Untraced::keeper;
    const ProcessSample* const process = snapshot.find(detail.id);
    if (why) {
      left_out.push_back({detail.id, process != nullptr ? process->comm : std::string(), *why});
    } else if (process == nullptr || process->state != 'Z') {
      wanted.push_back(detail.id);
    }
  }
  if (wanted.empty() && !left_out.empty()) {
    const UntracedProcess& one = left_out.front();
    return fail(fmt::format("process {} ({}) is not traced, because {}; name another one", one.id.pid,
                            safe_text(one.comm), name_of(one.why)),
                ErrorKind::usage);
  }
  if (wanted.empty()) return fail("nothing of the target is alive: there is nothing to trace", ErrorKind::no_target);
  if (before) before(wanted.size());
  Result<CallTrace> trace = trace::trace_calls(root, wanted, seconds);
  if (trace) trace->untraced.insert(trace->untraced.begin(), left_out.begin(), left_out.end());
  return trace;
}

SourceStatus status_of(const CallTrace& trace) {
  SourceStatus status{.name = "trace", .state = SourceState::ok, .reason = {}, .duration_seconds = trace.seconds};
  for (const UntracedProcess& one : trace.untraced) {
    status.state = SourceState::partial;
    status.reason +=
        fmt::format("{}process {} was left out: {}", status.reason.empty() ? "" : "; ", one.id.pid, name_of(one.why));
  }
  return status;
}

}  // namespace vigie
