// The files that a run wrote since a moment: the checkpoint that a training saves when it is stopped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "act/target.hpp"
#include "model/frame.hpp"

namespace vigie::act {

struct WrittenFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified_wall_ns = 0;
  pid_t writer = 0;  ///< the process that was seen to have it open for writing; 0: not seen
};

/// Looks at the files that the target's processes have open for writing, and in the directories where checkpoints may
/// be: those that its command lines name, those of files that it had open for writing, and its working directory.
/// Bounded in depth, number and time, so that a data set, a home directory or a dead file server costs little.
class WrittenFiles {
 public:
  /// `tree`: the target's processes in `frame`; `open` has their open files. No file is looked at here: the signal
  /// comes first.
  WrittenFiles(const Frame& frame, const Target& target, const std::vector<ProcessId>& tree, const Result<Frame>& open);

  /// Notes the files that are open for writing at this moment: to be called again and again while the processes save.
  void look();
  /// Regular files that changed after this object was made, at most 20, by path; nothing when the file systems did not
  /// answer in time.
  [[nodiscard]] std::optional<std::vector<WrittenFile>> since_start() const;

 private:
  /// The places to look in, and the files seen: a look takes them with it.
  struct Traces {
    struct Word {
      std::string cwd, argument;
    };
    using FileKey = std::pair<std::uint64_t, std::uint64_t>;  ///< device, inode: a file keeps it when it is renamed

    std::vector<Word> words;  ///< of command lines
    std::vector<std::string> cwds;
    std::set<pid_t> pids;  ///< of the target
    std::map<FileKey, pid_t> writers;
    std::set<std::string> seen;  ///< open for writing
    std::int64_t start_wall_ns = 0;
  };
  class Search;

  void note(const Frame& open);

  Traces traces_;
  std::vector<ProcessId> processes_;
};

}  // namespace vigie::act
