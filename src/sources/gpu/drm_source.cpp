#include "sources/gpu/drm_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/directory.hpp"
#include "base/fd.hpp"
#include "sources/gpu/drm_cards.hpp"
#include "sources/gpu/fdinfo.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu {
namespace {

GpuSample* find_card(std::vector<GpuSample>& gpus, std::size_t first, const std::string& pci) {
  const auto found = std::find_if(gpus.begin() + static_cast<std::ptrdiff_t>(first), gpus.end(),
                                  [&](const GpuSample& gpu) { return gpu.pci == pci; });
  return found == gpus.end() ? nullptr : &*found;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The clients of DRM devices that one process has open, each once.
std::vector<FdInfo> clients_of(const Root& root, const std::string& pid) {
  std::vector<FdInfo> clients;
  for (const std::string& fd : names_in(root.proc(), pid + "/fd", "")) {
    std::array<char, 32> target{};
    const ssize_t length =
        ::readlinkat(root.proc(), fmt::format("{}/fd/{}", pid, fd).c_str(), target.data(), target.size());
    if (length <= 0 || !std::string_view(target.data(), static_cast<std::size_t>(length)).starts_with("/dev/dri/"))
      continue;
    const Reading<std::string> text = read_text(root.proc(), fmt::format("{}/fdinfo/{}", pid, fd));
    if (!text) continue;
    std::optional<FdInfo> info = parse_fdinfo(*text);
    if (!info) continue;
    const bool known = std::ranges::any_of(
        clients, [&](const FdInfo& one) { return one.client == info->client && one.pci == info->pci; });
    if (!known) clients.push_back(std::move(*info));
  }
  return clients;
}

GpuClient& client_of(GpuSample& gpu, pid_t pid, GpuWork work) {
  if (!gpu.clients) gpu.clients = std::vector<GpuClient>();
  std::vector<GpuClient>& clients = *gpu.clients;
  const auto found = std::ranges::find(clients, pid, &GpuClient::pid);
  if (found != clients.end()) {
    if (work == GpuWork::compute) found->work = work;
    return *found;
  }
  GpuClient client{.pid = pid, .work = work};
  client.memory_bytes = Presence::unsupported;
  client.busy_percent = client.memory_busy_percent = Presence::unsupported;
  return clients.emplace_back(std::move(client));
}

/// PCI address of a node of kfd's topology: location_id is bus, device and function.
std::string pci_of_node(std::string_view properties) {
  const std::uint64_t location = number_in(value_of(properties, "location_id", ' '));
  const std::uint64_t domain = number_in(value_of(properties, "domain", ' '));
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", domain, location >> 8U & 0xffU, location >> 3U & 0x1fU,
                     location & 7U);
}

struct Node {
  std::string pci;
  std::uint64_t compute_units = 0;  ///< 0: not told
};

Node node_of(std::string_view properties) {
  const std::uint64_t simds = number_in(value_of(properties, "simd_count", ' '));
  const std::uint64_t each = number_in(value_of(properties, "simd_per_cu", ' '));
  return {.pci = pci_of_node(properties), .compute_units = each > 0 ? simds / each : 0};
}

/// Compute clients of ROCm, which fdinfo does not show on every kernel (ABI/testing/sysfs-class-kfd).
void add_kfd(const Root& root, std::vector<GpuSample>& gpus, std::size_t first) {
  const std::string nodes = "class/kfd/kfd/topology/nodes";
  std::map<std::string, Node> node_of_gpu;
  for (const std::string& node : names_in(root.sys(), nodes, "")) {
    const Reading<std::string> id = read_text(root.sys(), fmt::format("{}/{}/gpu_id", nodes, node));
    const Reading<std::string> properties = read_text(root.sys(), fmt::format("{}/{}/properties", nodes, node));
    if (id && properties && number_in(*id) != 0) node_of_gpu[id->substr(0, id->find('\n'))] = node_of(*properties);
  }
  for (const std::string& pid : names_in(root.sys(), "class/kfd/kfd/proc", "")) {
    if (!is_number(pid) || pid.size() > 9) continue;
    for (const auto& [id, node] : node_of_gpu) {
      const std::string process = "class/kfd/kfd/proc/" + pid;
      const Reading<std::uint64_t> vram = read_number(root.sys(), fmt::format("{}/vram_{}", process, id));
      GpuSample* const gpu = find_card(gpus, first, node.pci);
      if (gpu == nullptr || !vram) continue;
      // A ROCm process has an entry for every GPU, used or not.
      if (*vram == 0) continue;
      GpuClient& client = client_of(*gpu, static_cast<pid_t>(number_in(pid)), GpuWork::compute);
      client.memory_bytes = std::max(client.memory_bytes.value_or(0), *vram);
      const auto units = read_number(root.sys(), fmt::format("{}/stats_{}/cu_occupancy", process, id));
      if (units && node.compute_units > 0) {
        client.busy_percent =
            std::min(100.0, 100.0 * static_cast<double>(*units) / static_cast<double>(node.compute_units));
      }
    }
  }
}

GpuWork work_of(const FdInfo& info) {
  const bool computes = std::ranges::any_of(info.engines, [](const EngineUse& use) {
    return (use.engine == "compute" || use.engine == "ccs") && use.used > 0;
  });
  return computes ? GpuWork::compute : GpuWork::graphics;
}

/// A client's memory: on a card without its own also its part of the host's. A driver that names no memory of the card
/// has none to name: its GPU is in the processor.
std::optional<std::uint64_t> memory_of(const FdInfo& info, const GpuSample& gpu) {
  const bool shared = gpu.shared_memory || !info.vram_bytes;
  if (!shared || !info.host_bytes) return info.vram_bytes;
  return info.vram_bytes.value_or(0) + *info.host_bytes;
}

}  // namespace

