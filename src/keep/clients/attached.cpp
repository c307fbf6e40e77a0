#include "keep/clients/attached.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.hpp"
#include "terminal/without_answers.hpp"

namespace vigie::keep {
namespace {

using Packet = wire::AttachPacket;

constexpr std::size_t most_pending =
    128 << 10;                                ///< bytes of output kept for a slow client, beside the socket's own room
constexpr std::size_t most_input = 64 << 10;  ///< bytes typed ahead; then clients are not read any more
constexpr std::size_t most_answers = 4096;    ///< bytes that wait for the program; further questions are not answered

}  // namespace

Attached::Attached(terminal::LateScreen& screen, int terminal)
    : screen_(screen), terminal_(::fcntl(terminal, F_DUPFD_CLOEXEC, 0)) {
  const int flags = ::fcntl(terminal, F_GETFL);
  if (flags >= 0) ::fcntl(terminal, F_SETFL, flags | O_NONBLOCK);
  winsize size{};
  if (::ioctl(terminal_.get(), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    screen_.resize(size.ws_row, size.ws_col);
}

void Attached::add(Fd connection, const wire::AttachWish& wish) {
  Client& client = clients_.emplace_back();
  client.connection = std::move(connection);
  client.wish = wish;
  client.behind = true;
  if (!wish.read_only) client.active = ++activity_;
  follow_leader();
  redraw(client, wish.scrollback ? SIZE_MAX : 0);
  remove_gone();
}

/// The client that decides the size, and whose terminal answers the program; nullptr without one.
Attached::Client* Attached::leader() {
  const auto found = std::ranges::max_element(clients_, {}, &Client::active);
  return found == clients_.end() || found->active == 0 ? nullptr : &*found;
}

/// The terminal gets the size of the client that was active last; without one it keeps what it has.
void Attached::follow_leader() {
  const Client* const leader = this->leader();
  if (leader == nullptr) return;
  const int rows = screen_.rows();
  const int columns = screen_.columns();
  screen_.resize(leader->wish.size.rows, leader->wish.size.columns);
  const winsize size{.ws_row = static_cast<unsigned short>(screen_.rows()),
                     .ws_col = static_cast<unsigned short>(screen_.columns()),
                     .ws_xpixel = 0,
                     .ws_ypixel = 0};
  ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
  if (rows == screen_.rows() && columns == screen_.columns()) return;
  for (Client& client : clients_) {
    if (!client.behind) redraw(client, 0);
  }
}

void Attached::show(std::string_view bytes) {
  const std::string answers = screen_.take_answers();
  const Client* const leader = this->leader();
  const bool answered = leader != nullptr && leader->wish.answers && !leader->behind;
  // A program that asks and never reads gets as many as a terminal's own queue holds, and no half ones.
  if (!answered && input_.size() + answers.size() <= most_answers) type(answers);
  for (Client& client : clients_) {
    if (client.behind) continue;
    if (client.pending.size() - client.sent + bytes.size() > most_pending && has_pending(client)) {
      client.behind = true;
      client.pending.clear();
      client.sent = 0;
      continue;
    }
    client.pending += bytes;
    send_pending(client);
  }
  if (!clients_.empty()) remove_gone();
}

void Attached::send_pending(Client& client) {
  while (client.connection && has_pending(client)) {
    char packet[1 + Packet::largest_content];
    packet[0] = static_cast<char>(Packet::Kind::output);
    const std::size_t count = client.pending.copy(packet + 1, Packet::largest_content, client.sent);
    if (::send(client.connection.get(), packet, 1 + count, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) client.connection.reset();
      return;
    }
    client.sent += count;
  }
  client.pending.clear();
  client.sent = 0;
  client.shown_lines = screen_.lines_scrolled();
}

void Attached::redraw(Client& client, std::size_t scrollback_lines) {
  client.behind = false;
  client.pending = screen_.now().redraw(
      {.rows = client.wish.size.rows, .columns = client.wish.size.columns, .scrollback_lines = scrollback_lines});
  client.sent = 0;
  send_pending(client);
}

void Attached::watch(std::vector<pollfd>& items) const {
  const short in = input_.size() < most_input ? POLLIN : 0;
  for (const Client& client : clients_) {
    const bool waiting = client.behind || has_pending(client);
    items.push_back({client.connection.get(), static_cast<short>(waiting ? in | POLLOUT : in), 0});
  }
  if (!input_.empty()) items.push_back({terminal_.get(), POLLOUT, 0});
}

void Attached::serve(std::span<const pollfd> items) {
  for (const pollfd& item : items) {
    if (item.revents == 0) continue;
    if (item.fd == terminal_.get()) {
      type_pending();
      continue;
    }
    const auto client = std::ranges::find(clients_, item.fd, [](const Client& each) { return each.connection.get(); });
    if (client == clients_.end()) continue;
    if ((item.revents & POLLOUT) != 0) {
      if (client->behind) {
        redraw(*client, static_cast<std::size_t>(screen_.lines_scrolled() - client->shown_lines));
      } else {
        send_pending(*client);
      }
    }
    if ((item.revents & (POLLIN | POLLHUP | POLLERR)) != 0) hear(*client);
  }
  remove_gone();
}

void Attached::hear(Client& client) {
  char bytes[1 + Packet::largest_content + 1];  // one more than any packet: a longer one is none
  const ssize_t got = ::recv(client.connection.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const auto packet =
      got > 0 ? wire::attach_packet({bytes, static_cast<std::size_t>(got)}) : std::optional<wire::AttachPacket>();
  if (!packet) {
    client.connection.reset();
    return;
  }
  switch (packet->kind) {
    case Packet::Kind::input: return heed_input(client, packet->content);
    case Packet::Kind::redraw: return redraw(client, 0);
    case Packet::Kind::resize:
      client.wish.size = wire::terminal_size(packet->content).value_or(client.wish.size);
      if (&client == leader()) follow_leader();
      if (&client != leader()) redraw(client, 0);
      return;
    case Packet::Kind::output: return;
  }
}

/// The terminals of all clients get the program's questions; only the leader's answers are passed on.
void Attached::heed_input(Client& client, std::string_view bytes) {
  if (client.wish.read_only) return;
  if (&client == leader()) return type(bytes);
  const std::string typed = terminal::without_answers(bytes);
  if (typed.empty()) return;
  client.active = ++activity_;
  follow_leader();
  type(typed);
}

void Attached::type(std::string_view bytes) {
  if (bytes.empty()) return;
  input_ += bytes;
  type_pending();
}

void Attached::type_pending() {
  while (!input_.empty()) {
    const ssize_t put = ::write(terminal_.get(), input_.data(), input_.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) return input_.clear();  // no process has the terminal open any more
    input_.erase(0, static_cast<std::size_t>(put));
  }
}

void Attached::remove_gone() {
  const auto gone = std::erase_if(clients_, [](const Client& client) { return !client.connection; });
  if (gone > 0) follow_leader();
}

void Attached::flush(double seconds) {
  const Instant begin = now();
  while (true) {
    std::vector<pollfd> items;
    for (const Client& client : clients_) {
      if (client.behind || has_pending(client)) items.push_back({client.connection.get(), POLLOUT, 0});
    }
    const double left = seconds - seconds_between(begin, now());
    if (items.empty() || left <= 0) return;
    if (::poll(items.data(), items.size(), static_cast<int>(left * 1000) + 1) <= 0) return;
    serve(items);
  }
}

}  // namespace vigie::keep
