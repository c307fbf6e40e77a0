#include "sources/net/tables.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/file.hpp"

namespace vigie::net {
namespace {

constexpr std::size_t table_limit = 256 << 20;

/// Takes words off a line; an empty word is its end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

template <class Number>
bool parse_number(std::string_view word, Number& value, int base) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  return error == std::errc{} && end == word.data() + word.size();
}

/// "0100007F:1F90": the address as 32-bit words of the host's byte order, the port as a number.
bool parse_endpoint(std::string_view word, std::uint8_t family, Endpoint& endpoint) {
  const std::size_t digits = family == 6 ? 32 : 8;
  if (word.size() <= digits || word[digits] != ':') return false;
  for (std::size_t at = 0; at < digits; at += 8) {
    std::uint32_t part = 0;
    if (!parse_number(word.substr(at, 8), part, 16)) return false;
    std::memcpy(endpoint.bytes.data() + at / 2, &part, sizeof part);
  }
  endpoint.family = family;
  return parse_number(word.substr(digits + 1), endpoint.port, 16);
}

bool parse_queues(std::string_view word, SocketSample& socket) {
  const std::size_t colon = word.find(':');
  std::uint64_t send = 0;
  std::uint64_t receive = 0;
  if (colon == std::string_view::npos || !parse_number(word.substr(0, colon), send, 16) ||
      !parse_number(word.substr(colon + 1), receive, 16)) {
    return false;
  }
  socket.send_queue = send;
  socket.receive_queue = receive;
  return true;
}

/// "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 ..."
bool parse_inet_line(std::string_view line, std::uint8_t family, SocketSample& socket) {
  if (!next_word(line).ends_with(':')) return false;
  if (!parse_endpoint(next_word(line), family, socket.local)) return false;
  if (!parse_endpoint(next_word(line), family, socket.remote)) return false;
  std::uint8_t state = 0;
  if (!parse_number(next_word(line), state, 16)) return false;
  socket.state = static_cast<ConnectionState>(state);
  if (!parse_queues(next_word(line), socket)) return false;
  next_word(line);  // timer
  next_word(line);  // retransmissions of the segment now outstanding, not of the connection
  uid_t uid = 0;
  if (!parse_number(next_word(line), uid, 10)) return false;
  socket.uid = uid;
  next_word(line);  // timeout
  socket.tcp = Presence::unsupported;
  return parse_number(next_word(line), socket.inode, 10);
}

/// "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/socket"
bool parse_unix_line(std::string_view line, SocketSample& socket) {
  if (!next_word(line).ends_with(':')) return false;
  next_word(line);  // reference count
  next_word(line);  // protocol, always 0
  std::uint32_t flags = 0;
  unsigned type = 0;
  unsigned state = 0;
  if (!parse_number(next_word(line), flags, 16) || !parse_number(next_word(line), type, 16) ||
      !parse_number(next_word(line), state, 16) || !parse_number(next_word(line), socket.inode, 10)) {
    return false;
  }
  switch (type) {
    case 1: socket.protocol = Protocol::unix_stream; break;
    case 2: socket.protocol = Protocol::unix_datagram; break;
    case 5: socket.protocol = Protocol::unix_seqpacket; break;
    default: return false;
  }
  constexpr std::uint32_t accepts_connections = 1U << 16;  // __SO_ACCEPTCON of include/uapi/linux/net.h
  constexpr unsigned connected = 3;                        // SS_CONNECTED
  socket.state = (flags & accepts_connections) != 0 ? ConnectionState::listen
                 : state == connected               ? ConnectionState::established
                                                    : ConnectionState::close;
  if (line.starts_with(' ')) socket.path = line.substr(1);
  socket.tcp = Presence::unsupported;
  socket.uid = Presence::unsupported;
  socket.receive_queue = Presence::unsupported;
  socket.send_queue = Presence::unsupported;
  return true;
}

template <class Parse>
void each_line(std::string_view text, std::vector<SocketSample>& sockets, Parse parse) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!parse(text.substr(0, end), sockets.emplace_back())) sockets.pop_back();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

void parse_inet_table(std::string_view text, Protocol protocol, std::uint8_t family,
                      std::vector<SocketSample>& sockets) {
  each_line(text, sockets, [&](std::string_view line, SocketSample& socket) {
    socket.protocol = protocol;
    return parse_inet_line(line, family, socket);
  });
}

void parse_unix_table(std::string_view text, std::vector<SocketSample>& sockets) {
  each_line(text, sockets, parse_unix_line);
}

int read_tables(const Root& root, const std::string& dir, Parts what, std::vector<SocketSample>& sockets) {
  struct Table {
    Part part;
    const char* name;
    Protocol protocol;
    std::uint8_t family;
  };
  constexpr Table tables[] = {
      {Part::tcp, "/tcp", Protocol::tcp, 4},
      {Part::tcp, "/tcp6", Protocol::tcp, 6},
      {Part::udp, "/udp", Protocol::udp, 4},
      {Part::udp, "/udp6", Protocol::udp, 6},
      {Part::raw, "/raw", Protocol::raw, 4},
      {Part::raw, "/raw6", Protocol::raw, 6},
      {Part::unix_sockets, "/unix", Protocol::unix_stream, 0},
  };
  int failure = 0;
  std::string buffer;
  for (const Table& table : tables) {
    if (!what.has(table.part)) continue;
    if (const int error = read_file(root.proc(), (dir + table.name).c_str(), buffer, table_limit)) {
      if (error != ENOENT || table.family != 6) failure = error;
    } else if (table.family == 0) {
      parse_unix_table(buffer, sockets);
    } else {
      parse_inet_table(buffer, table.protocol, table.family, sockets);
    }
  }
  if (!what.has(Part::listening)) {
    std::erase_if(sockets, [](const SocketSample& one) {
      return one.protocol == Protocol::tcp && one.state == ConnectionState::listen;
    });
  }
  return failure;
}

}  // namespace vigie::net
