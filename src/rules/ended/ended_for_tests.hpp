// A run that is over, made by hand, for the tests of post mortems.
#pragma once

#include <string>
#include <utility>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {

/// A supervised run that is over and printed this last.
inline Scene ended(RunState state, std::string output) {
  Scene scene({});
  scene.run().state = state;
  ExitRecord exit{.kind = ExitRecord::Kind::code, .value = 1, .reason = "exit code 1"};
  scene.run().exit = exit;
  SupervisedSample sample;
  sample.record.id = "abc123";
  sample.log_tail = std::move(output);
  scene.now.supervised.push_back(std::move(sample));
  return scene;
}

inline constexpr const char* error =
    "epoch 1\r\n\x1b[31mTraceback (most recent call last):\x1b[0m\r\n"
    "  File \"/home/me/train.py\", line 42, in step\r\n    loss.backward()\r\n"
    "  File \"/usr/lib/python3/dist-packages/torch/_tensor.py\", line 396, in backward\r\n    torch.autograd()\r\n"
    "ValueError: loss is nan\r\n";

}  // namespace vigie::rules
