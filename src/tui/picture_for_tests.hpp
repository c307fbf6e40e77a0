// Windows made by hand, and pictures as text.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tui/moment.hpp"
#include "tui/screen_view.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::tui {

/// A time in which nothing happened: the same frame again and again.
class StillTime {
 public:
  explicit StillTime(Frame frame, std::size_t moments = 3) : frame_(std::make_shared<const Frame>(std::move(frame))) {
    for (std::size_t at = 0; at < moments; ++at) moments_.push_back(moment_of(*frame_));
  }

  [[nodiscard]] Window window() const { return {.frame = frame_, .moments = moments_}; }

 private:
  std::shared_ptr<const Frame> frame_;
  std::vector<Moment> moments_;
};

/// A host with a few processes, two of them of a run.
inline views::Scene small_host() {
  views::Scene scene;
  scene.snapshot.host.name = "node7";
  scene.snapshot.host.cpus = 4;
  scene.process(1, 0, "init").cmdline = std::string("/sbin/init\0", 11);
  scene.process(20, 1, "bash").cmdline = std::string("bash\0", 5);
  scene.add_run("resnet").leader = {30, 1000};
  scene.process(30, 1, "python3").cmdline = std::string("python3\0train.py\0", 17);
  scene.join(vigie::Role::trainer);
  scene.process(31, 30, "python3").cmdline = std::string("python3\0worker\0", 15);
  scene.join(vigie::Role::loader_worker, 0, 0);
  const double percents[] = {0, 5, 80, 40};
  for (std::size_t at = 0; at < scene.delta.processes.size(); ++at)
    scene.delta.processes[at].cpu_percent = percents[at];
  scene.delta.host.cpu_busy_percent = 125.0;
  scene.delta.elapsed_seconds = 2;
  return scene;
}

inline std::string text_of(const Grid& grid) {
  std::string text;
  for (int row = 0; row < grid.rows(); ++row) text += grid.text(row) + "\n";
  return text;
}

/// The first row that has it; -1: none.
inline int row_with(const Grid& grid, std::string_view part) {
  for (int row = 0; row < grid.rows(); ++row) {
    if (grid.text(row).find(part) != std::string::npos) return row;
  }
  return -1;
}

}  // namespace vigie::tui