std::uint64_t DrmSource::steady(const std::string& pci, std::uint64_t client, const EngineUse& use,
                                std::map<Engine, std::uint64_t>& now) const {
  Engine key{pci, client, use.engine};
  const auto before = most_.find(key);
  const std::uint64_t most = before == most_.end() ? use.used : std::max(before->second, use.used);
  now.insert_or_assign(std::move(key), most);
  return most;
}

void DrmSource::add_clients(std::vector<GpuSample>& gpus, std::size_t first) {
  std::map<Engine, std::uint64_t> current;
  for (const std::string& pid : names_in(root_.proc(), ".", "")) {
    if (!is_number(pid) || pid.size() > 9) continue;
    for (const FdInfo& info : clients_of(root_, pid)) {
      GpuSample* const gpu = find_card(gpus, first, info.pci);
      if (gpu == nullptr) continue;
      GpuClient& client = client_of(*gpu, static_cast<pid_t>(number_in(pid)), work_of(info));
      if (const auto bytes = memory_of(info, *gpu)) client.memory_bytes = client.memory_bytes.value_or(0) + *bytes;
      for (EngineUse use : info.engines) {
        use.used = steady(info.pci, info.client, use, current);
        const auto same = std::ranges::find(client.engines, use.engine, &EngineUse::engine);
        if (same == client.engines.end()) {
          client.engines.push_back(std::move(use));
        } else {
          same->used += use.used;
        }
      }
    }
  }
  most_ = std::move(current);
}

double DrmSource::sample(std::vector<GpuSample>& gpus) {
  const Instant begin = now();
  const std::size_t first = gpus.size();
  std::vector<GpuSample> cards = read_cards(root_);
  if (cards.empty()) return seconds_between(begin, now());
  gpus.insert(gpus.end(), std::make_move_iterator(cards.begin()), std::make_move_iterator(cards.end()));
  for (std::size_t at = first; at < gpus.size(); ++at) {
    if (gpus[at].state == GpuState::working) gpus[at].clients = std::vector<GpuClient>();
  }
  add_clients(gpus, first);
  add_kfd(root_, gpus, first);
  for (std::size_t at = first; at < gpus.size(); ++at) {
    if (gpus[at].clients) std::ranges::sort(*gpus[at].clients, {}, &GpuClient::pid);
  }
  return seconds_between(begin, now());
}

}  // namespace vigie::gpu
