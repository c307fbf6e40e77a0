// The clients that show a run's terminal and type into it.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "terminal/late_screen.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::keep {

/// It never waits for a client. A client that does not take the run's output is cut off from it. Once it reads again it
/// is shown the screen as it is then, with the lines that scrolled away meanwhile.
class Attached {
 public:
  /// `terminal` is the PTY master, or a pipe of a run that has none; it is made non-blocking. The screen takes over the
  /// size that the terminal has.
  Attached(terminal::LateScreen& screen, int terminal);

  /// Takes over the connection of a client whose wish was granted.
  void add(Fd connection, const wire::AttachWish& wish);
  [[nodiscard]] std::size_t count() const { return clients_.size(); }
  /// Output of the run, which the screen has been given already.
  void show(std::string_view bytes);

  /// Adds what is to be polled for; with nothing to send and nothing to type only the clients' input.
  void watch(std::vector<pollfd>& items) const;
  /// Handles the results of poll(2); `items` are those that watch() added.
  void serve(std::span<const pollfd> items);
  /// The last output of a run: waits until every client took its part, but no longer than `seconds`.
  void flush(double seconds);

 private:
  struct Client {
    Fd connection;
    wire::AttachWish wish;
    std::string pending;  // to be sent, from `sent` on
    std::size_t sent = 0;
    bool behind = false;            // it missed output: a redraw is due when it reads again
    std::uint64_t shown_lines = 0;  // of Screen::lines_scrolled(), those that it was sent
    std::uint64_t active = 0;       // when it was attached or typed last, 0 for read-only ones
  };

  [[nodiscard]] Client* leader();
  [[nodiscard]] bool has_pending(const Client& client) const { return client.sent < client.pending.size(); }
  void send_pending(Client& client);
  void redraw(Client& client, std::size_t scrollback_lines);
  void hear(Client& client);
  void heed_input(Client& client, std::string_view bytes);
  void follow_leader();
  void type(std::string_view bytes);
  void type_pending();
  void remove_gone();

  terminal::LateScreen& screen_;
  Fd terminal_;  // of its own: the keeper closes its one at the end of output
  std::vector<Client> clients_;
  std::uint64_t activity_ = 0;
  std::string input_;  // typed, and not taken by the terminal yet
};

}  // namespace vigie::keep
