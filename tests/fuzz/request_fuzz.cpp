// Any bytes as a client's request to the keeper of a run: understood whole or not at all.
#include <csignal>

#include "input.hpp"
#include "keep/clients/requests.hpp"

FUZZ(text) {
  const auto request = vigie::keep::parse_request(text);
  if (request.kind == vigie::keep::Request::Kind::attach)
    must(request.attach.size.rows > 0 && request.attach.size.columns > 0);
  if (request.kind != vigie::keep::Request::Kind::stop) return;
  must(request.stop.signal > 0 && request.stop.signal < NSIG);
}
