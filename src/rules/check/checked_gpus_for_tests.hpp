// Two GPUs made by hand, for the tests of the checklist's items about GPUs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/check/check.hpp"
#include "rules/gpu_scene_for_tests.hpp"

namespace vigie::rules {

/// Two GPUs that work well, a run on each, looked at for a second.
struct Gpus : OnGpu {
  Gpus() {
    GpuSample other = gpu();
    other.index = 1;
    other.uuid = "GPU-1";
    other.clients = std::vector{GpuClient{.pid = 30, .memory_bytes = 40 * gib}};
    now.gpus = std::vector{gpu(), other};
    frame.delta.gpu.gpus.emplace_back();
    const std::size_t process = add_other("serve", 20);
    now.processes[process].id = {30, 1000};
    frame.delta.elapsed_seconds = 1;
  }
  GpuSample& gpu(std::size_t index = 0) { return (*now.gpus)[index]; }
  std::vector<CheckItem> items(const CheckSubject& subject = {}) {
    frame.snapshot = std::make_shared<const Snapshot>(now);
    Snapshot earlier = now;
    if (before) before(earlier);
    frame.before = std::make_shared<const Snapshot>(std::move(earlier));
    std::vector<CheckItem> all = check(frame, subject);
    std::erase_if(all, [](const CheckItem& item) { return !item.id.starts_with("gpu."); });
    for (const CheckItem& item : all) note_words(item);
    return all;
  }
  /// The rows of one item: "warning GPU 1, ok GPU 0".
  std::string rows(std::string_view id, const CheckSubject& subject = {}) {
    std::string text;
    for (const CheckItem& item : items(subject)) {
      if (item.id != id) continue;
      text += (text.empty() ? "" : ", ") + std::string(name_of(item.status)) + " " + item.advice.substr(0, 5);
    }
    return text;
  }
  std::string advice(std::string_view id) {
    for (const CheckItem& item : items()) {
      if (item.id == id) return item.advice;
    }
    return "";
  }

  /// What is said of the GPU behind its name.
  std::string said(std::string_view id) {
    const std::string text = advice(id);
    const std::size_t name = text.find(": ");
    return name == std::string::npos ? text : text.substr(name + 2);
  }

  std::function<void(Snapshot&)> before;  ///< changes a copy of now into the look before
};

}  // namespace vigie::rules
