#include "model/net.hpp"

#include <arpa/inet.h>

#include <fmt/format.h>

namespace vigie {

std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp: return "tcp";
    case Protocol::udp: return "udp";
    case Protocol::raw: return "raw";
    case Protocol::unix_stream: return "u_str";
    case Protocol::unix_datagram: return "u_dgr";
    case Protocol::unix_seqpacket: return "u_seq";
  }
  return "?";
}

std::string_view name_of(ConnectionState state) {
  constexpr std::array<std::string_view, 13> names = {"UNKNOWN",    "ESTAB",     "SYN-SENT", "SYN-RECV",   "FIN-WAIT-1",
                                                      "FIN-WAIT-2", "TIME-WAIT", "UNCONN",   "CLOSE-WAIT", "LAST-ACK",
                                                      "LISTEN",     "CLOSING",   "SYN-RECV"};
  const auto index = static_cast<std::size_t>(state);
  return index < names.size() ? names[index] : names[0];
}

std::string text_of(const Endpoint& endpoint, std::string_view device) {
  char address[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(endpoint.family == 6 ? AF_INET6 : AF_INET, endpoint.bytes.data(), address, sizeof address);
  std::string text;
  if (endpoint.family == 6) {
    // A device says which link a link-local address is on; elsewhere it only says what the socket is bound to.
    const bool link_local = endpoint.bytes[0] == 0xfe && (endpoint.bytes[1] & 0xc0) == 0x80;
    text = link_local && !device.empty() ? fmt::format("[{}%{}]", address, device) : fmt::format("[{}]", address);
  } else {
    text = address;
  }
  return endpoint.port == 0 ? text + ":*" : fmt::format("{}:{}", text, endpoint.port);
}

}  // namespace vigie
