// Any bytes as a packed segment of a log, as the name of one, and as output cut into segments.
#include <string>

#include "input.hpp"
#include "keep/log/log_boundary.hpp"
#include "wire/log_pack.hpp"
#include "wire/log_segments.hpp"

FUZZ(text) {
  using vigie::keep::LogBoundary;
  std::uint64_t end = 0;
  for (const vigie::wire::PackedFrame& frame : vigie::wire::frames_of(text)) {
    must(frame.begin == end && frame.at + frame.size <= text.size());
    end = frame.begin + frame.length;
    const auto content = vigie::wire::unpack(text, frame);
    must(!content || content->size() == frame.length);
  }
  if (const auto segment = vigie::wire::parse_segment_name("output.log." + std::string(text))) {
    must(segment->begin < segment->end);
  }
  // Wherever the bytes are split, the same places are between characters and sequences.
  LogBoundary whole;
  const auto cut = whole.cut(text, LogBoundary::Want::character);
  for (std::size_t at = 0; at < text.size(); at += text.size() / 8 + 1) {
    LogBoundary split;
    split.pass(text.substr(0, at));
    const auto later = split.cut(text.substr(at), LogBoundary::Want::character);
    if (later) must(cut == at + *later);
  }
}
