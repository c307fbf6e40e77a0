// __libc_start_main of 2.34 runs the program's constructors itself. The one of before is told how by crt1.o, and a
// crt1.o of 2.34 does not tell any more.
#include "glibc/older.hpp"

namespace {

using Main = int (*)(int, char**, char**);
using Start = void (*)(int, char**, char**);

}  // namespace

extern "C" {

int first_libc_start_main(Main main, int argc, char** argv, Start init, void (*fini)(), void (*rtld_fini)(),
                          void* stack_end);
VIGIE_FIRST_VERSION(first_libc_start_main, __libc_start_main);

void _init();
extern Start __init_array_start[] __attribute__((visibility("hidden")));
extern Start __init_array_end[] __attribute__((visibility("hidden")));

}  // extern "C"

namespace {

/// As __libc_csu_init of glibc 2.33 (csu/elf-init.c); destructors are the dynamic linker's to run.
void run_constructors(int argc, char** argv, char** environment) {
  _init();
  for (Start* constructor = __init_array_start; constructor != __init_array_end; ++constructor)
    (*constructor)(argc, argv, environment);
}

}  // namespace

VIGIE_OWN int __libc_start_main(Main main, int argc, char** argv, Start /*init*/, void (*fini)(), void (*rtld_fini)(),
                                void* stack_end) {
  return first_libc_start_main(main, argc, argv, run_constructors, fini, rtld_fini, stack_end);
}
