#include "rates/diff_details.hpp"

#include <algorithm>

namespace vigie {
namespace {

/// The same descriptor may have been closed and another file opened in its place.
bool same_file(const OpenFile& a, const OpenFile& b) {
  return a.hold == b.hold && a.fd == b.fd && a.device == b.device && a.inode == b.inode && a.path == b.path;
}

Reading<double> speed(const std::vector<OpenFile>* earlier, const OpenFile& file, double seconds) {
  if (!file.position_bytes) return file.position_bytes.presence();
  if (earlier == nullptr || file.hold != Hold::descriptor) return Presence::first_sight;
  // Descriptors come first, ascending.
  const auto descriptors = std::ranges::find_if(*earlier, [](const OpenFile& f) { return f.hold != Hold::descriptor; });
  const auto before = std::ranges::lower_bound(earlier->begin(), descriptors, file.fd, {}, &OpenFile::fd);
  if (before == descriptors || !same_file(*before, file) || !before->position_bytes) return Presence::first_sight;
  if (seconds <= 0) return Presence::unknown;
  if (*file.position_bytes < *before->position_bytes) return Presence::went_backwards;
  return static_cast<double>(*file.position_bytes - *before->position_bytes) / seconds;
}

/// Mappings grow and merge: the one that covers the same beginning is the same one.
Reading<std::int64_t> growth(const std::vector<Mapping>* earlier, const Mapping& mapping) {
  if (!mapping.use) return mapping.use.presence();
  if (earlier == nullptr) return Presence::first_sight;
  const auto before = std::ranges::lower_bound(*earlier, mapping.start, {}, &Mapping::start);
  const auto rss = static_cast<std::int64_t>(mapping.use->rss);
  if (before == earlier->end() || before->start != mapping.start || before->path != mapping.path) return rss;
  if (!before->use) return Presence::first_sight;
  return rss - static_cast<std::int64_t>(before->use->rss);
}

MappingTotals totals(const Snapshot& snapshot) {
  std::vector<const std::vector<Mapping>*> all;
  for (const ProcessDetail& process : snapshot.details) {
    if (process.mappings) all.push_back(&*process.mappings);
  }
  return totals_of(all);
}

bool has_mappings(const Snapshot& snapshot) {
  return std::ranges::any_of(snapshot.details, [](const ProcessDetail& process) { return bool(process.mappings); });
}

void diff_totals(const Snapshot* previous, const Snapshot& current, Delta& delta) {
  if (!has_mappings(current)) return;
  const bool both = previous != nullptr && has_mappings(*previous);
  const MappingTotals later = totals(current);
  const MappingTotals earlier = both ? totals(*previous) : MappingTotals{};
  for (std::size_t kind = 0; kind < mapping_kinds; ++kind) {
    Reading<std::int64_t>& growth_of_kind = delta.rss_growth_bytes[kind];
    growth_of_kind = Presence::first_sight;
    if (!both) continue;
    // A kind without mappings has 0 bytes: that is known. A kind that could not be read is not.
    const auto rss = [&](const MappingTotal& total) -> Reading<std::int64_t> {
      if (total.mappings == 0) return std::int64_t{0};
      if (!total.use) return total.use.presence();
      return static_cast<std::int64_t>(total.use->rss);
    };
    const Reading<std::int64_t> before = rss(earlier[kind]);
    const Reading<std::int64_t> now = rss(later[kind]);
    growth_of_kind = !now ? now : !before ? before : Reading<std::int64_t>(*now - *before);
  }
}

}  // namespace

void diff_details(const Snapshot* previous, const Snapshot& current, Delta& delta) {
  const double seconds = previous == nullptr ? 0 : seconds_between(previous->before, current.before);
  delta.details.reserve(current.details.size());
  for (const ProcessDetail& process : current.details) {
    const ProcessDetail* before = previous == nullptr ? nullptr : previous->find_detail(process.id);
    DetailRates& rates = delta.details.emplace_back();
    if (process.files) {
      const auto* files = before != nullptr && before->files ? &*before->files : nullptr;
      for (const OpenFile& file : *process.files) {
        rates.position_bytes_per_second.push_back(speed(files, file, seconds));
      }
    }
    if (process.mappings) {
      const auto* mappings = before != nullptr && before->mappings ? &*before->mappings : nullptr;
      for (const Mapping& mapping : *process.mappings) rates.rss_growth_bytes.push_back(growth(mappings, mapping));
    }
  }
  diff_totals(previous, current, delta);
}

}  // namespace vigie
