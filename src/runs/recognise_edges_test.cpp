// What must not be taken for more than it is: markers, GPUs that tell nothing, ranks, forks.
#include <gtest/gtest.h>

#include "runs/host_for_tests.hpp"

namespace vigie {
namespace {

TEST(RecogniseEdges, AMarkerOfNoRunHidesNoneBehindIt) {
  Host host;
  host.add(10, 1, "vigie", {"vigie", "shim"});
  host.keep("abc", 10);
  host.add(50, 1, "sh", {"sh"});
  host.add(51, 1, "stray", {"./stray"}).variables = RunVariables{"", "", "", "gone"};
  host.add(52, 1, "stray", {"./stray"}).variables = RunVariables{"", "", "", "abc"};
  EXPECT_EQ(host.role(50), "none");
  EXPECT_EQ(host.role(51), "none");
  EXPECT_NE(host.role(52), "none");
}

TEST(RecogniseEdges, AGpuThatDoesNotTellItsClientsHidesNoneOfAnother) {
  Host host;
  host.add(50, 1, "bash", {"bash"});
  host.add(60, 50, "simulate", {"./simulate"});
  host.on_gpu(60, GpuWork::compute);
  host.forget_clients(0);
  host.on_gpu(60, GpuWork::compute);
  EXPECT_EQ(host.view().runs.size(), 1U);
}

TEST(RecogniseEdges, AThreadOfTheKernelIsNoRunEvenWhenItIsAskedAbout) {
  Host host;
  host.add(2, 0, "kthreadd", {}).kernel_thread = true;
  EXPECT_TRUE(host.asked(2).runs.empty());
  host.add(50, 1, "simulate", {"./simulate"});
  EXPECT_EQ(host.asked(50).runs.size(), 1U);
}

TEST(RecogniseEdges, AProcessWhoseCommandLineIsDeniedIsNoWorkerOfItsParent) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  host.torch(61, 60, {"python3", "train.py"});
  host.torch(62, 60, {"python3", "train.py"}).cmdline = Presence::denied;
  EXPECT_EQ(host.role(61), "loader worker 0");
  EXPECT_EQ(host.role(62), "trainer");
  host.process(60).cmdline = Presence::denied;
  EXPECT_EQ(host.role(61), "trainer") << "two that are denied are not the same";
  EXPECT_EQ(host.role(62), "trainer");
}

TEST(RecogniseEdges, ARankIsKnownByItsNumber) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"}).variables = RunVariables{"12", "4", "16", ""};
  EXPECT_EQ(host.role(60), "rank 12");
}

TEST(RecogniseEdges, BesideATrainerAnEnvironmentAloneMakesNoRank) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  host.add(61, 60, "tool", {"./tool"}).variables = RunVariables{"0", "0", "2", ""};
  EXPECT_NE(host.role(61), "rank 0");
}

}  // namespace
}  // namespace vigie
