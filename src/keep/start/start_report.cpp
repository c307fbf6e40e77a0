#include "keep/start/start_report.hpp"

#include <cerrno>
#include <string>

namespace vigie::keep {
namespace {

std::string what_failed(StartReport::Step step, const RunRecord& record) {
  switch (step) {
    case StartReport::exec: return "cannot run " + record.spec.command.front();
    case StartReport::directory: return "cannot enter directory " + record.spec.cwd;
    case StartReport::priority:
      return "cannot give the run the nice value, I/O priority or CPUs that were asked for (lower nice values take "
             "root, "
             "CAP_SYS_NICE or RLIMIT_NICE; CPUs must be of those allowed here)";
    case StartReport::limit:
      return "cannot limit the memory of the run: neither a control group of version 2 with the memory controller nor "
             "one of version 1 can be made here (start it by `systemd-run --user --scope -p MemoryMax=…`, or ask the "
             "administrator for delegation)";
    case StartReport::terminal: return "cannot make a terminal for the run";
    case StartReport::process: return "cannot start a process for the run";
    case StartReport::record: return "cannot write in " + record.directory;
    case StartReport::keeper: return "cannot start the keeper of the run";
    case StartReport::kept: return "another keeper has taken the run meanwhile";
    case StartReport::nothing: break;
  }
  return "the keeper of the run reported nonsense";
}

}  // namespace

bool is_kept_by_another(const Error& error) {
  return error.errno_value == EALREADY;
}

Error error_of(const StartReport& report, const RunRecord& record) {
  return fail_errno(what_failed(report.failed_at, record), report.errno_value).error();
}

}  // namespace vigie::keep
