#include "feed/sampling.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vigie {
namespace {

struct Word {
  Sampling method;
  std::string_view name;
};
constexpr std::array words = {Word{Sampling::automatic, "auto"}, Word{Sampling::reopen, "reopen"},
                              Word{Sampling::keep, "keep"}, Word{Sampling::bpf, "bpf"}};

proc::Scanner::Keep kept(Sampling wanted, Scans scans) {
  using Keep = proc::Scanner::Keep;
  if (wanted == Sampling::keep) return Keep::everything;
  // After a single scan nothing is needed again.
  return wanted == Sampling::reopen || scans == Scans::one ? Keep::nothing : Keep::everything;
}

}  // namespace

std::optional<Sampling> sampling_of(std::string_view word) {
  const auto* const found = std::ranges::find(words, word, &Word::name);
  return found == words.end() ? std::nullopt : std::optional(found->method);
}

std::string_view name_of(Sampling method) {
  return std::ranges::find(words, method, &Word::method)->name;
}

ProcessSampler::ProcessSampler(const Root& root, Sampling wanted, Scans scans)
    : root_(root), wanted_(wanted), keep_(kept(wanted, scans)), scanner_(root, keep_) {
  const bool may = wanted == Sampling::bpf || (wanted == Sampling::automatic && root.live());
  if (may) scanner_.provide(*this);
}

Result<void> ProcessSampler::load_and_look() {
  if (!bpf_) {
    ASSIGN_OR_RETURN(bpf_, bpf::TaskSource::load(root_));
  }
  return bpf_->look();
}

bool ProcessSampler::look(std::size_t wanted) {
  if (refused_) return false;
  if (wanted_ == Sampling::automatic && !bpf_ && wanted < bpf_pays_from) return false;
  if (Result<void> looked = load_and_look(); !looked) {
    refused_ = std::move(looked.error());
    bpf_.reset();
  }
  return bpf_.has_value();
}

Result<SourceStatus> ProcessSampler::scan(const proc::ScanRequest& request, std::vector<ProcessSample>& processes) {
  Result<SourceStatus> status = scanner_.scan(request, processes);
  if (!status) return status;
  if (wanted_ == Sampling::bpf && refused_) return std::unexpected(*refused_);
  if (!root_.live()) return status;
  const bool keeps = keep_ == proc::Scanner::Keep::everything;
  status->method = name_of(bpf_ ? Sampling::bpf : keeps ? Sampling::keep : Sampling::reopen);
  return status;
}

}  // namespace vigie
