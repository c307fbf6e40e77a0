// What a word names, and what is said of a run that vigie did not start.
#include "act/runs_by_name.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "act/forget.hpp"
#include "act/kept_for_tests.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

/// A process with the command line of a launcher, which was started without vigie.
std::unique_ptr<Process> started_launcher() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  auto launcher = std::make_unique<Process>([](const Process::Ready& ready) {
    ready();
    ::execl("/bin/sleep", "torchrun", "1000", nullptr);
  });
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0) << "its end closes as it is executed";
  ::close(ends[0]);
  return launcher;
}

class FoundTraining : public Kept {
 protected:
  static std::string refusal(const std::string& text, RunUse use) {
    return message(find_run(text, Naming::exact, use));
  }

  const std::unique_ptr<Process> launcher = started_launcher();
  const std::string pid = launcher->text(), name = "sleep-" + pid;
};

TEST_F(FoundTraining, ACommandThatCannotDoItSaysWhatWillDoInstead) {
  const std::string begin = name + " was not started by vigie: ", adopt = "`vigie adopt " + pid + "` ";
  const std::pair<RunUse, std::string> all[] = {
      {RunUse::logs, "its output goes where it was started"},
      {RunUse::attach, "its terminal belongs to where it was started; `vigie tree " + name + "` and `vigie why " +
                           name + "` show what it does"},
      {RunUse::wait,
       "how it ends is told to its parent alone; " + adopt + "keeps an eye on it, then it can be waited for"},
      {RunUse::remove, "there is no record of it to forget; `vigie stop " + name + "` ends it"},
      {RunUse::restart, adopt + "makes it a run, which can be started again once it is over"},
      {RunUse::after, adopt + "makes it a run, which others can wait for"},
      {RunUse::workspace, adopt + "makes it a run"}};
  for (const auto& [use, instead] : all) {
    EXPECT_EQ(refusal(name, use), begin + instead);
    EXPECT_EQ(refusal(pid, use), begin + instead) << "by the PID of its main process";
  }
}

TEST_F(FoundTraining, ItIsFoundByNameAndByPid) {
  for (const std::string& text : {name, pid}) {
    const std::optional<ObservedRun> found = find_observed(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->name, name);
    EXPECT_EQ(found->leader, launcher->id());
  }
  EXPECT_FALSE(find_observed("sleep"));
  EXPECT_FALSE(find_observed("99999999")) << "a PID of no process";
}

TEST_F(Kept, APidOfNoProcessAndOfNoRunIsSaidToBeNeither) {
  const Result<RunRecord> none = find_run("99999999", Naming::exact, RunUse::wait);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::no_target);
  EXPECT_TRUE(none.error().message.starts_with("there is no process 99999999, and no run was led by one: "));
}

TEST_F(Kept, AnAnswerToATypoNamesTheRunThatIsNear) {
  start_and_end("resnet", "exit 0");
  EXPECT_EQ(message(find_run("rsenet", Naming::exact, RunUse::logs)),
            "there is no supervised run rsenet; did you mean resnet? `vigie ls` shows the runs");
  EXPECT_EQ(message(find_run("llama", Naming::exact, RunUse::logs)),
            "there is no supervised run llama: `vigie ls` shows the runs");
}

TEST_F(Kept, ARunWithADamagedRecordIsNamedWithWhatRemovesIt) {
  const RunRecord over = start_and_end("over", "exit 0");
  std::ofstream(over.directory + "/run.json") << "{";
  const std::string refusal = message(find_run(over.id, Naming::exact, RunUse::logs));
  EXPECT_TRUE(refusal.starts_with("the record of run " + over.id + " cannot be read (")) << refusal;
  EXPECT_TRUE(refusal.ends_with("): `vigie rm " + over.id + "` removes it")) << refusal;
  EXPECT_EQ(find_unreadable(over.id)->directory, over.directory);
  EXPECT_FALSE(find_unreadable("nosuch"));
}

/// A run that is alive, whose record is damaged while its recorder is held up.
TEST_F(Kept, ARunWhoseKeeperIsThereIsNotForgottenHoweverDamagedItsRecordIs) {
  const RunRecord run = start("alive", sleeps);
  ProcessId recorder;
  while (recorder.pid == 0) recorder = wire::keepers_of(run).recorder;
  ASSERT_TRUE(control::send_signal(recorder, SIGSTOP));
  std::ofstream(run.directory + "/run.json") << "{";
  EXPECT_TRUE(message(forget_named(run.id)).ends_with("its keeper is there, and does not write it anew"));
  EXPECT_TRUE(message(create_run(wanted(sleeps), "alive")).ends_with("it may be the one that is called alive"))
      << "two runs of one name could not be told apart";
  ASSERT_TRUE(wire::write_record(run));
  ASSERT_TRUE(control::send_signal(recorder, SIGCONT));
}

}  // namespace
}  // namespace vigie::act
