// What an alert is about: its run, or the process that its advice names.
#pragma once

#include <optional>
#include <string_view>

#include "model/frame.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// Neither: it is about the host.
struct AlertSubject {
  const Run* run = nullptr;  ///< of the frame
  std::optional<ProcessId> process = {};
};

/// The row of a finding on the screen of alerts.
[[nodiscard]] RowKey key_of_alert(std::string_view rule, std::string_view subject);

/// `key` is the row of an alert.
[[nodiscard]] AlertSubject subject_of_alert(const Frame& frame, const RowKey& key);

}  // namespace vigie::tui
