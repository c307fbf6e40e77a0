#include "wire/run_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/file.hpp"

namespace vigie::wire {

Result<RunPlace> open_run(const std::string& directory) {
  RunPlace place{.directory = directory,
                 .fd = Fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))};
  if (!place.fd) return fail_errno("cannot open " + directory, errno);
  struct stat info{};
  if (::fstat(place.fd.get(), &info) != 0) return fail_errno("cannot examine " + directory, errno);
  place.owner = info.st_uid;
  return place;
}

Result<RunPlace> open_own_run(const std::string& directory) {
  Result<RunPlace> place = open_run(directory);
  if (place && place->owner != ::geteuid()) {
    return fail(fmt::format("refusing to write in {}: it belongs to uid {}, not to you (uid {})", directory,
                            place->owner, ::geteuid()),
                ErrorKind::denied);
  }
  return place;
}

Result<Fd> open_file(const RunPlace& place, const std::string& name, int flags) {
  return open_regular_file(place.fd.get(), place.directory + "/" + name, flags, std::array{place.owner});
}

Result<std::string> read_run_file(const std::string& directory, const std::string& name, std::size_t limit,
                                  uid_t* owner) {
  const Result<RunPlace> place = open_run(directory);
  RETURN_IF_ERROR(place);
  const Result<Fd> file = open_file(*place, name, O_RDONLY);
  RETURN_IF_ERROR(file);
  std::string content;
  const int error = read_open_file(file->get(), content, limit);
  if (error == EFBIG) return fail(fmt::format("refusing {}/{}: it is larger than {} bytes", directory, name, limit));
  if (error != 0) return fail_errno(fmt::format("cannot read {}/{}", directory, name), error);
  if (owner != nullptr) *owner = place->owner;
  return content;
}

}  // namespace vigie::wire
