// A user who presses anything, while processes vanish and the terminal changes its size.
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <deque>
#include <random>

#include "base/fd.hpp"
#include "tui/picture_for_tests.hpp"
#include "tui/top.hpp"

namespace vigie::tui {
namespace {

/// All that is random in one walk, and how far it is.
struct Walk {
  explicit Walk(unsigned seed) : random(seed) {}
  [[nodiscard]] bool one_in(unsigned chances) { return random() % chances == 0; }

  std::mt19937 random;
  int keys_left = 10'000;
  Key last = {};
  Fd bell = Fd(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));  // always rung: nothing waits
};

/// Some of the processes, and some runs.
Frame host_of(Walk& walk) {
  std::mt19937& random = walk.random;
  views::Scene scene;
  scene.snapshot.host.name = "node\x1b[7";
  for (pid_t pid = 1; pid < 24; ++pid) {
    if (random() % 3 == 0) continue;
    if (random() % 20 == 0) scene.add_run("run日本" + std::to_string(pid));
    scene.process(pid, static_cast<pid_t>(random() % 24), "名前\x1b[2J").id.start_ticks = random() % 3;
    if (!scene.view.runs.empty() && random() % 2 == 0) scene.join(vigie::Role::rank);
    scene.delta.processes.back().cpu_percent = static_cast<double>(random() % 400);
  }
  return scene.frame();
}

class WildDisplay final : public Display {
 public:
  explicit WildDisplay(Walk& walk) : walk_(walk) {
    for (char32_t character = 1; character < 0x7f; ++character) all_.push_back(Key::of(character));
    for (int code = 2; code <= static_cast<int>(Key::Code::f10); ++code)
      all_.push_back({.code = static_cast<Key::Code>(code)});
  }

  [[nodiscard]] Size size() const override { return size_; }
  Result<void> show(const Grid& grid) override {
    EXPECT_EQ(grid.size(), size_);
    for (const Cell& cell : grid.cells()) EXPECT_EQ(cell.text.find('\x1b'), std::string::npos);
    return {};
  }
  [[nodiscard]] std::vector<pollfd> waits() const override {
    return {{.fd = walk_.bell.get(), .events = POLLIN, .revents = 0}};
  }
  [[nodiscard]] std::vector<Event> events() override {
    if (walk_.one_in(16)) {
      size_ = {.rows = static_cast<int>(walk_.random() % 16), .columns = static_cast<int>(walk_.random() % 61)};
      return {{.kind = Event::Kind::resize}};
    }
    if (walk_.keys_left-- <= 0) return {{.kind = Event::Kind::closed}};
    walk_.last = key();
    return {{.kind = Event::Kind::key, .key = walk_.last}};
  }

 private:
  /// Any, and more often those that lead to a deed: a row, an order, its answer, and no filter.
  [[nodiscard]] Key key() const {
    switch (walk_.random() % 16) {
      case 0:
      case 1: return Key::of(U'y');
      case 2: return {.code = Key::Code::down};
      case 3: return Key::of(U'p');
      case 4: return {.code = Key::Code::escape};
      default: return all_[walk_.random() % all_.size()];
    }
  }

  Walk& walk_;
  std::vector<Key> all_;
  Size size_{.rows = 24, .columns = 80};
};

class VanishingFrames final : public Frames {
 public:
  explicit VanishingFrames(Walk& walk) : walk_(walk) {}
  [[nodiscard]] int fd() const override { return walk_.bell.get(); }
  Result<std::shared_ptr<const Frame>> take() override {
    if (paused_ || !walk_.one_in(8)) return nullptr;
    return std::make_shared<const Frame>(host_of(walk_));
  }
  void pause(bool now) override { paused_ = now; }
  [[nodiscard]] std::string late() const override { return walk_.one_in(50) ? "no answer for 9 s" : ""; }

 private:
  Walk& walk_;
  bool paused_ = false;
};

/// Counts what would have been done, and answers late or never.
class WatchedDeeds final : public Deeds {
 public:
  explicit WatchedDeeds(Walk& walk) : walk_(walk) {}
  [[nodiscard]] int fd() const override { return walk_.bell.get(); }
  void plan(const Order& order) override {
    EXPECT_FALSE(order.rows.empty());
    planned_ = order.rows;
    shown_ = false;
    answers_.push_back({.plan = Plan{.lines = {"30 \x1b[31mwould be hit"}, .possible = !walk_.one_in(4)}});
  }
  void perform(const Order& order) override {
    ++performed;
    EXPECT_EQ(walk_.last, Key::of(U'y'));
    EXPECT_TRUE(shown_) << "its plan was not seen";
    EXPECT_EQ(order.rows, planned_);
  }
  void read(const std::vector<std::string>& words) override {
    answers_.push_back({.text = words.front() + "\x1b of it"});
  }
  void save(std::vector<PackedSnapshot> snapshots) override {
    ++saved;
    EXPECT_GE(snapshots.size(), 2U);
  }
  [[nodiscard]] std::vector<std::string> unfinished() const override {
    return walk_.one_in(2) ? std::vector<std::string>{"a stop"} : std::vector<std::string>();
  }
  [[nodiscard]] std::optional<Answer> take() override {
    if (answers_.empty() || walk_.one_in(3)) return {};
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    shown_ = shown_ || (answer.plan && answer.plan->possible);
    return answer;
  }

  int performed = 0, saved = 0;

 private:
  Walk& walk_;
  std::vector<RowKey> planned_;
  bool shown_ = false;
  std::deque<Answer> answers_;
};

TEST(RandomKeys, NothingIsDoneWithoutYAndNothingIsDrawnOutside) {
  Walk walk(20261130);
  int performed = 0, saved = 0;
  while (walk.keys_left > 0) {  // some keys quit
    WildDisplay display(walk);
    VanishingFrames frames(walk);
    WatchedDeeds deeds(walk);
    ASSERT_TRUE(run_top(display, frames, deeds, {}));
    performed += deeds.performed;
    saved += deeds.saved;
    if (HasFailure()) return;
  }
  EXPECT_GT(performed, 0);
  EXPECT_GT(saved, 0);
}

TEST(RandomKeys, NothingIsEverDoneWhereOnlyLooksAreWanted) {
  Walk walk(20261201);
  while (walk.keys_left > 0) {
    WildDisplay display(walk);
    VanishingFrames frames(walk);
    WatchedDeeds deeds(walk);
    ASSERT_TRUE(run_top(display, frames, deeds, {.read_only = true}));
    ASSERT_EQ(deeds.performed, 0);
  }
}

}  // namespace
}  // namespace vigie::tui
