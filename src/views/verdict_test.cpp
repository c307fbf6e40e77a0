#include "views/verdict.hpp"

#include <gtest/gtest.h>

#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

struct Verdicts : ::testing::Test {
  Verdicts() {
    scene.add_run("resnet");
    scene.delta.elapsed_seconds = 4;
  }
  vigie::Run& run() { return scene.view.runs.front(); }

  Verdict verdict(const VerdictWish& wish = {}) {
    frame = scene.frame();
    frame.findings = findings;
    frame.suspicions = suspicions;
    frame.too_early = too_early;
    return verdict_on(frame, {&frame.view.runs.front()}, wish);
  }

  Scene scene;
  std::vector<Finding> findings;
  std::vector<Suspicion> suspicions;
  std::vector<TooEarly> too_early;
  Frame frame;
};

Finding finding(std::string_view rule, std::string subject, Severity severity = Severity::warning) {
  Finding finding;
  finding.rule = rule;
  finding.subject = std::move(subject);
  finding.severity = severity;
  finding.confidence = 0.9;
  finding.summary = "waits for data";
  return finding;
}

TEST_F(Verdicts, OfARunWithoutAFindingItIsSaidWhatWasSeen) {
  EXPECT_EQ(verdict().text, "resnet: nothing wrong seen in 4.0 s\n");
  EXPECT_FALSE(verdict().something_wrong);
  too_early.push_back({.subject = "resnet", .began_within_seconds = 9, .settles_in_seconds = 3.2});
  EXPECT_EQ(verdict().text, "resnet: too early to say: it began less than 9 s ago, ask again in 4 s\n");
  suspicions.push_back(
      {.rule = "hung", .subject = "resnet", .text = "no step for 9 s", .wants_seconds = 11, .how = "a step"});
  EXPECT_EQ(verdict().text,
            "resnet: not sure yet [hung?]: no step for 9 s; a step: ask again, or look longer: --interval 30\n");
  EXPECT_EQ(verdict().suspicions.size(), 1U);
  run().state = RunState::queued;
  run().waits_for = "run a to end";
  EXPECT_EQ(verdict().text, "resnet: waits for run a to end\n");
  scene.delta.elapsed_seconds = 0;
  EXPECT_EQ(verdict().text, "resnet: not looked at over time: --interval must be above 0\n");
  run().state = RunState::failed;
  EXPECT_EQ(verdict().text, "resnet: is over (failed): how it ended is not known; its output: vigie logs resnet\n");
}

TEST_F(Verdicts, TheFirstFindingIsTheCauseAndTheOthersAreBesideIt) {
  findings = {finding("disk-full", "host"), finding("loader-cpu", "resnet"),
              finding("zombies", "resnet", Severity::info)};
  findings[1].evidence.push_back({.metric = "x", .text = "asleep in 90 % of 80 looks"});
  findings[1].actions = {"more workers"};
  findings[2].primary = true;  // as the judge of another subject left it
  const Verdict said = verdict();
  EXPECT_EQ(said.text,
            "resnet: waits for data [loader-cpu, warning, 90% sure]\n"
            "  evidence  asleep in 90 % of 80 looks\n"
            "  do        more workers\n"
            "resnet: and waits for data [zombies, info, 90% sure]\n");
  ASSERT_EQ(said.findings.size(), 2U);
  EXPECT_TRUE(said.findings[0].primary);
  EXPECT_FALSE(said.findings[1].primary);
  EXPECT_TRUE(said.something_wrong);
}

TEST_F(Verdicts, ANoteIsNothingWrongButThatItWasStoppedIsTheAnswer) {
  findings = {finding("zombies", "resnet", Severity::info)};
  EXPECT_FALSE(verdict().something_wrong);
  findings = {finding("cancelled", "resnet", Severity::info)};
  EXPECT_TRUE(verdict().something_wrong);
}

TEST_F(Verdicts, HostileNamesAreEscaped) {
  run().name = "a\x1b[2J";
  findings = {finding("loader-cpu", "a\x1b[2J")};
  EXPECT_EQ(verdict().text.find('\x1b'), std::string::npos) << verdict().text;
}

TEST_F(Verdicts, OnANarrowTerminalSentencesAreFolded) {
  findings = {finding("loader-cpu", "resnet")};
  findings[0].actions = {"use more loader workers than one"};
  const std::string text = verdict({.width = 30}).text;
  EXPECT_NE(text.find("  do        use more loader\n            workers than one\n"), std::string::npos) << text;
}

TEST_F(Verdicts, AHeadlineIsFoldedBetweenWordsAndItsSeverityHasTheColour) {
  findings = {finding("loader-cpu", "resnet")};
  findings[0].summary = "waits for data; no warning was given";
  EXPECT_EQ(verdict({.width = 40, .color = true}).text,
            "resnet: waits for data; no warning was\n  given [loader-cpu, \x1b[33mwarning\x1b[0m, 90% sure]\n");
}

TEST_F(Verdicts, TheMachineIsSaidToBeWellWhereItIsAskedAbout) {
  EXPECT_EQ(verdict().text.find("host"), std::string::npos);
  EXPECT_NE(verdict({.host = true}).text.find("host: nothing wrong seen"), std::string::npos);
  findings = {finding("disk-full", "host", Severity::critical)};
  EXPECT_EQ(verdict().findings.size(), 0U) << "it is no trouble of the run";
  const Verdict whole = verdict({.host = true});
  EXPECT_NE(whole.text.find("host: waits for data [disk-full, critical, 90% sure]"), std::string::npos) << whole.text;
  EXPECT_TRUE(whole.something_wrong);
}

TEST_F(Verdicts, WhatCouldNotBeSeenIsNoted) {
  scene.snapshot.sources.push_back({.name = "samples", .state = SourceState::partial, .reason = "3 are hidden"});
  EXPECT_EQ(verdict().text, "resnet: nothing wrong seen in 4.0 s\nnote: 3 are hidden\n");
}

}  // namespace
}  // namespace vigie::views
