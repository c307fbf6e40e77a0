#include "sources/sys/schedulers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"

namespace vigie::sys {
namespace {

TEST(Schedulers, TheChosenOneIsInBrackets) {
  EXPECT_EQ(chosen_scheduler("none [mq-deadline] kyber bfq\n"), "mq-deadline");
  EXPECT_EQ(chosen_scheduler("[none]\n"), "none");
  for (const char* text : {"", "none", "[none", "none]", "]["}) EXPECT_EQ(chosen_scheduler(text), "") << text;
}

TEST(Schedulers, OfRealDisksOnly) {
  const TestDirectory directory;
  const std::string& path = directory.path();
  std::filesystem::create_directories(path + "/proc");
  for (const char* disk : {"vda", "loop0", "nvme0n1", "zram0"}) {
    std::filesystem::create_directories(path + "/sys/block/" + disk + "/queue");
    std::ofstream(path + "/sys/block/" + disk + "/queue/scheduler") << "[none] bfq\n";
  }
  std::filesystem::create_directories(path + "/sys/block/md0");  // has none
  EXPECT_EQ(disk_schedulers(*Root::open(path)), (std::vector<DiskScheduler>{{"nvme0n1", "none"}, {"vda", "none"}}));
}

}  // namespace
}  // namespace vigie::sys
