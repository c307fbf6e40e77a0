#include "base/boot.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

const ProcessSpace here{
    .host = "node1", .machine_id = "m1", .boot_id = "b1", .pid_namespace = 10, .time_namespace = 20};

TEST(ProcessSpace, ARebootLeavesTheMachineAndNotTheNumbers) {
  ProcessSpace before = here;
  before.boot_id = "b0";
  EXPECT_TRUE(same_machine(before, here));
  EXPECT_FALSE(same_boot(before, here));
  EXPECT_FALSE(same_numbers(before, here));
}

TEST(ProcessSpace, AContainerHasAnotherNameAndTheSameKernel) {
  ProcessSpace container = here;
  container.host = "3fa2b7";
  container.machine_id = "";
  container.pid_namespace = 11;
  EXPECT_TRUE(same_machine(container, here));
  EXPECT_FALSE(same_numbers(container, here));
}

TEST(ProcessSpace, MachinesCopiedFromOneImageAreTwo) {
  EXPECT_FALSE(same_machine({.host = "node2", .machine_id = "m1", .boot_id = "b2"}, here));
  EXPECT_FALSE(same_machine({.host = "node1", .machine_id = "m2", .boot_id = "b2"}, here));
}

TEST(ProcessSpace, WhatAnOlderVigieDidNotNoteIsTakenForThisMachine) {
  EXPECT_TRUE(same_machine({.boot_id = "b0"}, here));
  EXPECT_TRUE(same_numbers({.boot_id = "b1"}, here));
}

TEST(ProcessSpace, ATimeNamespaceCountsStartTimesInItsOwnWay) {
  ProcessSpace other = here;
  other.time_namespace = 21;
  EXPECT_FALSE(same_numbers(other, here));
}

TEST(ProcessSpace, OfThisProcessIsKnown) {
  const ProcessSpace own = this_process_space();
  EXPECT_EQ(own.boot_id, boot_id());
  EXPECT_EQ(own.boot_id.size(), 36U) << "a UUID, without the end of its line: " << own.boot_id;
  EXPECT_FALSE(own.host.empty());
  EXPECT_NE(own.pid_namespace, 0U);
}

}  // namespace
}  // namespace vigie
