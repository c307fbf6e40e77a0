#include "sources/sys/mounts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

/// Views of the kernel, and images that are always full.
constexpr std::array<std::string_view, 24> without_room = {
    "proc",      "sysfs",    "cgroup",    "cgroup2",  "devpts",      "securityfs", "debugfs",    "tracefs",
    "bpf",       "pstore",   "mqueue",    "configfs", "fusectl",     "autofs",     "rpc_pipefs", "nsfs",
    "selinuxfs", "efivarfs", "hugetlbfs", "ramfs",    "binfmt_misc", "squashfs",   "iso9660",    "fuse.portal"};

/// Space, tab, newline and backslash are written as \040, \011, \012, \134.
std::string unescaped(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() && octal(text[at + 1]) && octal(text[at + 2]) && octal(text[at + 3])) {
      result += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      result += text[at];
    }
  }
  return result;
}

}  // namespace

std::vector<MountSample> parse_mountinfo(std::string_view text) {
  std::vector<MountSample> mounts;
  std::string_view line;
  while (take_line(text, line)) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    Words words(line.substr(0, separator));
    for (int skipped = 0; skipped < 4; ++skipped) words.next();  // id, parent, device, root
    MountSample mount;
    mount.path = unescaped(words.next());
    const std::string_view options = words.next();
    mount.read_only = options == "ro" || options.starts_with("ro,");
    Words after(line.substr(separator + 3));
    mount.type = after.next();
    mount.source = unescaped(after.next());
    if (mount.path.empty() || mount.type.empty()) continue;
    // What is mounted over hides what was there.
    std::erase_if(mounts, [&](const MountSample& under) { return under.path == mount.path; });
    if (std::ranges::find(without_room, mount.type) == without_room.end()) mounts.push_back(std::move(mount));
  }
  return mounts;
}

MountUse use_of(const struct statvfs& said) {
  const std::uint64_t block = said.f_frsize;
  return {.total_bytes = said.f_blocks * block,
          .free_bytes = said.f_bfree * block,
          .available_bytes = said.f_bavail * block,
          .files = said.f_files,
          .files_free = said.f_ffree};
}

Reading<MountUse> ask_statvfs(const std::string& path) {
  struct statvfs said{};
  if (::statvfs(path.c_str(), &said) != 0) return presence_of_errno(errno);
  return use_of(said);
}

/// Outlives the sampler as long as a thread waits for a file system.
struct MountSampler::Shared {
  explicit Shared(AskMount how) : ask(std::move(how)) {}

  struct Answer {
    Reading<MountUse> use = Presence::unknown;  ///< the last one
    bool waiting = false;                       ///< a thread is in the call
  };

  std::mutex mutex;
  std::condition_variable answered;
  std::map<std::string, Answer, std::less<>> answers;
  AskMount ask;
};

MountSampler::MountSampler(std::chrono::milliseconds deadline, AskMount ask)
    : deadline_(deadline), shared_(std::make_shared<Shared>(std::move(ask))) {}

void MountSampler::add_use(std::vector<MountSample>& mounts) {
  std::vector<std::string> paths;  // of those that may be asked
  {
    const std::scoped_lock lock(shared_->mutex);
    for (const MountSample& mount : mounts) {
      if (!shared_->answers[mount.path].waiting) paths.push_back(mount.path);
    }
  }
  // One thread asks them one after the other. When it is stuck, another one goes on behind the one that stalls.
  for (std::size_t from = 0; from < paths.size();) {
    std::vector<std::string> rest(paths.begin() + static_cast<std::ptrdiff_t>(from), paths.end());
    auto asked = std::make_shared<std::size_t>(from);
    auto abandoned = std::make_shared<bool>(false);
    std::thread([shared = shared_, rest, asked, abandoned] {
      for (const std::string& path : rest) {
        {
          const std::scoped_lock lock(shared->mutex);
          if (*abandoned) return;
          shared->answers[path].waiting = true;
        }
        const Reading<MountUse> use = shared->ask(path);
        const std::scoped_lock lock(shared->mutex);
        shared->answers[path] = {.use = use, .waiting = false};
        ++*asked;
        shared->answered.notify_all();
      }
    }).detach();
    std::unique_lock lock(shared_->mutex);
    while (*asked < paths.size()) {
      const std::size_t before = *asked;
      if (!shared_->answered.wait_for(lock, deadline_, [&] { return *asked != before; })) break;
    }
    *abandoned = true;
    from = *asked + 1;
  }
  const std::scoped_lock lock(shared_->mutex);
  for (MountSample& mount : mounts) {
    const Shared::Answer& answer = shared_->answers[mount.path];
    mount.use = answer.waiting && answer.use ? Reading<MountUse>::stale(*answer.use) : answer.use;
  }
}

Reading<std::vector<MountSample>> MountSampler::sample(const Root& root) {
  std::string buffer;
  if (const int error = read_file(root.proc(), "self/mountinfo", buffer)) return presence_of_errno(error);
  std::vector<MountSample> mounts = parse_mountinfo(buffer);
  if (root.live()) {
    add_use(mounts);
  } else {
    for (MountSample& mount : mounts) mount.use = Presence::unsupported;
  }
  return mounts;
}

}  // namespace vigie::sys
