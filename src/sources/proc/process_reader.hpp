// Reads one process after the other, with what was remembered of each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/proc_source.hpp"

namespace vigie::proc {

/// Tells a reader what PID/stat says, of all processes at once.
class StatProvider {
 public:
  virtual ~StatProvider() = default;
  /// Takes one look at all processes, of which the scan is about to ask for `wanted`. False: the scan reads /proc.
  virtual bool look(std::size_t wanted) = 0;
  /// Fills in what PID/stat says of one process and its effective user, and what else of `fields` it knows: that is
  /// taken out of `fields`. Pids come in ascending order. False, with nothing filled in: the scan reads /proc for it.
  virtual bool fill(pid_t pid, Fields& fields, ProcessSample& process) = 0;
};

/// What is remembered of one process; small, because there may be many.
struct KnownProcess {
  ProcessId id;
  std::string comm;
  std::uint64_t virtual_bytes = 0;
  Reading<uid_t> uid;
  SparseReading<std::string> cmdline, exe, cwd, cgroup;
  SparseReading<RunVariables> variables;
  Reading<Framework> frameworks;
  Fields read;  ///< which of the fields named by static_fields() were read
  Fd stat;      ///< empty when there was no room for another descriptor
};

/// The fields that are read under a lock that a process may hold for ever.
[[nodiscard]] Fields of_memory();

/// Reads the processes of one scan, ascending by pid. Owns all it uses, because it may be left behind by the scan.
class ProcessReader {
 public:
  struct Setup {
    Root root;
    Fields fields;
    bool runs = false;
    std::uint64_t marked_since = ScanRequest::nobody;
    StatProvider* provider = nullptr;  ///< asked only while the scan waits
    bool io_wait = false;              ///< the kernel counts it
    bool keep = false;                 ///< remember
    std::size_t room = 0;              ///< descriptors that may be kept
    std::size_t expected = 0;          ///< processes, about
    Instant begin = {};
    std::vector<pid_t> stuck = {};                 ///< of these nothing of_memory() is read; ascending
    bool hurry = false;                            ///< nor of any other
    std::optional<std::vector<pid_t>> again = {};  ///< ScanRequest::again
  };

  ProcessReader(Setup setup, std::vector<KnownProcess> known) : setup_(std::move(setup)), known_(std::move(known)) {
    if (setup_.keep) next_.reserve(setup_.expected);
  }

  /// False when there is no such process (any more).
  bool read(pid_t pid, ProcessSample& process);

  /// What is now known, ascending by pid.
  [[nodiscard]] std::vector<KnownProcess> take_known() { return std::move(next_); }
  /// Processes whose PSS was not read because the time for it was over.
  [[nodiscard]] std::size_t pss_left_out() const { return pss_left_out_; }
  /// The errno of a process that could not be read for lack of descriptors or memory; 0: there was none.
  [[nodiscard]] int shortage() const { return shortage_; }

 private:
  KnownProcess* remembered(pid_t pid);
  bool read_stat(pid_t pid, KnownProcess* known, Fd& stat, ProcessSample& process);
  void leave_out_unreadable(Fields& fields, ProcessSample& process);
  void remember(const ProcessSample& process, Fields facts, Fd stat);

  Setup setup_;
  std::vector<KnownProcess> known_, next_;
  std::size_t cursor_ = 0;  ///< in known_
  std::size_t kept_ = 0;
  double pss_seconds_ = 0;
  std::size_t pss_left_out_ = 0;
  int shortage_ = 0;
  std::string buffer_;
};

}  // namespace vigie::proc
