// A client of the terminal of a run that is really kept.
#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <string_view>

#include "act/attach.hpp"
#include "act/kept_for_tests.hpp"
#include "act/start.hpp"

namespace vigie::act {
namespace {

using Reach = AttachClient::Reach;

class AttachedTo : public Kept {
 protected:
  /// What the recorder sends, up to `text` or to its end.
  static std::string output_until(AttachClient& client, std::string_view text) {
    constexpr int patience_ms = 30'000;
    std::string output;
    while (!output.contains(text) && !client.lost()) {
      pollfd item{client.socket(), POLLIN, 0};
      if (::poll(&item, 1, patience_ms) != 1) break;
      output += client.receive(0);
    }
    return output;
  }
  static void expect_reach(AttachClient& client, Reach expected) {
    const Result<Reach> reached = client.connect({.rows = 24, .columns = 80}, false);
    ASSERT_TRUE(reached) << message(reached);
    EXPECT_EQ(*reached, expected);
  }
};

TEST_F(AttachedTo, WhatIsTypedReachesTheProgramAndARedrawShowsItAgain) {
  const RunRecord run = start("shell", "read line; echo got:$line; " + sleeps);
  EXPECT_TRUE(refuse_without_terminal(run));
  EXPECT_EQ(run_to_attach("she")->id, run.id);
  AttachClient client(run, {});
  expect_reach(client, Reach::connected);
  client.type("hello\n");
  EXPECT_TRUE(output_until(client, "got:hello").contains("got:hello"));
  client.ask_for_redraw();
  EXPECT_TRUE(output_until(client, "got:hello").contains("got:hello"));
  EXPECT_FALSE(client.lost());
}

TEST_F(AttachedTo, AClientThatLooksOnTypesNothing) {
  const RunRecord run = start("shell", "read line; echo got:$line; " + sleeps);
  AttachClient onlooker(run, {.read_only = true}), client(run, {});
  expect_reach(onlooker, Reach::connected);
  expect_reach(client, Reach::connected);
  onlooker.type("wrong\n");
  client.type("right\n");
  EXPECT_TRUE(output_until(onlooker, "got:right").contains("got:right")) << "it sees what all see";
}

TEST_F(AttachedTo, ItsProgramHearsOfANewSize) {
  const RunRecord run = start("size", "trap 'echo now $(stty size)' WINCH; echo ready; while :; do sleep 0.02; done");
  AttachClient client(run, {});
  expect_reach(client, Reach::connected);
  EXPECT_TRUE(output_until(client, "ready").contains("ready"));
  client.resize({.rows = 31, .columns = 97});
  EXPECT_TRUE(output_until(client, "now 31 97").contains("now 31 97"));
  AttachClient later(run, {});
  expect_reach(later, Reach::connected);
  EXPECT_EQ(later.size_before(), (wire::TerminalSize{.rows = 31, .columns = 97}));
}

TEST_F(AttachedTo, TheEndOfTheRunIsHeardAfterItsLastWords) {
  const RunRecord run = start("brief", "read line; echo last words");
  AttachClient client(run, {});
  expect_reach(client, Reach::connected);
  client.type("\n");
  EXPECT_TRUE(output_until(client, "the end that never stands there").contains("last words"));
  EXPECT_TRUE(client.lost());
  EXPECT_TRUE(is_over(wait_until_over(run.directory, -1)->state));
  expect_reach(client, Reach::over);
}

TEST_F(AttachedTo, AQueuedRunIsWaitedForUntilItHasATerminal) {
  const RunRecord first = Kept::start("first", sleeps);
  RunSpec spec = wanted(sleeps).spec;
  spec.policy.queue.after = {first.id};
  const RunRecord second = act::start(spec, "second")->record;
  AttachClient early(second, {});
  expect_reach(early, Reach::queued);
  std::string said;
  const Result<std::optional<RunRecord>> terminal = await_terminal(second, [&](const std::string& why) {
    said += why;
    ASSERT_TRUE(stop_run("first", {.kill = true}));
  });
  ASSERT_TRUE(terminal) << message(terminal);
  ASSERT_TRUE(*terminal);
  EXPECT_TRUE(said.contains("first")) << said;
  EXPECT_NE((*terminal)->leader.pid, 0);
  AttachClient client(**terminal, {});
  expect_reach(client, Reach::connected);
}

TEST_F(AttachedTo, ARunWithoutATerminalIsRefusedWithWhatShowsItsOutput) {
  RunSpec spec = wanted(sleeps).spec;
  spec.pty = false;
  const RunRecord run = act::start(spec, "plain")->record;
  EXPECT_EQ(message(refuse_without_terminal(run)),
            "plain has no terminal (--no-pty): `vigie logs -f plain` shows its output");
  AttachClient client(run, {});
  EXPECT_FALSE(client.connect({.rows = 24, .columns = 80}, false)) << "its recorder refuses, too";
}

}  // namespace
}  // namespace vigie::act
