// The kernel's process events: datagrams of the proc connector (Documentation/driver-api/connector.rst,
// drivers/connector/cn_proc.c, include/uapi/linux/cn_proc.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "model/process_event.hpp"

namespace vigie::events {

/// The kernel's answer to a request to listen.
struct Acknowledgement {
  std::uint32_t number = 0;  ///< that of the request plus one
  int errno_value = 0;
};

/// Appends the events of one datagram; pure, the bytes may be anything. Times are left on the kernel's clock, which is
/// the monotonic one. Events of other kinds, and those that are cut short or make no sense, are passed over. Returns
/// the last acknowledgement in it.
std::optional<Acknowledgement> parse_datagram(std::span<const unsigned char> datagram,
                                              std::vector<ProcessEvent>& events);

/// A socket that listens to forks, execs and exits of the whole host. Every user may listen since Linux 6.6, before
/// that it takes CAP_NET_ADMIN; only in the initial network, PID and user namespaces. Not for several threads.
class Connector {
 public:
  /// Errors are sentences that say what is in the way and what to do: of kind denied, or failed where this host does
  /// not have it.
  static Result<Connector> open(const Root& root);

  Connector(Connector&&) = default;
  Connector& operator=(Connector&&) = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();

  [[nodiscard]] int fd() const { return socket_.get(); }
  /// Appends some of the events that wait, in their order, without blocking. False when there were none.
  bool receive(std::vector<ProcessEvent>& events);
  /// How often the kernel had to throw events away because they were not taken in time.
  [[nodiscard]] std::uint64_t overruns() const { return overruns_; }

 private:
  static constexpr std::size_t batch = 64;
  static constexpr std::size_t datagram_size = 256;  ///< the kernel's are of 76 bytes

  Connector(Fd socket, std::uint32_t number) : socket_(std::move(socket)), number_(number), buffer_(batch) {}
  [[nodiscard]] Result<void> listen(const Root& root);
  /// Receives without blocking. False when there was nothing.
  bool receive(std::vector<ProcessEvent>& events, std::optional<Acknowledgement>& answer);

  Fd socket_;
  std::uint32_t number_;
  std::uint64_t overruns_ = 0;
  std::vector<std::array<unsigned char, datagram_size>> buffer_;
};

}  // namespace vigie::events
