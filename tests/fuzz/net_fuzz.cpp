// Sockets: datagrams of sock_diag as the kernel would never send them, and the tables of /proc/net.
#include <span>
#include <vector>

#include "input.hpp"
#include "sources/net/sock_diag.hpp"
#include "sources/net/tables.hpp"

FUZZ(text) {
  namespace net = vigie::net;
  using vigie::Protocol;
  // A copy of its own: reads beyond its end are seen, and headers are aligned as in the reader's buffer.
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  std::vector<vigie::SocketSample> sockets;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::unix_stream})
    static_cast<void>(net::parse_dump(std::span(bytes), protocol, sockets));
  net::parse_inet_table(text, Protocol::tcp, 4, sockets);
  net::parse_inet_table(text, Protocol::tcp, 6, sockets);
  net::parse_unix_table(text, sockets);
  for (const vigie::SocketSample& socket : sockets) must(!vigie::text_of(socket.local, socket.device).empty());
}
