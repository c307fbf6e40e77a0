#include "feed/narrow.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/number.hpp"
#include "wire/record_list.hpp"

namespace vigie {
namespace {

std::optional<pid_t> pid_in(std::string_view text) {
  const std::optional<pid_t> pid = whole_number<pid_t>(text);
  return pid && *pid > 0 ? pid : std::nullopt;
}

bool exists(const Root& root, pid_t pid) {
  struct stat info{};
  return ::fstatat(root.proc(), std::to_string(pid).c_str(), &info, 0) == 0;
}

/// Whether a run may be called that: a supervised one is, or it has the form of an observed run's name or id
/// ("train-4711", "p4711") and there is such a process.
bool may_be_run(const Root& root, const std::string& text) {
  if (root.live()) {
    const Result<std::vector<RunRecord>> records = wire::list_records_like(text);
    const bool named = records && std::ranges::any_of(*records, [&](const RunRecord& record) {
                         return record.name == text || record.id == text;
                       });
    if (named) return true;
  }
  const std::size_t digits = text.find_last_not_of("0123456789") + 1;
  if (digits == 0 || (text[digits - 1] != '-' && text[digits - 1] != 'p')) return false;
  const std::optional<pid_t> pid = pid_in(std::string_view(text).substr(digits));
  return pid && exists(root, *pid);
}

}  // namespace

void narrow(const Root& root, FeedOptions& options) {
  const std::string& target = options.whom.target;
  if (target.starts_with('%')) options.what.fields = options.what.fields | proc::Field::cmdline;
  const std::optional<pid_t> pid = options.whom.alone && !options.whom.by_name ? pid_in(target) : std::nullopt;
  if (pid) {
    options.whom.choose = nullptr;
    if (!exists(root, *pid)) return;
    options.whom.only = {*pid};
    options.what.runs = false;
  } else if (options.whom.choose) {
    const bool patterned = options.whom.by_name || target.starts_with('%') || !may_be_run(root, target);
    if (options.whom.alone && patterned) {
      options.what.runs = false;
    } else {
      options.whom.choose = nullptr;
    }
  }
}

}  // namespace vigie
