// Any bytes as a packet of the stream between a client and a run's terminal, and as what a user's terminal sends.
#include "input.hpp"
#include "terminal/without_answers.hpp"
#include "wire/attach_stream.hpp"

FUZZ(bytes) {
  using Packet = vigie::wire::AttachPacket;
  if (const auto packet = vigie::wire::attach_packet(bytes)) {
    must(packet->content.size() <= Packet::largest_content);
    const auto size = vigie::wire::terminal_size(packet->content);
    must(!size || (size->rows > 0 && size->columns > 0));
  }
  const std::string typed = vigie::terminal::without_answers(bytes);
  must(typed.size() <= bytes.size());
  must(bytes.find('\x1b') != std::string_view::npos || typed == bytes);
}
