// The socket of a recorder: SOCK_SEQPACKET, one JSON object a packet. A request is {"vigie": 1, "request": NAME, ...};
// the answer is {"vigie": 1, "ok": true, ...} or {"vigie": 1, "ok": false, "error": SENTENCE}.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/json_writer.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

inline constexpr int protocol_version = 1;

/// A request to a run's keeper: one object, whose other members `more` writes.
template <class More>
[[nodiscard]] std::string request_for(std::string_view request, const More& more) {
  return json_object([&](JsonWriter& json) {
    json.member("vigie", protocol_version);
    json.member("request", request);
    more(json);
  });
}
inline constexpr std::size_t largest_packet = 64 << 10;

/// Listens at `directory`/sock (0600, a stale one replaced). The path may be longer than sun_path: it is reached
/// through the directory's descriptor.
Result<Fd> listen_in(const std::string& directory);

/// The next client that asks at `listener`, non-blocking; empty when there is none, or it is neither of this user nor
/// root.
[[nodiscard]] Fd accept_own(const Fd& listener);
/// Whether root is at the other end, and this process is another user's.
[[nodiscard]] bool is_roots(const Fd& client);
/// The packet that waits at a connection, no longer than largest_packet. Returns what recv(2) does.
[[nodiscard]] ssize_t receive(const Fd& connection, std::string& packet);
/// A connection (non-blocking) to the recorder of the run in `directory`.
Result<Fd> connect_to(const std::string& directory);
/// One request and its answer over a connection.
Result<std::string> exchange(const Fd& connection, std::string_view request, double timeout_seconds);
/// Whether one of `events` (poll(2)) came within `seconds`; as long as it takes when negative.
bool wait_for(int fd, short events, double seconds);

/// Sends `request` to the recorder of the run in `directory` and returns its answer. Fails when no process listens or
/// no answer comes within `timeout_seconds`.
Result<std::string> ask(const std::string& directory, std::string_view request, double timeout_seconds);

/// Asks the recorder to stop its run: the signal to the main process now, and after the grace SIGKILL to all that is
/// left (never when it is negative). Returns once the request is recorded durably.
Result<void> ask_stop(const RunRecord& record, const StopRequest& stop);

/// Tells the recorder of a signal that is about to be sent to the main process, for the record.
Result<void> tell_signal(const RunRecord& record, int signal);

}  // namespace vigie::wire
