// A client of a run's terminal: over its recorder's socket, from one recorder and attempt to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::act {

/// The run of this name that vigie started. Fails for one that was adopted, whose terminal is elsewhere.
Result<RunRecord> run_to_attach(const std::string& name);

/// Fails when the run is over, or has no terminal; names the command that shows its output.
Result<void> refuse_without_terminal(const RunRecord& record);

/// Fails in a program of that very run: its terminal shown within it would never end.
Result<void> refuse_within(const RunRecord& record);

/// Waits while the run is queued; `waits` is called once with what it waits for. Returns its record when it has a
/// terminal to show; nothing when it is over.
Result<std::optional<RunRecord>> await_terminal(const RunRecord& record,
                                                const std::function<void(const std::string&)>& waits);

/// Whether its control group is frozen, or its main process stopped.
[[nodiscard]] bool is_stopped(const RunRecord& record);

class AttachClient {
 public:
  struct Wish {
    bool read_only = false;
    bool answers = true;  ///< this terminal answers the program's questions
  };
  enum class Reach : std::uint8_t { connected, over, queued };

  AttachClient(RunRecord record, const Wish& wish) : record_(std::move(record)), wish_(wish) {}

  /// To the recorder that the run has now. With `scrollback` it sends the lines that have scrolled away, too.
  Result<Reach> connect(wire::TerminalSize size, bool scrollback);
  /// Whether the recorder is gone: the run may have another one, which connect() finds.
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] int socket() const { return socket_.get(); }
  [[nodiscard]] const RunRecord& record() const { return record_; }
  /// The size that the run's terminal had before; 0 where an older recorder does not say.
  [[nodiscard]] wire::TerminalSize size_before() const { return theirs_; }

  void resize(wire::TerminalSize size);
  void ask_for_redraw();
  /// Not where the client only looks on.
  void type(std::string_view keys);
  /// The output that has come, without waiting. `pending`: bytes that the terminal has not taken yet; while there are
  /// some the end of the recorder is noticed later.
  [[nodiscard]] std::string receive(std::size_t pending);

  /// Whether Ctrl-Z was typed a moment ago, and its effect is not known yet.
  [[nodiscard]] bool may_be_stopping() const { return suspended_at_.has_value(); }
  /// True once: the run has stopped after Ctrl-Z.
  [[nodiscard]] bool has_stopped();
  /// Whether the run is stopped; soon after Ctrl-Z it may be about to be, and is waited for.
  [[nodiscard]] bool left_stopped() const;

 private:
  void send(wire::AttachPacket::Kind kind, std::string_view content);
  [[nodiscard]] bool ctrl_z_is_over() const;

  RunRecord record_;
  Wish wish_;
  wire::TerminalSize theirs_;
  Fd socket_;
  bool lost_ = false;
  std::optional<Instant> suspended_at_;  ///< when Ctrl-Z was typed
};

}  // namespace vigie::act
