// Scans of all processes, one after the other: facts that cannot have changed since the scan before are not read again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/patient_walk.hpp"
#include "sources/proc/proc_source.hpp"
#include "sources/proc/process_reader.hpp"

namespace vigie::proc {

/// One scanner sees one proc tree again and again. Not for several threads. A process whose memory cannot be read,
/// because it is stuck with the lock on it, holds up a scan for half a second, once; what it keeps there stays unknown.
class Scanner {
 public:
  /// What is kept between two scans. `everything`: facts that only exec changes, and the open stat file of each process
  /// (a read at 0 costs less than half of an open and read), as far as RLIMIT_NOFILE leaves room; the soft limit is
  /// raised for it.
  enum class Keep : bool { nothing, everything };

  explicit Scanner(const Root& root, Keep keep = Keep::nothing);

  /// From the next scan on, `provider` is asked for what PID/stat says. It must outlive the scanner.
  void provide(StatProvider& provider) { provider_ = &provider; }

  /// Appends every process of the tree to `processes`, ascending by pid. A process that vanishes midway leaves no row.
  /// Parts that cannot be read are absent with the reason. Returns how the source fared; fails when the tree cannot be
  /// listed.
  Result<SourceStatus> scan(const ScanRequest& request, std::vector<ProcessSample>& processes);

  /// The pids, ascending, that `chosen` says yes to. It sees each process's command line, and the name of those that
  /// have none (`by_name`: the name of all, nothing else); one that vanishes midway is not asked about.
  Result<std::vector<pid_t>> find(bool by_name, const std::function<bool(const ProcessSample&)>& chosen);

  /// Appends the threads of `processes`, in their order and each process's ascending by tid.
  void scan_threads(std::span<const ProcessSample> processes, std::vector<ThreadSample>& threads);

  /// How many stat files are held open.
  [[nodiscard]] std::size_t kept_descriptors() const;

 private:
  /// A process of which a read has not come back yet, and the thread that waits for it.
  struct Stuck {
    pid_t pid = 0;
    std::weak_ptr<const void> thread;  ///< expired when it has come back
  };
  /// Gives a new thread what it needs to read processes; nothing in the memory of the stuck ones (with `hurry`: of
  /// any).
  template <class Row>
  using MakeVisit = std::function<typename PatientWalk<Row>::Visit(std::vector<pid_t> stuck, bool hurry)>;

  /// Appends the rows of `pids`. When a read `may_hang`, a thread that can be left behind makes it; otherwise it is
  /// made at once.
  template <class Row>
  void walk(std::span<const pid_t> pids, bool may_hang, std::chrono::milliseconds patience, const MakeVisit<Row>& make,
            std::vector<Row>& rows);
  std::vector<pid_t> still_stuck();
  [[nodiscard]] SourceStatus status_of(std::span<const ProcessSample> processes, double seconds,
                                       std::size_t pss_left_out) const;

  const Root& root_;
  std::size_t room_ = 0;  ///< descriptors that may be kept
  bool keep_;
  StatProvider* provider_ = nullptr;
  std::vector<KnownProcess> known_;  ///< ascending by pid
  std::vector<Stuck> stuck_;
  std::string buffer_;
};

/// One scan that keeps nothing.
Result<SourceStatus> scan(const Root& root, Fields fields, std::vector<ProcessSample>& processes);

}  // namespace vigie::proc
