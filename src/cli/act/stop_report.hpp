// How a stop is told, while it goes on and when it is over.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "act/stopped.hpp"

namespace vigie::cli {

/// Says once of each target, on a terminal, that its stop waits, when it has for a second.
class WaitNotices : public act::StopProgress {
 public:
  void waits(const act::Waiting& waiting) override;
  void warns(const std::string& sentence) override;

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> said_;
};

/// To standard output: for people, or one JSON document.
void print_stopped(const act::Stopped& stopped, bool json);

}  // namespace vigie::cli
