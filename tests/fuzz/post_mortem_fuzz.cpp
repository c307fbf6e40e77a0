// Any output of a run that is over: read for what ended it.
#include "input.hpp"
#include "rules/ended/last_words.hpp"
#include "rules/ended/post_mortem.hpp"

FUZZ(text) {
  vigie::Snapshot snapshot;
  vigie::SupervisedSample sample;
  sample.record.id = "abc123";
  sample.log_tail = std::string(text);
  snapshot.supervised.push_back(std::move(sample));
  vigie::Run run;
  run.id = run.name = "abc123";
  run.state = vigie::RunState::failed;
  vigie::Frame frame;
  frame.snapshot = std::make_shared<const vigie::Snapshot>(std::move(snapshot));
  const std::optional<vigie::Finding> finding = vigie::rules::post_mortem(frame, run);
  must(finding.has_value() && !finding->rule.empty() && !finding->summary.empty());
  if (const std::optional<vigie::rules::Traceback> traceback = vigie::rules::last_traceback(text))
    must(!traceback->error.empty());
}
