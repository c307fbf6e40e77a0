#include "rules/facts/terminal_wait.hpp"

#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(UnfinishedLine, IsWhatAPersonSeesBehindTheLastNewline) {
  const std::pair<const char*, const char*> cases[] = {
      {"Go on? ", "Go on?"},
      {"Go on?\t \t", "Go on?"},
      {"a\nGo on?", "Go on?"},
      {"Go on?\n", ""},
      {"   ", ""},
      {"old\rnew", "new"},
      {"old\r", "old"},
      {"old\r\r\nnew", "new"},
      {"a\r\nb", "b"},
      {"a\rb\nc\rd", "d"},
      {"abx\bc", "abc"},
      {"\b\ba", "a"},
      {"a\ab", "ab"},
      {"\x1b[31mPassword:\x1b[0m", "Password:"},
      {"a\x1b[@b\x1b[~c\x1b[?25hd", "abcd"},
      {"a\x1b[31", "a"},
      {"a\x1b[", "a"},
      {"a\x1b", "a"},
      {"a\x1b=b", "ab"},
      {"\x1b]0;title\ab", "b"},
      {"\x1b]0;title\x1b\\b", "b"},
      {"\x1b]0;title", ""},
      {"\x1b]", ""},
      {"a\x1b]0;t\x1b", "a"},
  };
  for (const auto& [output, line] : cases) EXPECT_EQ(unfinished_line(output), line) << output;
}

/// A process that sleeps in this call on this file, in the foreground of its terminal.
struct InCall : Scene {
  InCall(std::string call, std::string file) : Scene({Role::other}) {
    process(0).cmdline = std::string("python3\0train.py\0", 17);
    process(0).tty = 1;
    process(0).process_group = 10;
    rates(0).states = shares(0, 1, 0);
    Doing doing;
    doing.foreground_group = 10;
    doing.threads = {{.comm = "a", .state = ThreadState::waiting, .call = std::move(call), .file = std::move(file)}};
    detail(0).doing = doing;
  }
  void set_words(std::initializer_list<std::string_view> words) {
    std::string line;
    for (const std::string_view word : words) line.append(word).append(1, '\0');
    process(0).cmdline = line;
  }
};

std::string rules_of(std::string call, std::string file) {
  return InCall(std::move(call), std::move(file)).rules();
}

TEST(ReadsTerminal, ByItsCallsAndItsFiles) {
  for (const char* call : {"read", "readv", "select", "pselect6"})
    EXPECT_EQ(rules_of(call, "/dev/pts/3"), "hung") << call;
  for (const char* call : {"write", "poll", "futex"}) EXPECT_EQ(rules_of(call, "/dev/pts/3"), "") << call;
  for (const char* file : {"/dev/tty", "/dev/pts/0", "/dev/console", "/dev/ttyS0"})
    EXPECT_EQ(rules_of("read", file), "hung") << file;
  for (const char* file : {"/dev/tty1x/y", "/dev/null", "pipe:[7]", ""}) EXPECT_EQ(rules_of("read", file), "") << file;
  EXPECT_EQ(rules_of("n_tty_read+0x1", ""), "hung") << "where only the kernel function may be read";
}

TEST(ReadsTerminal, OneThatSleepsInTheForegroundOfOne) {
  InCall runs("read", "/dev/pts/3");
  (*runs.detail(0).doing).threads[0].state = ThreadState::running;
  EXPECT_EQ(runs.rules(), "");
  (*runs.detail(0).doing).threads[0].state = ThreadState::waiting;
  (*runs.detail(0).doing).threads[0].call = Presence::denied;
  EXPECT_EQ(runs.rules(), "");
  InCall background("read", "/dev/pts/3");
  background.process(0).process_group = 11;
  EXPECT_EQ(background.rules(), "");
  InCall without("read", "/dev/pts/3");
  without.process(0).tty = 0;
  EXPECT_EQ(without.rules(), "");
  InCall unread("read", "/dev/pts/3");
  unread.detail(0).doing = Presence::denied;
  EXPECT_EQ(unread.rules(), "");
}

TEST(ReadsTerminal, APersonIsWaitedForAllTheTime) {
  InCall scene("read", "/dev/pts/3");
  scene.rates(0).states = shares(0, 0.98, 0);
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_EQ(scene.verdict().at(0).confidence, 0.7) << "no line shows that it asks";
  scene.rates(0).states = shares(0, 0.97, 0);
  EXPECT_EQ(scene.rules(), "");
  scene.rates(0).states = Presence::denied;
  EXPECT_EQ(scene.rules(), "hung");
  scene.rates(0).cpu_percent = 1.0;
  EXPECT_EQ(scene.rules(), "");
  scene.rates(0).cpu_percent = 0.0;
  scene.frame.delta.elapsed_seconds = 0.5;
  EXPECT_EQ(scene.rules(), "hung");
  scene.frame.delta.elapsed_seconds = 0;
  EXPECT_EQ(scene.rules(), "") << "one look shows nothing";
}

TEST(ReadsTerminal, WhatIsStartedToBeTypedInto) {
  InCall scene("read", "/dev/pts/3");
  for (const auto& words : {std::initializer_list<std::string_view>{"bash"}, {"bash", "-l"}, {"python3", "-i", "-q"}}) {
    scene.set_words(words);
    EXPECT_EQ(scene.rules(), "") << *std::prev(words.end());
  }
  for (const auto& words : {std::initializer_list<std::string_view>{"python3", "train.py"},
                            {"sh", "-c", "-"},
                            {"python3", "-m", "-x"},
                            {"bash", "run.sh", "-x"}}) {
    scene.set_words(words);
    EXPECT_EQ(scene.rules(), "hung") << *std::prev(words.end());
  }
  scene.process(0).cmdline = Presence::denied;
  EXPECT_EQ(scene.rules(), "hung");
  scene.process(0).cmdline = std::string();
  EXPECT_EQ(scene.rules(), "");
}

TEST(WishOfStopped, WhatAJobInTheBackgroundWantedOfItsTerminal) {
  const auto wish = [](std::string call, std::string file) {
    InCall scene(std::move(call), std::move(file));
    (*scene.detail(0).doing).foreground_group = 99;
    (void)scene.verdict();
    const vigie::Run& run = scene.run();
    return wish_of_stopped(Case({&scene.frame, 1}, run), run.members[0]);
  };
  for (const char* call : {"read", "readv", "select", "pselect6"})
    EXPECT_EQ(wish(call, "/dev/tty"), TerminalWish::read);
  for (const char* call : {"write", "writev", "ioctl"}) EXPECT_EQ(wish(call, "/dev/tty"), TerminalWish::write) << call;
  EXPECT_EQ(wish("poll", "/dev/tty"), TerminalWish::unknown);
  EXPECT_EQ(wish("write", "/data/log"), TerminalWish::unknown);
}

}  // namespace
}  // namespace vigie::rules
