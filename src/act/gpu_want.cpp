#include "act/gpu_want.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/root.hpp"
#include "base/text.hpp"
#include "sources/gpu/driver_thread.hpp"
#include "sources/gpu/nvml_session.hpp"

namespace vigie::act {
namespace {

/// Whether all of `text` is a number.
bool is_number(std::string_view text, unsigned& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Whether a run can have it, now or when other runs have given it back.
bool can_be_given(const GpuSample& gpu) {
  return gpu.state == GpuState::working || gpu.state == GpuState::asleep;
}

Result<std::string> uuid_of(std::string_view text, std::span<const GpuSample> gpus) {
  unsigned number = 0;
  if (is_number(text, number)) {
    const auto found = std::ranges::find(gpus, number, &GpuSample::index);
    if (found == gpus.end())
      return fail(fmt::format("this host has no GPU {}: `vigie gpu` lists them", number), ErrorKind::no_target);
    if (!can_be_given(*found)) {
      return fail(fmt::format("cannot give it GPU {}: {}; `vigie gpu` says more", number, name_of(found->state)),
                  found->state == GpuState::denied ? ErrorKind::denied : ErrorKind::failed);
    }
    return found->uuid;
  }
  std::vector<std::string> found;
  for (const GpuSample& gpu : gpus) {
    if (gpu.uuid.starts_with(text)) found.push_back(gpu.uuid);
  }
  if (found.size() == 1) return found.front();
  if (found.empty())
    return fail(fmt::format("this host has no GPU {}: `vigie gpu --json` tells their UUIDs", safe_text(text)),
                ErrorKind::no_target);
  return fail(fmt::format("{} GPUs have a UUID that begins with {}", found.size(), safe_text(text)), ErrorKind::usage);
}

}  // namespace

Result<GpuWant> parse_gpus(const std::string& text, std::span<const GpuSample> gpus) {
  GpuWant want;
  if (is_number(text, want.count)) {
    if (want.count == 0)
      return fail("--gpus 0 asks for none: leave it out, or name GPU 0 alone as \"0,\"", ErrorKind::usage);
    const auto usable = static_cast<std::size_t>(std::ranges::count_if(gpus, can_be_given));
    if (want.count > usable) {
      return fail(fmt::format("cannot give it {} GPUs: this host has {}{}", want.count, gpus.size(),
                              usable == gpus.size() ? "" : fmt::format(", of which {} can be used here", usable)));
    }
    return want;
  }
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (one.empty()) return fail("--gpus wants a number, or indices or UUIDs like 0,3", ErrorKind::usage);
    ASSIGN_OR_RETURN(std::string uuid, uuid_of(one, gpus));
    if (std::ranges::find(want.uuids, uuid) == want.uuids.end()) want.uuids.push_back(std::move(uuid));
  }
  if (want.uuids.empty()) return fail("--gpus wants a number, or indices or UUIDs like 0,3", ErrorKind::usage);
  want.count = static_cast<unsigned>(want.uuids.size());
  return want;
}

Result<GpuWant> want_gpus(const std::string& text) {
  Result<Root> root = Root::open("/");
  RETURN_IF_ERROR(root);
  // CUDA's variables choose among NVIDIA's alone.
  gpu::DriverThread driver([root = *root]() -> gpu::DriverPass {
    const auto session = std::make_shared<gpu::nvml::Session>(root, true);
    return [session] { return session->pass(now()); };
  });
  driver.begin();
  const gpu::DriverLook look = driver.take(std::chrono::milliseconds(1800));
  if (look.gpus.empty()) {
    const std::string why = look.reason.empty() ? std::string("the driver knows none") : look.reason;
    return fail("cannot give the run GPUs: " + why,
                look.state == SourceState::denied ? ErrorKind::denied : ErrorKind::failed);
  }
  return parse_gpus(text, look.gpus);
}

}  // namespace vigie::act
