// hung: a run that waits for a person to answer it.
#include <algorithm>

#include <fmt/format.h>

#include "rules/facts/supervised.hpp"
#include "rules/facts/terminal_wait.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

/// A process of the run reads the run's terminal, and its last line asks something.
std::optional<Finding> hung_on_person(const Case& run) {
  if (run.window() <= 0 || run.cpu_percent() >= thresholds::silent_cpu_percent) return std::nullopt;
  const auto& members = run.run().members;
  const auto reader = std::ranges::find_if(members, [&](const Member& member) { return reads_terminal(run, member); });
  if (reader == members.end()) return std::nullopt;
  const StateShares* const shares = run.shares(*reader);
  if (shares != nullptr && shares->asleep < thresholds::hung_looks) return std::nullopt;
  const SupervisedSample* const sample = supervised_of(*run.frame().snapshot, run.run().id);
  const std::string prompt = sample != nullptr && sample->log_tail ? unfinished_line(*sample->log_tail) : std::string();
  Finding finding = run.finding(Severity::warning, prompt.empty() ? 0.7 : 0.95);
  finding.at_any_age = true;
  finding.share_percent = 100.0;
  finding.summary = prompt.empty() ? "waits for a person: it reads what is typed on its terminal"
                                   : fmt::format("waits for a person to answer: \"{}\"", prompt);
  finding.evidence.push_back(
      run.evidence("cpu_percent", run.cpu_percent(), thresholds::silent_cpu_percent,
                   fmt::format("{} sleeps until something is typed on its terminal; the run used {:.1f} % of a CPU in "
                               "{:.0f} s",
                               run.name_of(*reader), run.cpu_percent(), run.window())));
  if (!prompt.empty())
    finding.evidence.push_back(run.evidence("prompt", 0, 0, fmt::format("its last line is not ended: \"{}\"", prompt)));
  finding.causes.emplace_back("the program, or one that it started, asks something: input(), a login, yes or no");
  finding.actions.push_back(
      run.run().supervised
          ? fmt::format("answer it: vigie attach {} (Ctrl-b d leaves it); next time say it beforehand: an option, an "
                        "environment variable, `< /dev/null`",
                        run.run().name)
          : std::string(
                "answer it on the terminal it was started from; as `vigie run` it could be answered from anywhere"));
  return finding;
}

}  // namespace vigie::rules
