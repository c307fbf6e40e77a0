#include "control/grace.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace vigie::control {

Grace::Grace(std::int64_t boot_ns, double seconds, const std::string& checkpoint, double extended_seconds)
    : extended_seconds_(extended_seconds) {
  renew(boot_ns, seconds);
  if (checkpoint.empty()) return;
  watch_.emplace(checkpoint);
  look_at_ns_ = boot_ns + to_nanoseconds(look_seconds);
}

void Grace::renew(std::int64_t boot_ns, double seconds) {
  end_ns_.reset();
  if (seconds >= 0) end_ns_ = boot_ns + to_nanoseconds(seconds);
}

void Grace::close() {
  watch_.reset();
  look_at_ns_.reset();
  end_ns_.reset();
}

std::optional<std::int64_t> Grace::next_ns() const {
  if (end_ns_ && look_at_ns_) return std::min(*end_ns_, *look_at_ns_);
  return end_ns_ ? end_ns_ : look_at_ns_;
}

bool Grace::over(std::int64_t boot_ns) {
  if (look_at_ns_ && boot_ns >= *look_at_ns_) {
    watch_->look(boot_ns);
    look_at_ns_ = boot_ns + to_nanoseconds(look_seconds);
  }
  if (!end_ns_ || boot_ns < *end_ns_) return false;
  if (!watch_ || extended_seconds_ >= longest_extension_seconds || !watch_->growing(boot_ns)) return true;
  extended_seconds_ += look_seconds;
  end_ns_ = boot_ns + to_nanoseconds(look_seconds);
  return false;
}

std::vector<CheckpointFile> Grace::files(std::int64_t boot_ns) const {
  return watch_ ? watch_->changed(boot_ns) : std::vector<CheckpointFile>{};
}

std::vector<CheckpointFile> Grace::files_at_end(std::int64_t boot_ns) {
  if (watch_) watch_->look(boot_ns);
  std::vector<CheckpointFile> complete = files(boot_ns);
  for (CheckpointFile& file : complete) file.growing = false;
  return complete;
}

}  // namespace vigie::control
