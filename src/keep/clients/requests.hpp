// The requests of clients to a recorder, and the words of its answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/run.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::keep {

struct Request {
  enum class Kind : std::uint8_t { unknown, progress, stop, attach, signalled, record };
  Kind kind = Kind::unknown;
  bool by_root = false;  ///< root asks, and the run is another user's: from the connection, never from the packet
  StopRequest stop;      ///< of kind stop: what was asked for
  int signal = 0;        ///< of kind signalled: what is about to be sent
  int stream = 0;        ///< version of what follows an "attach"
  wire::AttachWish attach;
};

/// Takes any bytes; those that are no valid request are `unknown`.
[[nodiscard]] Request parse_request(std::string_view packet);

[[nodiscard]] std::string progress_answer(const std::optional<Progress>& progress);
[[nodiscard]] std::string acceptance();
/// The acceptance of a client that attaches, with the size of the run's terminal at this moment.
[[nodiscard]] std::string attach_acceptance(int rows, int columns);
[[nodiscard]] std::string refusal(std::string_view reason);
/// Why no client can attach to this run in that way, as an answer; empty when one can.
[[nodiscard]] std::string attach_refusal(const Request& request, const RunRecord& record);

}  // namespace vigie::keep
