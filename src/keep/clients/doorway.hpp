// Where clients come in: the socket of a run.
#pragma once

#include <cstddef>
#include <string>

#include "base/fd.hpp"

namespace vigie::keep {

/// Listens as long as it exists. When another process removes the socket (a cleaner of old files) it is made again.
/// When there are too many clients, or no descriptors, a new one is turned away: it must neither take the descriptors
/// that the run needs for its record nor keep the recorder awake.
class Doorway {
 public:
  explicit Doorway(std::string directory);
  ~Doorway() = default;
  Doorway(const Doorway&) = delete;
  Doorway& operator=(const Doorway&) = delete;

  /// To be polled for POLLIN: a client is there; the socket was touched, call mend().
  [[nodiscard]] int listener() const { return listener_.get(); }
  [[nodiscard]] int touched() const { return notice_.get(); }

  /// The next client; empty when it was turned away. `present`: how many are there already.
  [[nodiscard]] Fd let_in(std::size_t present);
  void mend();
  /// No client comes in any more, and the socket is removed.
  void close();

 private:
  void open();
  [[nodiscard]] std::string path() const { return directory_ + "/sock"; }

  std::string directory_;
  std::size_t most_clients_;
  std::string turned_away_;  ///< the answer, made while there is memory for it
  Fd listener_;
  Fd notice_;  ///< inotify
  Fd spare_;   ///< given up to take a client that is then turned away, when there is no descriptor left
};

}  // namespace vigie::keep
