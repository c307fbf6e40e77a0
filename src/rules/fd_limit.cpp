// fd-limit: a process that has nearly as many files open as it may.
#include <algorithm>

#include <fmt/format.h>

#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::optional<Finding> fd_limit(const Case& run) {
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->limits) continue;
    const auto files = std::ranges::find(*detail->limits, "Max open files", &ResourceLimit::name);
    if (files == detail->limits->end() || !files->soft || *files->soft == 0 || !files->used) continue;
    const auto used = static_cast<double>(*files->used);
    const auto limit = static_cast<double>(*files->soft);
    const double percent = 100 * used / limit;
    if (percent < thresholds::descriptors_percent) continue;
    Finding finding = run.finding(Severity::critical, 0.95);
    finding.summary = fmt::format("has {:.0f} of the {:.0f} files open that it may have", used, limit);
    finding.evidence.push_back(
        run.evidence("open_files_percent", percent, thresholds::descriptors_percent,
                     fmt::format("{} has {:.0f} of {:.0f} descriptors open", run.name_of(member), used, limit)));
    finding.causes.emplace_back(
        "tensors that loader workers pass by descriptor, files that are not closed, or many connections: vigie files " +
        fmt::format("{}", run.process(member).id.pid));
    const bool room = !files->hard || *files->hard > *files->soft;
    finding.actions.push_back(
        fmt::format("ulimit -n {} before it is started{}; torch.multiprocessing.set_sharing_strategy('file_system')",
                    files->hard ? fmt::format("{}", *files->hard) : std::string("unlimited"),
                    room ? "" : " (the hard limit is reached: root may raise it)"));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
