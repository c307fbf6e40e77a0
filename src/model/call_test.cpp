#include "model/call.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

TEST(WaitKind, IsTheSameForACallAndForTheKernelFunctionsItSleepsIn) {
  const auto all = [](WaitKind kind, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) EXPECT_EQ(wait_kind(name), kind) << name;
  };
  all(WaitKind::poll, {"poll", "ppoll", "epoll_wait", "epoll_pwait", "select", "pselect6", "do_sys_poll",
                       "do_epoll_wait", "ep_poll", "do_select", "poll_schedule_timeout.constprop.0"});
  all(WaitKind::lock, {"futex", "futex_wait_queue", "futex_wait_queue_me", "futex_do_wait", "__futex_wait"});
  all(WaitKind::stream, {"read", "write", "readv", "writev", "recvfrom", "recvmsg", "pipe_read", "anon_pipe_read",
                         "pipe_wait", "pipe_wait_readable", "unix_stream_read_generic", "unix_stream_data_wait",
                         "sk_wait_data", "wait_for_packet_skb_recv_datagram", "__skb_wait_for_more_packets"});
  all(WaitKind::timer, {"nanosleep", "clock_nanosleep", "hrtimer_nanosleep", "common_nsleep_nanosleep"});
  all(WaitKind::child, {"wait4", "waitid", "do_wait"});
  all(WaitKind::other, {"", "pause", "openat", "io_schedule", "sigsuspend", "pread64"});
}

TEST(CallKeys, InWords) {
  CallKey key{.comm = "python3", .state = ThreadState::waiting, .call = std::string("read"), .file = "/data/7"};
  EXPECT_EQ(describe(key), "slept in read of /data/7");
  key.file.clear();
  key.call = Presence::denied;
  EXPECT_EQ(describe(key), "slept");
  key.state = ThreadState::disk;
  EXPECT_EQ(describe(key), "was in uninterruptible sleep");
  key.state = ThreadState::running;
  EXPECT_EQ(describe(key), "ran");
}

TEST(ThreadStates, AreThoseOfProc5) {
  EXPECT_EQ(thread_state('R'), ThreadState::running);
  EXPECT_EQ(thread_state('S'), ThreadState::waiting);
  EXPECT_EQ(thread_state('I'), ThreadState::waiting);
  EXPECT_EQ(thread_state('D'), ThreadState::disk);
  EXPECT_EQ(thread_state('T'), ThreadState::stopped);
  EXPECT_EQ(thread_state('t'), ThreadState::stopped);
}

}  // namespace
}  // namespace vigie
