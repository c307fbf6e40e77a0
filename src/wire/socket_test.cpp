#include "wire/socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "base/test_directory.hpp"
#include "wire/recorder_for_tests.hpp"
#include "wire/status.hpp"

namespace vigie::wire {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double patience = 10;  ///< seconds; for what comes at once

class Socket : public testing::Test {
 protected:
  void SetUp() override {
    record_.id = "abc";
    record_.name = "resnet";
    record_.directory = directory_.path();
  }
  [[nodiscard]] const std::string& run() const { return directory_.path(); }
  [[nodiscard]] std::string sock() const { return directory_.path("sock"); }
  /// What is said of a request that is answered like this.
  [[nodiscard]] Result<std::string> asked_of(FakeRecorder::Answer answer, double seconds = patience) const {
    const FakeRecorder recorder(run(), std::move(answer));
    return ask(run(), "a question", seconds);
  }
  [[nodiscard]] std::string stop_refused(const std::string& answer) const {
    const FakeRecorder recorder(run(), answer);
    const Result<void> stopped = ask_stop(record_, {.signal = 15});
    return stopped ? "" : stopped.error().message;
  }

  TestDirectory directory_;
  RunRecord record_;
};

/// Two connected ends of the kind that a recorder and its client have.
struct Ends {
  Fd one, other;
  Ends() {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    one = Fd(fds[0]);
    other = Fd(fds[1]);
  }
};

TEST_F(Socket, AQuestionIsAnswered) {
  const FakeRecorder recorder(run(), "an answer");
  EXPECT_EQ(ask(run(), "a question", patience).value(), "an answer");
  EXPECT_EQ(recorder.asked(), "a question");
}

TEST_F(Socket, WhyThereIsNoAnswerIsSaid) {
  EXPECT_NE(ask(directory_.path("gone"), "x", 1).error().message.find("cannot open"), std::string::npos);
  EXPECT_NE(ask(run(), "x", 1).error().message.find("does not answer"), std::string::npos);
  const Error hung_up = asked_of([](const std::string& /*request*/) { return std::string(); }).error();
  EXPECT_NE(hung_up.message.find("hung up"), std::string::npos);
  EXPECT_EQ(hung_up.errno_value, ECONNRESET);
  const Error silent = asked_of([](const std::string& /*request*/) { return std::nullopt; }, 0.05).error();
  EXPECT_EQ(silent.message, "the keeper of this run did not answer within 0.05 s");
}

TEST_F(Socket, TheLargestPacketComesWhole) {
  const std::string most(largest_packet, 'x');
  EXPECT_EQ(asked_of([&](const std::string& /*request*/) { return most; }).value().size(), largest_packet);
  const Ends ends;
  std::string packet;
  EXPECT_EQ(receive(ends.other, packet), -1) << "there is none yet";
  ASSERT_EQ(::send(ends.one.get(), most.data(), most.size(), 0), std::ssize(most));
  EXPECT_EQ(receive(ends.other, packet), std::ssize(most));
  EXPECT_EQ(packet, most);
  const std::string more = most + "y";
  ASSERT_EQ(::send(ends.one.get(), more.data(), more.size(), 0), std::ssize(more));
  EXPECT_EQ(receive(ends.other, packet), std::ssize(most)) << "a client must not decide about the recorder's memory";
  ASSERT_EQ(::send(ends.one.get(), "z", 1, 0), 1);
  EXPECT_EQ(receive(ends.other, packet), 1);
  EXPECT_EQ(packet, "z");
  ASSERT_EQ(::shutdown(ends.one.get(), SHUT_RDWR), 0);
  EXPECT_EQ(receive(ends.other, packet), 0) << "it hung up";
}

TEST_F(Socket, ADirectoryDeeperThanAnAddressHoldsIsReached) {
  const std::string deep = run() + "/" + std::string(150, 'd');
  fs::create_directory(deep);
  const FakeRecorder recorder(deep, "here");
  EXPECT_EQ(ask(deep, "where", patience).value(), "here");
}

TEST_F(Socket, IsForItsUserAloneAndTakesThePlaceOfAStaleOne) {
  std::ofstream(sock()) << "stale";
  const mode_t mask = ::umask(022);
  const Result<Fd> listener = listen_in(run());
  EXPECT_EQ(::umask(mask), 022U) << "what others make meanwhile has the rights it had";
  ASSERT_TRUE(listener);
  struct stat info{};
  ASSERT_EQ(::stat(sock().c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_FALSE(accept_own(*listener)) << "nobody is there, and it is not waited";
  const Result<Fd> client = connect_to(run());
  ASSERT_TRUE(client);
  const Fd accepted = accept_own(*listener);
  EXPECT_TRUE(accepted);
  EXPECT_FALSE(is_roots(accepted)) << "one's own, whoever that is";
}

TEST_F(Socket, WhatOnlyHasTheSocketsNameIsNotTheKeepers) {
  std::ofstream(sock()) << "a file";
  EXPECT_EQ(connect_to(run()).error().kind, ErrorKind::denied);
  fs::remove(sock());
  fs::create_directory(directory_.path("other"));
  const FakeRecorder other(directory_.path("other"), "another run's");
  fs::create_symlink("other/sock", sock());
  EXPECT_EQ(connect_to(run()).error().kind, ErrorKind::denied) << "a link leads to the keeper of another run";
}

TEST_F(Socket, APacketIsWaitedForAsLongAsWasSaid) {
  const Ends ends;
  EXPECT_FALSE(wait_for(ends.other.get(), POLLIN, 0));
  const Instant begin = now();
  EXPECT_FALSE(wait_for(ends.other.get(), POLLIN, 0.05));
  EXPECT_GE(seconds_between(begin, now()), 0.045);
  std::thread sender([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    (void)::send(ends.one.get(), "x", 1, 0);
  });
  EXPECT_TRUE(wait_for(ends.other.get(), POLLIN, -1)) << "as long as it takes";
  EXPECT_TRUE(wait_for(ends.other.get(), POLLIN, 0));
  sender.join();
}

TEST_F(Socket, AStopIsAskedForWithAllThatWasWanted) {
  const FakeRecorder recorder(run(), R"({"vigie": 1, "ok": true})");
  EXPECT_TRUE(ask_stop(record_, {.signal = 10, .grace_seconds = 2.5, .wait_checkpoint = "/data/ck"}));
  EXPECT_EQ(json::parse(recorder.asked()), json::parse(R"({"vigie": 1, "request": "stop", "signal": 10,
                                                           "grace_seconds": 2.5, "wait_checkpoint": "/data/ck"})"));
  EXPECT_TRUE(ask_stop(record_, {.signal = 15, .grace_seconds = -1}));
  EXPECT_EQ(json::parse(recorder.asked()),
            json::parse(R"({"vigie": 1, "request": "stop", "signal": 15, "grace_seconds": -1.0})"));
  EXPECT_TRUE(tell_signal(record_, 12));
  EXPECT_EQ(json::parse(recorder.asked()), json::parse(R"({"vigie": 1, "request": "signalled", "signal": 12})"));
}

TEST_F(Socket, AStopThatIsRefusedSaysWhy) {
  EXPECT_EQ(stop_refused(R"({"ok": false, "error": "it is over"})"), "it is over");
  EXPECT_EQ(stop_refused(R"({"ok": false})"), "the keeper of this run refused");
  EXPECT_EQ(stop_refused("{}"), "the keeper of this run refused") << "no word is no yes";
  for (const char* nonsense : {"[]", R"({"ok": 7})", R"({"ok": false, "error": 7})", "not json"})
    EXPECT_EQ(stop_refused(nonsense), "the keeper of this run answered nonsense") << nonsense;
}

TEST_F(Socket, WithoutAKeeperNothingIsStoppedNorTold) {
  EXPECT_FALSE(ask_stop(record_, {.signal = 15}));
  EXPECT_FALSE(tell_signal(record_, 15));
}

TEST_F(Socket, ProgressIsTheKeepersOrTheLastThatWasWritten) {
  EXPECT_EQ(ask_progress(record_).presence(), Presence::unknown) << "nobody ever knew one";
  record_.last_progress = Progress{.step = 3};
  const Reading<Progress> last = ask_progress(record_);
  EXPECT_EQ(last.presence(), Presence::stale);
  EXPECT_EQ(last->step, 3U);
  {
    const FakeRecorder recorder(run(), R"({"progress": {"step": 5}})");
    const Reading<Progress> now = ask_progress(record_, patience);
    EXPECT_EQ(now.presence(), Presence::known);
    EXPECT_EQ(now->step, 5U);
  }
  for (const char* without : {"{}", "[]", "not json"}) {
    const FakeRecorder recorder(run(), without);
    EXPECT_EQ(ask_progress(record_, patience).presence(), Presence::unknown) << without;
  }
}

}  // namespace
}  // namespace vigie::wire
