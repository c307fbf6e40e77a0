// Memory that is really taken: at once, or as a leak takes it.
#include <atomic>
#include <cmath>

#include <fmt/format.h>

#include "base/units.hpp"
#include "load/background.hpp"
#include "load/load.hpp"
#include "load/room.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

constexpr std::uint64_t usual_bytes = std::uint64_t{1} << 30;
constexpr double usual_leak = 16 << 20;  // bytes a second
constexpr std::size_t chunk = std::size_t{4} << 20;

class Memory final : public Load {
 public:
  /// `per_second` empty: at once.
  Memory(std::uint64_t bytes, std::optional<double> per_second) : bytes_(bytes), per_second_(per_second) {}

  std::string plan() const override {
    const std::string size = human_bytes(static_cast<double>(bytes_));
    if (!per_second_) return size + " of memory taken";
    return fmt::format("{} of memory more each second, up to {}", human_bytes(*per_second_), size);
  }

  Result<void> start() override {
    be_killed_first();
    pages_ = Pages(bytes_);
    if (!pages_.valid()) return fail_errno("cannot reserve " + human_bytes(static_cast<double>(bytes_)), errno);
    return threads_.add([this](const std::stop_token& stop) { grow(stop); });
  }

  std::string so_far() override { return human_bytes(static_cast<double>(taken_.load())) + " taken"; }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"taken_bytes", static_cast<double>(taken_.load())}};
  }
  std::optional<Error> trouble() override { return trouble_.get(); }

 private:
  void grow(const std::stop_token& stop) {
    // A leak is smooth: ten steps a second.
    const std::size_t step =
        per_second_ ? std::clamp<std::size_t>(static_cast<std::size_t>(*per_second_ / 10), 4096, chunk) : chunk;
    Pace pace(per_second_);
    std::size_t unlooked = 0;
    while (taken_ < bytes_ && !stop.stop_requested()) {
      // Other processes take memory, too: the room at the start may be gone.
      if (unlooked >= 16 * chunk && memory_is_short(look_at_room())) {
        return trouble_.set(
            {.message = "others have taken what was available: giving it back", .kind = ErrorKind::failed});
      }
      unlooked = unlooked >= 16 * chunk ? 0 : unlooked + step;
      const std::size_t part = std::min<std::size_t>(step, bytes_ - taken_);
      pages_.write(taken_, part);
      taken_ += part;
      pace.done(stop, static_cast<double>(part));
    }
  }

  std::uint64_t bytes_;
  std::optional<double> per_second_;
  Pages pages_;
  std::atomic<std::uint64_t> taken_ = 0;
  Trouble trouble_;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_memory(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  ASSIGN_OR_RETURN(std::uint64_t bytes, bounded_memory(request.size_bytes, usual_bytes, room));
  return std::make_unique<Memory>(bytes, std::nullopt);
}

Result<std::unique_ptr<Load>> make_leak(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  ASSIGN_OR_RETURN(std::uint64_t bytes, bounded_memory(request.size_bytes, usual_bytes, room));
  return std::make_unique<Memory>(bytes, request.rate.value_or(usual_leak));
}

}  // namespace vigie::load
