#include "load/work.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/fd.hpp"
#include "base/file.hpp"

namespace vigie::load {
namespace {

double clock_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

constexpr std::size_t page = 4096;  // the least that Linux has: larger ones are written to more than once

}  // namespace

void compute_for(double cpu_seconds) {
  const double end = clock_seconds(CLOCK_THREAD_CPUTIME_ID) + cpu_seconds;
  volatile double value = 1;
  while (clock_seconds(CLOCK_THREAD_CPUTIME_ID) < end) {
    double x = value;
    for (int i = 0; i < 20'000; ++i) x = x * 1.0000001 + 1e-9;
    value = x;
  }
}

double cpu_seconds() {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

Pages::Pages(std::size_t bytes) {
  void* const start =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  ::madvise(start, bytes, MADV_NOHUGEPAGE);  // only pages that were written to are taken
  start_ = static_cast<unsigned char*>(start);
  bytes_ = bytes;
}

Pages::Pages(int fd, std::size_t bytes) {
  void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED) return;
  start_ = static_cast<unsigned char*>(start);
  bytes_ = bytes;
}

Pages::Pages(Pages&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(start_, other.start_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Pages::~Pages() {
  if (start_ != nullptr) ::munmap(start_, bytes_);
}

void Pages::write(std::size_t from, std::size_t length) {
  const std::size_t end = std::min(bytes_, from + length);
  // Different in each page, so that nothing merges them.
  for (std::size_t at = from; at < end; at += page) *reinterpret_cast<volatile std::size_t*>(start_ + at) = at + 1;
}

void be_killed_first() {
  const Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file) (void)write_all(file.get(), "1000");
}

}  // namespace vigie::load
