#include "feed/narrow.hpp"

#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

namespace vigie {
namespace {

FeedOptions narrowed(const std::string& target, bool alone = true) {
  static const Result<Root> root = Root::open();
  EXPECT_TRUE(root);
  FeedOptions options;
  options.whom.target = target;
  options.whom.alone = alone;
  options.whom.choose = [](const ProcessSample&) { return true; };
  narrow(*root, options);
  return options;
}

TEST(Narrow, APidIsScannedAlone) {
  const FeedOptions options = narrowed(std::to_string(::getpid()));
  EXPECT_EQ(options.whom.only, std::vector<pid_t>{::getpid()});
  EXPECT_FALSE(options.what.runs);
  EXPECT_FALSE(options.whom.choose);
}

TEST(Narrow, APidThatDoesNotExistIsLookedForAmongTheRuns) {
  const FeedOptions options = narrowed("2147483647");
  EXPECT_FALSE(options.whom.only);
  EXPECT_TRUE(options.what.runs);
}

TEST(Narrow, APatternIsLookedForBeforeTheScan) {
  for (const char* pattern : {"train\\.py", "%train", "train-", "2147483647-", "x-2147483647"}) {
    const FeedOptions options = narrowed(pattern);
    EXPECT_TRUE(options.whom.choose) << pattern;
    EXPECT_FALSE(options.what.runs) << pattern;
  }
}

TEST(Narrow, WhatMayBeTheNameOfAnObservedRunIsRecognised) {
  for (const std::string& name : {"train-" + std::to_string(::getpid()), "p" + std::to_string(::getpid())}) {
    const FeedOptions options = narrowed(name);
    EXPECT_FALSE(options.whom.choose) << name;
    EXPECT_TRUE(options.what.runs) << name;
  }
}

TEST(Narrow, WithoutAloneNothingIsLeftOut) {
  for (const std::string& target : {std::to_string(::getpid()), std::string("train\\.py"), std::string("%train")}) {
    const FeedOptions options = narrowed(target, false);
    EXPECT_FALSE(options.whom.only) << target;
    EXPECT_FALSE(options.whom.choose) << target;
    EXPECT_TRUE(options.what.runs) << target;
  }
  EXPECT_TRUE(narrowed("%train", false).what.fields.has(proc::Field::cmdline))
      << "resolving it takes the command lines";
}

}  // namespace
}  // namespace vigie
