// Scans of all processes, one after the other: what a scan learned that cannot have changed is not read again.
#pragma once

#include <functional>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/proc_source.hpp"

namespace vigie::proc {

/// Tells a scanner what PID/stat says, of all processes at once.
class StatProvider {
 public:
  virtual ~StatProvider() = default;
  /// Takes one look at all processes, of which the scan is about to ask for `wanted`. False: the scan reads /proc.
  virtual bool look(std::size_t wanted) = 0;
  /// Fills in what PID/stat says of one process and its effective user, and what else of `fields` it knows: that is
  /// taken out of `fields`. Pids come in ascending order. False, with nothing filled in: the scan reads /proc for it.
  virtual bool fill(pid_t pid, Fields& fields, ProcessSample& process) = 0;
};

/// One scanner sees one proc tree again and again. Not for several threads.
class Scanner {
 public:
  /// What is kept between two scans. `everything`: facts that only exec changes, and the open stat file of each process
  /// (a read at 0 costs less than half of an open and read), as far as RLIMIT_NOFILE leaves room; the soft limit is
  /// raised for it.
  enum class Keep : bool { nothing, everything };

  explicit Scanner(const Root& root, Keep keep = Keep::nothing);

  /// From the next scan on, what PID/stat says is asked of `provider`, which must outlive the scanner.
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
  /// What is remembered of one process.
  struct Known {
    ProcessSample facts;  ///< as read last: identity, and the fields named by static_fields()
    Fields read;          ///< which of these were read
    Fd stat;              ///< empty when there was no room for another descriptor
  };
  struct Pass;

  bool scan_one(pid_t pid, Pass& pass, Known* known, ProcessSample& process);
  bool read_stat(pid_t pid, Known* known, Fd& stat, ProcessSample& process);

  const Root& root_;
  std::size_t room_ = 0;  ///< descriptors that may be kept
  bool keep_;
  StatProvider* provider_ = nullptr;
  std::vector<Known> known_;  ///< ascending by pid
  std::vector<Known> next_;   ///< being made by the scan in progress
  std::string buffer_;
};

/// One scan that keeps nothing.
Result<SourceStatus> scan(const Root& root, Fields fields, std::vector<ProcessSample>& processes);

}  // namespace vigie::proc
