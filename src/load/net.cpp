// Traffic over the loopback: one TCP connection from this process to itself.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "base/fd.hpp"
#include "base/units.hpp"
#include "load/background.hpp"
#include "load/load.hpp"

namespace vigie::load {
namespace {

constexpr double usual_rate = 100 << 20;  // bytes a second

/// The address a socket has, by getsockname(2) or getpeername(2).
template <class Ask>
sockaddr_in address_of(const Fd& socket, Ask ask) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ask(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

Fd tcp_socket() {
  return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

struct Pair {
  Fd sends, receives;
};

/// Connected with itself; a stranger that is quicker on this port is not let in.
Result<Pair> connected_pair() {
  const Fd listener = tcp_socket();
  Pair pair{tcp_socket(), {}};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!listener || !pair.sends) return fail_errno("cannot make a socket", errno);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 4) != 0)
    return fail_errno("cannot listen on the loopback", errno);
  address = address_of(listener, ::getsockname);
  if (::connect(pair.sends.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("cannot connect over the loopback", errno);
  const in_port_t own = address_of(pair.sends, ::getsockname).sin_port;
  for (int tries = 0; tries < 16; ++tries) {
    pair.receives = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!pair.receives) return fail_errno("cannot accept the connection", errno);
    if (address_of(pair.receives, ::getpeername).sin_port == own) return pair;
  }
  return fail("another program connects all the time: try again");
}

class Net final : public Load {
 public:
  explicit Net(double per_second) : per_second_(per_second) {}
  ~Net() override {
    // Threads that wait in send or recv are woken.
    for (const Fd* socket : {&pair_.sends, &pair_.receives}) {
      if (*socket) ::shutdown(socket->get(), SHUT_RDWR);
    }
  }

  std::string plan() const override {
    return fmt::format("{} a second over a TCP connection to itself", human_bytes(per_second_));
  }

  Result<void> start() override {
    ASSIGN_OR_RETURN(pair_, connected_pair());
    if (Result<void> added = threads_.add([this](const std::stop_token& stop) { receive(stop); }); !added) return added;
    return threads_.add([this](const std::stop_token& stop) { send(stop); });
  }

  std::string so_far() override { return human_bytes(static_cast<double>(received_.load())) + " sent and received"; }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"received_bytes", static_cast<double>(received_.load())}};
  }
  std::optional<Error> trouble() override { return trouble_.get(); }

 private:
  static constexpr std::size_t chunk = 64 << 10;

  void send(const std::stop_token& stop) {
    const std::array<char, chunk> data{};
    const std::size_t part = std::clamp<std::size_t>(static_cast<std::size_t>(per_second_ / 20), 1, chunk);
    Pace pace(per_second_);
    while (!stop.stop_requested()) {
      const ssize_t sent = ::send(pair_.sends.get(), data.data(), part, MSG_NOSIGNAL);
      if (sent <= 0 && errno != EINTR) return note(stop);
      if (sent > 0) pace.done(stop, static_cast<double>(sent));
    }
  }

  void receive(const std::stop_token& stop) {
    std::array<char, chunk> data{};
    while (!stop.stop_requested()) {
      const ssize_t got = ::recv(pair_.receives.get(), data.data(), data.size(), 0);
      if (got == 0 || (got < 0 && errno != EINTR)) return note(stop);
      if (got > 0) received_ += static_cast<std::uint64_t>(got);
    }
  }

  void note(const std::stop_token& stop) {
    const int error = errno;
    if (!stop.stop_requested()) trouble_.set(fail_errno("the connection was lost", error).error());
  }

  double per_second_;
  Pair pair_;
  std::atomic<std::uint64_t> received_ = 0;
  Trouble trouble_;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_net(const Request& request, const Room& /*room*/, Leftovers& /*leftovers*/) {
  return std::make_unique<Net>(request.rate.value_or(usual_rate));
}

}  // namespace vigie::load
