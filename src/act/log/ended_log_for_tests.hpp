// For tests alone: the directory of a run that is over, whose log a test writes by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "act/host_for_tests.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {

class EndedLog : public OwnState {
 protected:
  EndedLog() : place(wire::prepare_runs_directory().value() + "/abc") {
    EXPECT_EQ(::mkdir(place.c_str(), 0700), 0);
    RunRecord record;
    record.directory = place;
    record.id = "abc";
    record.name = "resnet";
    record.state = RunState::exited;
    EXPECT_TRUE(wire::write_record(record));
  }

  const std::string place;
};

}  // namespace vigie::act
