#include "act/gpu_record.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

TEST(GpuRecorder, AppendsToAFileOfItsOwn) {
  const TestDirectory directory;
  const std::string path = directory.path("trace.jsonl");
  MadeHost host;
  GpuSample card;
  card.uuid = "GPU-a";
  card.driver = "550.1";
  host.snapshot().gpus = std::vector<GpuSample>{card};
  Result<GpuRecorder> recorder = GpuRecorder::open(path);
  ASSERT_TRUE(recorder);
  ASSERT_TRUE(recorder->append(host.frame()));
  ASSERT_TRUE(recorder->append(host.frame()));
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(text.starts_with(R"({"driver": "550.1")")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << "its head, and a line for each look";
  EXPECT_FALSE(GpuRecorder::open(path)) << "what was recorded before is not written over";
}

TEST(GpuRecorder, AFileThatCannotBeMadeIsNamed) {
  EXPECT_TRUE(GpuRecorder::open("/nowhere/trace").error().message.starts_with("cannot record to /nowhere/trace: "));
}

}  // namespace
}  // namespace vigie::act
