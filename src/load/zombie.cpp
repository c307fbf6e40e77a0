// Children that ended at once, of a parent that does not wait for them.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "load/load.hpp"
#include "load/room.hpp"

namespace vigie::load {
namespace {

class Zombies final : public Load {
 public:
  explicit Zombies(unsigned count) : count_(count) {}
  ~Zombies() override {
    for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
  }

  std::string plan() const override { return fmt::format("{} children that have ended and stay zombies", count_); }

  Result<void> start() override {
    while (children_.size() < count_) {
      const pid_t child = ::fork();
      if (child < 0) {
        return fail_errno(fmt::format("cannot make more than {} of {} children", children_.size(), count_), errno);
      }
      if (child == 0) ::_exit(0);
      children_.push_back(child);
    }
    return {};
  }

  std::string so_far() override { return fmt::format("{} zombies", children_.size()); }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"zombies", static_cast<double>(children_.size())}};
  }

 private:
  unsigned count_;
  std::vector<pid_t> children_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_zombie(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  constexpr unsigned most = 1000;
  ASSIGN_OR_RETURN(unsigned count, bounded_tasks(request.count, 5, room));
  if (count > most) return fail(fmt::format("refusing to make {} zombies: {} are enough to see", count, most));
  return std::make_unique<Zombies>(count);
}

}  // namespace vigie::load
