#include "sources/gpu/nvidia_cards.hpp"

#include <string_view>

#include "base/directory.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu::nvml {
namespace {

/// The value of a line "GPU UUID: \t GPU-...".
std::string value_in(std::string_view text, std::string_view key) {
  std::string_view value = value_of(text, key, ':');
  const std::size_t first = value.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string() : std::string(value.substr(first));
}

}  // namespace

std::vector<std::string> nvidia_cards(const Root& root) {
  const std::string bus = "bus/pci/devices";
  std::vector<std::string> cards;
  if (root.sys() < 0) return cards;
  for (const std::string& address : names_in(root.sys(), bus, "")) {
    const Reading<std::string> vendor = read_text(root.sys(), bus + "/" + address + "/vendor");
    if (!vendor || !vendor->starts_with("0x10de")) continue;
    const Reading<std::string> kind = read_text(root.sys(), bus + "/" + address + "/class");
    if (kind && kind->starts_with("0x03")) cards.push_back(address);
  }
  return cards;
}

CardIdentity identity_of(const Root& root, const std::string& pci) {
  CardIdentity card{.pci = pci, .name = {}, .uuid = {}};
  const Reading<std::string> told = read_text(root.proc(), "driver/nvidia/gpus/" + pci + "/information");
  if (!told) return card;
  card.name = value_in(*told, "Model");
  card.uuid = value_in(*told, "GPU UUID");
  if (card.uuid.find('?') != std::string::npos) card.uuid.clear();  // of a card that was never opened
  return card;
}

}  // namespace vigie::gpu::nvml
