// NVIDIA's numbers of GPU errors (Xid): what each means, whose fault it is, and which of several is the cause.
#pragma once

#include <span>
#include <string_view>

namespace vigie {

/// Ordered: of several errors the one of the highest kind explains the others.
enum class XidKind : unsigned char {
  follows,   ///< comes after another error and says nothing of its own
  notice,    ///< the card has dealt with it; it decides nothing by itself
  unknown,   ///< a number that is in no list here
  program,   ///< the program on the GPU did it: others may go on
  hardware,  ///< the card, its link or its driver: no program's fault
};

struct Xid {
  unsigned number;
  XidKind kind;
  std::string_view text;  ///< what happened, as the end of "Xid 48: "; empty for a number that is not known
};

/// From NVIDIA's "Xid Errors" guide (docs.nvidia.com/deploy/xid-errors). A number that is not there is of the kind
/// unknown: it hides none that is known.
[[nodiscard]] Xid xid_of(unsigned number);

inline constexpr unsigned xid_taken_off = 45;   ///< a program was taken off the GPU after an earlier error
inline constexpr unsigned xid_contained = 94;   ///< memory was lost in one program alone, which was ended
inline constexpr unsigned xid_no_change = 109;  ///< the GPU did not change from one program to another in time

/// The number alone does not tell whether it did harm: the kernel's log calls NVLink's errors "Nonfatal" or "Fatal".
[[nodiscard]] bool may_be_harmless(unsigned number);

/// The cause among errors in the order of their arrival: the first of the highest kind, because what follows within a
/// burst is its consequence. The span is not empty.
[[nodiscard]] unsigned leading_xid(std::span<const unsigned> numbers);

}  // namespace vigie
