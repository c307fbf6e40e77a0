#include "act/signal.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

TEST(ParseSignal, TakesNamesAsPeopleWriteThemAndNumbers) {
  for (const char* text : {"TERM", "SIGTERM", "term", "sigTerm", "15"}) EXPECT_EQ(*parse_signal(text), SIGTERM) << text;
  EXPECT_EQ(*parse_signal("USR1"), SIGUSR1);
  EXPECT_EQ(*parse_signal("1"), 1);
  EXPECT_EQ(*parse_signal(std::to_string(NSIG - 1)), NSIG - 1);
}

TEST(ParseSignal, RefusesWhatIsNone) {
  for (const std::string& text : {std::string(), std::string("0"), std::string("-9"), std::to_string(NSIG),
                                  std::string("SIG"), std::string("TERMINATE"), std::string("9 ")}) {
    const Result<int> signal = parse_signal(text);
    ASSERT_FALSE(signal) << text;
    EXPECT_EQ(signal.error().kind, ErrorKind::usage);
  }
}

TEST(SendSignal, IsPlannedForWhomItWouldReach) {
  MadeHost host;
  const std::size_t trainer = host.add(never_a_pid, 1, "python3 train.py");
  const std::size_t worker = host.add(never_a_pid + 1, never_a_pid, "python3 train.py");
  host.observe("train", {trainer, worker});
  const Frame frame = host.frame();
  const Target target = named(frame, "train");
  EXPECT_EQ(plan_of(frame, target, send_signal({.signal = SIGUSR1}).verb)->rows.size(), 1U);
  const Act to_all = send_signal({.signal = SIGUSR1, .whole_tree = true});
  EXPECT_EQ(plan_of(frame, target, to_all.verb)->rows.size(), 2U);
  EXPECT_EQ(to_all.verb.action, "signal USR1");
}

/// A process and its child; each ends of SIGUSR1.
void two(const Process::Ready& ready) {
  if (::fork() == 0) {
    while (true) ::pause();
  }
  Process::idle(ready);
}

class SendingASignal : public OwnState {
 protected:
  const Process process{two};
  const Found found{process};
  const std::vector<ProcessId> tree = tree_of(found.frame, found.target);

  void TearDown() override {
    for (const ProcessId& id : tree) (void)control::send_signal(id, SIGKILL).has_value();
  }
};

TEST_F(SendingASignal, ReachesTheMainProcessAlone) {
  ASSERT_EQ(tree.size(), 2U);
  const Result<Acted> sent = act_on(found.frame, found.target, send_signal({.signal = SIGUSR1}));
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->rows.size(), 1U);
  EXPECT_EQ(sent->rows[0].result, "signalled");
  EXPECT_TRUE(ends(tree[0]));
  EXPECT_EQ(control::why_it_survives(tree[1]), "still there");
}

TEST_F(SendingASignal, ReachesTheWholeTreeWhenThatIsWanted) {
  ASSERT_EQ(tree.size(), 2U);
  const Result<Acted> sent = act_on(found.frame, found.target, send_signal({.signal = SIGUSR1, .whole_tree = true}));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->rows.size(), 2U);
  for (const ProcessId& id : tree) EXPECT_TRUE(ends(id));
}

TEST_F(SendingASignal, ToWhatHasEndedMeanwhileIsNoFailure) {
  for (const ProcessId& id : tree) {
    (void)control::send_signal(id, SIGKILL).has_value();
    ASSERT_TRUE(ends(id));
  }
  const Result<Acted> sent = act_on(found.frame, found.target, send_signal({.signal = SIGUSR1, .whole_tree = true}));
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->failed);
}

}  // namespace
}  // namespace vigie::act
