// What keys may do to processes and runs: an order, its preview, and its outcome. Who does it is behind an interface,
// so that tests count what would have been done.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tui/saved_recording.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// What may be done to the rows under the cursor, and what is typed for it.
struct DeedKind {
  Deed deed;
  std::string_view verb;      ///< "stop"
  std::string_view question;  ///< what has to be typed first; empty: nothing
  std::string_view usual;     ///< what nothing typed stands for
};
[[nodiscard]] const DeedKind& kind_of(Deed deed);

/// The order with the value that was typed. Kind usage: it is none of that deed.
[[nodiscard]] Result<Order> with_value(Order order, const std::string& typed);

/// "signal TERM", "renice 10", "renice by +1", "stop".
[[nodiscard]] std::string describe(const Order& order);

/// Does orders, one at a time, without holding up the caller.
class Deeds {
 public:
  Deeds() = default;
  Deeds(const Deeds&) = delete;
  Deeds& operator=(const Deeds&) = delete;
  virtual ~Deeds() = default;

  /// Readable when take() has something.
  [[nodiscard]] virtual int fd() const = 0;
  /// Finds out whom the order would hit, and does nothing. The answer to an older order is dropped.
  virtual void plan(const Order& order) = 0;
  /// Does it.
  virtual void perform(const Order& order) = 0;
  /// The output of a command of vigie that only looks. The answer to an older question is dropped.
  virtual void read(const std::vector<std::string>& words) = 0;
  /// Writes them as a recording into a new file; the outcome says its name.
  virtual void save(std::vector<PackedSnapshot> snapshots) = 0;
  /// What would be lost if the program ended now: a sentence each, raw. What a recorder goes on with is not.
  [[nodiscard]] virtual std::vector<std::string> unfinished() const = 0;

  struct Answer {
    std::optional<Plan> plan = {};         ///< of plan()
    std::optional<std::string> text = {};  ///< of read()
    std::string outcome = {};              ///< of perform() and save(): one sentence, raw
  };
  /// What came of a call, once each; nothing: no more has come yet. Never waits.
  [[nodiscard]] virtual std::optional<Answer> take() = 0;
};

}  // namespace vigie::tui
