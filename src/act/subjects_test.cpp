#include "act/subjects.hpp"

#include <gtest/gtest.h>

#include "act/check_places.hpp"
#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

/// A run that is alive, one that is over, and a process of no run.
class Subjects : public testing::Test {
 protected:
  Subjects() {
    const std::size_t trainer = host.add(10, 1, "python3 train.py");
    host.add(20, 1, "nginx");
    host.observe("resnet", {trainer});
    host.keep("old", {}, RunState::failed);
    host.run(1).state = RunState::failed;
  }

  static std::string names(const Result<std::vector<const vigie::Run*>>& runs) {
    std::string all;
    for (const vigie::Run* run : runs.value()) all += run->name + " ";
    return all;
  }

  MadeHost host;
};

TEST_F(Subjects, WithoutATargetEveryRunThatIsAlive) {
  const Frame frame = host.frame();
  EXPECT_EQ(names(subjects(frame, "")), "resnet ");
}

TEST_F(Subjects, ATargetMayBeOverAndAProcessMeansItsRun) {
  const Frame frame = host.frame();
  EXPECT_EQ(names(subjects(frame, "old")), "old ");
  EXPECT_EQ(names(subjects(frame, "10")), "resnet ");
  EXPECT_TRUE(subjects(frame, "20").error().message.contains("belongs to no run"));
  EXPECT_EQ(subjects(frame, "20").error().kind, ErrorKind::no_target);
}

TEST_F(Subjects, ATargetThatWasThereMayEndMeanwhile) {
  const auto seen = std::make_shared<bool>(false);
  const ChooseRuns choose = subjects_while_there("resnet", seen);
  EXPECT_FALSE(choose(MadeHost().frame())) << "it was never there";
  EXPECT_EQ(names(choose(host.frame())), "resnet ");
  EXPECT_EQ(names(choose(MadeHost().frame())), "");
}

TEST_F(Subjects, TheDirectoriesOfThisHostSayNothingOfARecordedOne) {
  host.process(1).cwd = std::string("/data");
  EXPECT_EQ(check_places(host.frame(), {1}).cwd, "/data");
  EXPECT_NE(check_places(host.frame(), {}).cwd, "");
  host.snapshot().recorded = true;
  EXPECT_EQ(check_places(host.frame(), {1}).cwd, "");
}

}  // namespace
}  // namespace vigie::act
