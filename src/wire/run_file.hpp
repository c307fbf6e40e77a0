// Files in the directory of a run. A reader need not trust its owner: root looks at the runs of others. So no link in
// it is followed, nothing is waited for, and only the owner's own regular files are read.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace vigie::wire {

/// The open directory of a run.
struct RunPlace {
  std::string directory;
  Fd fd;
  uid_t owner = 0;
};

/// Fails when it is a symbolic link, or no directory.
Result<RunPlace> open_run(const std::string& directory);

/// The same for a writer: kind denied when it belongs to another user.
Result<RunPlace> open_own_run(const std::string& directory);

/// Opens a regular file of the place's owner in it; `flags` as for open(2).
Result<Fd> open_file(const RunPlace& place, const std::string& name, int flags);

/// All of such a file. `owner`, when given, is set to the owner of both.
Result<std::string> read_run_file(const std::string& directory, const std::string& name,
                                  std::size_t limit = largest_file, uid_t* owner = nullptr);

}  // namespace vigie::wire
