// The release starts where PyTorch's wheels do: with glibc 2.28. It is linked on a system with a newer one, whose
// linker takes the newest version of each symbol. What is defined in this room takes their place, in the program alone:
// symbols that are younger than 2.28, and those that 2.33 and 2.34 moved here from other libraries or gave another
// version (https://sourceware.org/glibc/wiki/Release/2.34). tools/check_portable holds the floor.
#pragma once

/// The version of symbols that every glibc of this architecture has.
#if defined(__x86_64__)
#define VIGIE_FIRST_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define VIGIE_FIRST_GLIBC "GLIBC_2.17"
#else
#error "the first version of glibc for this architecture is not known here: build without VIGIE_OLDER_GLIBC"
#endif

/// A name for the first version of a function of glibc.
#define VIGIE_FIRST_VERSION(alias, name) __asm__(".symver " #alias "," #name "@" VIGIE_FIRST_GLIBC)

/// Defined for the program alone: a library that it loads (NVML) is bound to glibc's.
#define VIGIE_OWN extern "C" __attribute__((visibility("hidden")))
