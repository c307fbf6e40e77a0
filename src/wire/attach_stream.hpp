// The terminal of a run over its recorder's socket: after the request "attach" was accepted, packets of this kind go
// both ways. The first byte tells what a packet is, the rest is its content, at most largest_content bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

/// Goes into the request; a recorder refuses one that it does not know.
inline constexpr int attach_version = 1;

struct AttachPacket {
  enum class Kind : char {
    input = 'i',   ///< to the recorder: bytes that were typed
    resize = 'w',  ///< to the recorder: "ROWS COLUMNS", the client's terminal from now on
    redraw = 'r',  ///< to the recorder: draw the screen anew
    output = 'o',  ///< to the client: bytes for its terminal
  };
  static constexpr std::size_t largest_content = 16 << 10;

  Kind kind;
  std::string_view content;
};

/// A whole packet as it was received; nullopt when it is none.
[[nodiscard]] std::optional<AttachPacket> attach_packet(std::string_view bytes);

struct TerminalSize {
  int rows = 0, columns = 0;
  bool operator==(const TerminalSize&) const = default;
};
/// The content of a resize packet; nullopt when it is none or has a 0.
[[nodiscard]] std::optional<TerminalSize> terminal_size(std::string_view content);

/// What a client asks for when it attaches.
struct AttachWish {
  TerminalSize size;
  bool read_only = false;
  bool answers = true;      ///< its terminal answers the program's questions: where the cursor is, what it can do
  bool scrollback = false;  ///< it wants the lines that have scrolled away, too
};

struct Attachment {
  Fd connection;      ///< blocking
  TerminalSize size;  ///< of the run's terminal before; 0 where an older recorder does not say
};

/// Attaches to the run. `timeout_seconds` bounds the wait for the recorder's answer.
Result<Attachment> attach(const RunRecord& record, const AttachWish& wish, double timeout_seconds);

/// Sends one packet, or several when `content` is long; waits until there is room. False when the recorder is gone.
bool send_packet(int connection, AttachPacket::Kind kind, std::string_view content);

}  // namespace vigie::wire
