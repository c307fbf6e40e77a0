// Load on purpose: keeps one resource of the machine busy or full, bounded, and leaves nothing behind. For trying out
// tools, alerts and limits. One file per kind; what they share is this interface. Knows nothing of the terminal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace vigie::load {

class Leftovers;
struct Room;

/// The user's request. Empty members take the default of the kind.
struct Request {
  double seconds = 60;
  std::optional<std::uint64_t> size_bytes;
  std::optional<double> rate;  ///< bytes or steps per second; of cpu the share of each CPU, 0 to 1
  std::optional<unsigned> count;
  std::string directory;   ///< for a file; empty: vigie's own state directory
  std::string checkpoint;  ///< of training: a file
};

/// One load that runs in this process. It is destroyed by the thread that made it.
class Load {
 public:
  Load() = default;
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  /// Ends it and removes what it made.
  virtual ~Load() = default;

  /// What it will do, a clause for people: "one CPU kept busy".
  [[nodiscard]] virtual std::string plan() const = 0;
  /// Begins. Signals that end the process must be blocked already: threads and children inherit that.
  virtual Result<void> start() = 0;
  /// What it has done so far, a clause: "12.3 s of CPU time used".
  [[nodiscard]] virtual std::string so_far() = 0;
  /// The same as numbers, named as in every JSON document of vigie.
  [[nodiscard]] virtual std::vector<std::pair<std::string, double>> amounts() = 0;
  /// Why it cannot go on.
  [[nodiscard]] virtual std::optional<Error> trouble() { return std::nullopt; }
  /// Whether it has come to its own end, before the time is over.
  [[nodiscard]] virtual bool finished() { return false; }
  /// Called once before it is destroyed: "SIGTERM", "time is over", "finished".
  virtual void about_to_end(const std::string& /*why*/) {}
};

// Each refuses, with the reason, a request that would endanger the machine.
Result<std::unique_ptr<Load>> make_cpu(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_memory(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_leak(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_disk(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_shm(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_net(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_threads(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_zombie(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_hang(const Request& request, const Room& room, Leftovers& leftovers);
Result<std::unique_ptr<Load>> make_training(const Request& request, const Room& room, Leftovers& leftovers);

}  // namespace vigie::load
