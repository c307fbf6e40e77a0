#include "rules/facts/feeding.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "model/ancestors.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_above(const Case& run, std::size_t above, std::size_t below) {
  const ProcessSample& top = run.process(run.run().members[above]);
  bool found = false;
  for_each_ancestor(*run.frame().snapshot, run.process(run.run().members[below]), [&](const ProcessSample& one) {
    found = one.id == top.id;
    return !found;
  });
  return found;
}

enum class PipeEnd : bool { reading, writing };

/// Pipes, and the socket pairs that a fork shared, by the names that the kernel gives them.
std::set<std::string_view> channels(const Case& run, std::size_t member, PipeEnd end) {
  std::set<std::string_view> names;
  const ProcessDetail* const detail = run.detail(run.run().members[member]);
  if (detail == nullptr || !detail->files) return names;
  for (const OpenFile& file : *detail->files) {
    const bool right = end == PipeEnd::reading ? file.readable : file.writable;
    if (right && (file.type == FileType::pipe || file.type == FileType::socket)) names.insert(file.path);
  }
  return names;
}

bool may_feed(const Case& run, std::size_t feeder, std::size_t fed) {
  const Role role = run.run().members[feeder].role;
  if (feeder == fed || role == Role::helper || role == Role::launcher) return false;
  // A child that its parent gives work to, or a logger, is no trainer that waits for data.
  return !is_above(run, feeder, fed) && run.shares(run.run().members[feeder]) != nullptr;
}

/// The members that have a channel open for writing which `fed` reads, and that do write.
std::vector<std::size_t> feeders_of(const Case& run, std::size_t fed) {
  const double bytes = run.rates(run.run().members[fed]).read_chars_per_second.value_or(0);
  const std::set<std::string_view> read = channels(run, fed, PipeEnd::reading);
  std::vector<std::size_t> feeders;
  for (std::size_t index = 0; index < run.run().members.size() && !read.empty(); ++index) {
    if (!may_feed(run, index, fed)) continue;
    const std::set<std::string_view> written = channels(run, index, PipeEnd::writing);
    const bool connected = std::ranges::any_of(written, [&](std::string_view name) { return read.contains(name); });
    const double gives = run.rates(run.run().members[index]).write_chars_per_second.value_or(0);
    if (connected && gives >= thresholds::feeds_part * bytes) feeders.push_back(index);
  }
  return feeders;
}

/// A process that takes what others make and does something with it, as against one that only collects their results.
bool uses_what_comes(const Case& run, std::size_t member) {
  const StateShares* const shares = run.shares(run.run().members[member]);
  const double bytes = run.rates(run.run().members[member]).read_chars_per_second.value_or(0);
  if (shares == nullptr || shares->asleep - shares->in_timer < thresholds::trainer_asleep) return false;
  if (bytes < thresholds::fed_bytes_per_second) return false;
  // tee, cat and other filters pass on what comes.
  const double passed_on = run.rates(run.run().members[member]).write_chars_per_second.value_or(0);
  if (passed_on >= thresholds::filter_part * bytes) return false;
  return shares->running >= thresholds::fed_running || bytes >= thresholds::fed_much_bytes_per_second;
}

std::optional<Feeding> by_pipes(const Case& run) {
  std::optional<Feeding> most;
  for (std::size_t index = 0; index < run.run().members.size(); ++index) {
    if (!uses_what_comes(run, index)) continue;
    std::vector<std::size_t> feeders = feeders_of(run, index);
    if (feeders.size() > (most ? most->workers.size() : 0))
      most = {.trainer = index, .workers = std::move(feeders), .by_pipes = true};
  }
  return most;
}

/// CPU time of children that it has waited for, as a fraction of the window.
double of_ended_children(const Case& run, const Member& member) {
  const ProcessId id = run.process(member).id;
  const std::vector<Point> ticks = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const ProcessDetail* const detail = frame.snapshot->find_detail(id);
    if (detail == nullptr || !detail->doing) return std::nullopt;
    return static_cast<double>(detail->doing->children_ticks);
  });
  if (ticks.size() < 2 || ticks.back().seconds <= ticks.front().seconds) return 0;
  return (ticks.back().value - ticks.front().value) / ticks_per_second / (ticks.back().seconds - ticks.front().seconds);
}

}  // namespace

std::vector<Feeding> feedings(const Case& run) {
  std::vector<Feeding> all;
  bool fed = false;
  for (const std::size_t trainer : run.trainers()) {
    all.push_back({.trainer = trainer, .workers = run.workers_of(trainer), .by_pipes = false});
    fed = fed || !all.back().workers.empty();
  }
  if (fed) return all;
  std::optional<Feeding> seen = by_pipes(run);
  if (!seen) return all;
  std::erase_if(all, [&](const Feeding& one) { return one.trainer == seen->trainer; });
  all.insert(all.begin(), std::move(*seen));
  return all;
}

std::optional<WorkerLooks> looks_of(const Case& run, std::size_t worker) {
  const Member& member = run.run().members[worker];
  const StateShares* const shares = run.shares(member);
  if (shares == nullptr) return std::nullopt;
  WorkerLooks looks{.running = shares->running, .disk = shares->disk, .network = shares->in_network};
  double asleep = std::max(0.0, shares->asleep - shares->in_timer);
  if (shares->below > 0) {
    const double part = asleep / shares->below;  // a child that lives shortly is not there at every look
    looks.running += part * shares->below_running;
    looks.disk += part * shares->below_disk;
    looks.network += part * shares->below_network;
    asleep -= part * (shares->below_running + shares->below_disk);
  }
  const double of_ended = std::min(of_ended_children(run, member), asleep);
  const double more = std::max(0.0, shares->running + of_ended - looks.running);  // than its living children show
  looks.running += more;
  looks.asleep = std::max(0.0, asleep - more);
  return looks;
}

std::vector<std::size_t> with_all_below(const Case& run, std::size_t member) {
  std::vector<std::size_t> all{member};
  for (std::size_t index = 0; index < run.run().members.size(); ++index) {
    if (index != member && is_above(run, member, index)) all.push_back(index);
  }
  return all;
}

}  // namespace vigie::rules
