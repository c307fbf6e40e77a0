#include "tui/alert_subject.hpp"

#include <gtest/gtest.h>

#include "tui/picture_for_tests.hpp"

namespace vigie::tui {
namespace {

Frame with_finding(std::string subject, std::string action) {
  Frame frame = small_host().frame();
  frame.findings.push_back({.rule = "memory-leak",
                            .subject = std::move(subject),
                            .summary = "",
                            .evidence = {},
                            .causes = {},
                            .actions = {std::move(action)}});
  return frame;
}

TEST(AlertSubjects, AnAlertAboutARunIsItsRun) {
  const Frame frame = with_finding("resnet", "vigie maps 30");
  const AlertSubject about = subject_of_alert(frame, key_of_alert("memory-leak", "resnet"));
  ASSERT_NE(about.run, nullptr);
  EXPECT_EQ(about.run->name, "resnet");
}

TEST(AlertSubjects, AnAlertAboutTheHostIsTheProcessThatItsAdviceNames) {
  const Frame frame = with_finding("host", "which mapping grows: vigie maps 20 -w");
  const AlertSubject about = subject_of_alert(frame, key_of_alert("memory-leak", "host"));
  EXPECT_EQ(about.run, nullptr);
  ASSERT_TRUE(about.process);
  EXPECT_EQ(about.process->pid, 20);
}

TEST(AlertSubjects, ANumberThatIsNoProcessIsNone) {
  for (const char* const action :
       {"stop 20 of them", "vigie maps 20x", "vigie maps 4711", "vigie ps", "vigie ", "20"}) {
    const Frame frame = with_finding("host", action);
    EXPECT_FALSE(subject_of_alert(frame, key_of_alert("memory-leak", "host")).process) << action;
  }
}

}  // namespace
}  // namespace vigie::tui
