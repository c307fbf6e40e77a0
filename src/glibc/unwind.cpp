// _dl_find_object of 2.35 tells the unwinder of libgcc in which object an address is. Before, it asked
// dl_iterate_phdr(3): slower, and an exception is none of the things that must be fast here.
#include <dlfcn.h>
#include <link.h>

#include <cstdint>

#include "glibc/older.hpp"

namespace {

struct Search {
  std::uintptr_t address;
  dl_find_object* found;
};

int look_at(dl_phdr_info* object, size_t /*size*/, void* data) {
  const auto* search = static_cast<Search*>(data);
  std::uintptr_t begin = UINTPTR_MAX, end = 0;
  void* frames = nullptr;
  bool inside = false;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const std::uintptr_t at = object->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_GNU_EH_FRAME) frames = reinterpret_cast<void*>(at);
    if (part.p_type != PT_LOAD) continue;
    inside = inside || (search->address >= at && search->address - at < part.p_memsz);
    begin = at < begin ? at : begin;
    end = at + part.p_memsz > end ? at + part.p_memsz : end;
  }
  if (!inside || frames == nullptr) return 0;
  search->found->dlfo_flags = 0;
  search->found->dlfo_map_start = reinterpret_cast<void*>(begin);
  search->found->dlfo_map_end = reinterpret_cast<void*>(end);
  search->found->dlfo_link_map = nullptr;
  search->found->dlfo_eh_frame = frames;
  return 1;
}

}  // namespace

VIGIE_OWN int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address), found};
  return ::dl_iterate_phdr(look_at, &search) == 1 ? 0 : -1;
}
