// Any bytes as a snapshot of a recording: refused, or looked at as if it were the present.
#include "feed/frame_of.hpp"
#include "input.hpp"
#include "rules/judge.hpp"
#include "wire/recording.hpp"

FUZZ(text) {
  const std::shared_ptr<vigie::Snapshot> snapshot = vigie::wire::decode(text);
  if (snapshot == nullptr) return;
  must(vigie::wire::decode(vigie::wire::encode(*snapshot)) != nullptr);
  vigie::FeedOptions options;
  options.pace.look_hz = 10;
  const vigie::Frame frame = vigie::frame_of(snapshot, snapshot, options);
  (void)vigie::rules::judge(std::span(&frame, 1));
  must(frame.view.run_of.size() == snapshot->processes.size());
}
