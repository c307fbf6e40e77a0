#include "cli/say.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <functional>
#include <string>

namespace vigie::cli {
namespace {

std::string said(const std::function<void()>& speak) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  speak();
  return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
}

TEST(Say, WhatIsQuotedIsMadeSafeAndOnesOwnWordsStay) {
  const std::string hostile = "a\x1b[31m\nb";
  EXPECT_EQ(said([&] { say("\t{} {:>3}\n", hostile, 7); }), "\ta\\x1b[31m\\nb   7\n");
  EXPECT_EQ(said([&] { complain("{}", hostile); }), "vigie: a\\x1b[31m\\nb\n");
  EXPECT_EQ(said([&] { aside("\r{}\x1b[K", "\xc2\x9b\xff"); }), "\r\\u{9b}\\xff\x1b[K");
  EXPECT_EQ(said([&] { complain("{}", std::string_view("\\x1b is safe")); }), "vigie: \\x1b is safe\n");
}

TEST(Say, JsonHoldsNothingThatATerminalObeysAndSaysTheSame) {
  const std::string line =
      said([] { say_json([](JsonWriter& json) { json.member("text", "\x1b[2J\x7f\xc2\x9b\xe2\x80\xaeü"); }); });
  EXPECT_EQ(line, "{\"vigie\": \"1\", \"text\": \"\\u001b[2J\\u007f\\u009b\\u202eü\"}\n");
  EXPECT_EQ(nlohmann::json::parse(line)["text"], "\x1b[2J\x7f\xc2\x9b\xe2\x80\xaeü");
}

}  // namespace
}  // namespace vigie::cli
