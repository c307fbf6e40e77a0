// How processes are sampled: the method is chosen here, the scan is the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "sources/bpf/task_source.hpp"
#include "sources/proc/scanner.hpp"

namespace vigie {

/// `reopen` opens what it reads of /proc each time; `keep` holds the stat files open and remembers what only exec
/// changes; `bpf` remembers, too, and has the kernel's own iterator say what stat would.
enum class Sampling : std::uint8_t { automatic, reopen, keep, bpf };

/// "auto", "reopen", "keep" or "bpf"; nothing for other words.
[[nodiscard]] std::optional<Sampling> sampling_of(std::string_view word);
[[nodiscard]] std::string_view name_of(Sampling method);

/// Automatic sampling takes BPF from so many processes on: loading it takes as long as it saves on so many.
inline constexpr std::size_t bpf_pays_from = 400;

enum class Scans : bool { one, many };

/// Scans with the method that was asked for. Automatic: `reopen` for a single scan and `keep` for many, and BPF on top
/// where it is allowed and pays; when it fails midway, /proc goes on.
class ProcessSampler : private proc::StatProvider {
 public:
  ProcessSampler(const Root& root, Sampling wanted, Scans scans);
  ProcessSampler(const ProcessSampler&) = delete;  // the scanner knows where it is
  ProcessSampler& operator=(const ProcessSampler&) = delete;

  /// As proc::Scanner::scan. Fails when BPF was asked for by name and cannot be used. On the live host the status names
  /// the method.
  Result<SourceStatus> scan(const proc::ScanRequest& request, std::vector<ProcessSample>& processes);

  /// As proc::Scanner::find.
  Result<std::vector<pid_t>> find(bool by_name, const std::function<bool(const ProcessSample&)>& chosen) {
    return scanner_.find(by_name, chosen);
  }

  void scan_threads(std::span<const ProcessSample> processes, std::vector<ThreadSample>& threads) {
    scanner_.scan_threads(processes, threads);
  }

 private:
  bool look(std::size_t wanted) override;
  bool fill(pid_t pid, proc::Fields& fields, ProcessSample& process) override {
    return bpf_->fill(pid, fields, process);
  }
  Result<void> load_and_look();

  const Root& root_;
  Sampling wanted_;
  proc::Scanner::Keep keep_;
  proc::Scanner scanner_;
  std::optional<bpf::TaskSource> bpf_;
  std::optional<Error> refused_;  ///< why BPF cannot be used: not tried again
};

}  // namespace vigie
