#include "model/call.hpp"

namespace vigie {

std::string_view name_of(ThreadState state) {
  switch (state) {
    case ThreadState::running: return "running";
    case ThreadState::waiting: return "waiting";
    case ThreadState::disk: return "disk";
    case ThreadState::stopped: return "stopped";
  }
  return "waiting";
}

std::string describe(const CallKey& key) {
  if (key.state == ThreadState::running) return "ran";
  if (key.state == ThreadState::stopped) return "was stopped";
  std::string text = key.state == ThreadState::disk ? "was in uninterruptible sleep" : "slept";
  if (key.call && !key.call->empty()) text += " in " + *key.call;
  if (!key.file.empty()) text += " of " + key.file;
  return text;
}

ThreadState thread_state(char letter) {
  if (letter == 'R') return ThreadState::running;
  if (letter == 'D') return ThreadState::disk;
  if (letter == 'T' || letter == 't') return ThreadState::stopped;
  return ThreadState::waiting;
}

WaitKind wait_kind(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (has("poll") || has("select")) return WaitKind::poll;
  if (has("futex")) return WaitKind::lock;
  if (name == "read" || name == "write" || name == "readv" || name == "writev" || name == "recvfrom" ||
      name == "recvmsg" || has("pipe") || has("unix_stream") || has("sk_wait") || has("skb_wait") || has("skb_recv"))
    return WaitKind::stream;
  if (has("nanosleep")) return WaitKind::timer;
  if (name == "wait4" || name == "waitid" || has("do_wait")) return WaitKind::child;
  return WaitKind::other;
}

}  // namespace vigie
