#include "keep/start/resume_command.hpp"

#include <gtest/gtest.h>

namespace vigie::keep {
namespace {

TEST(ResumeCommand, OfOneProgramNoShellStaysAboveIt) {
  for (const char* line : {"python3 train.py --resume", "  /opt/x/run $VIGIE_ATTEMPT", "torchrun --nproc 2 t.py > log",
                           "python3 train.py --name 'a b' --lr=0.1", "echo resumed", "true"}) {
    EXPECT_TRUE(is_one_program(line)) << line;
    EXPECT_EQ(shell_of(line).back(), std::string("exec ") + line);
  }
}

TEST(ResumeCommand, WhatOnlyAShellCanDoIsLeftToIt) {
  for (const char* line : {"cd /tmp && python3 t.py", "true && exit 3", "A=1 sh t.sh", "echo resumed; exit 3", "exit 3",
                           "cd ckpt", "a | tee log", "(cd x; y)", "if true\nthen x\nfi", "exec python3 t.py",
                           ". env.sh", "x 'a;b'", "", "  ", "! x", "x # y", "x &"}) {
    EXPECT_FALSE(is_one_program(line)) << line;
    EXPECT_EQ(shell_of(line), (std::vector<std::string>{"/bin/sh", "-c", line}));
  }
}

}  // namespace
}  // namespace vigie::keep
