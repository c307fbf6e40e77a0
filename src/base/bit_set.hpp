// A set of the bits of an enumeration: which parts of something a caller wants.
#pragma once

#include <bit>
#include <type_traits>

namespace vigie {

/// `Enum` must have one bit per enumerator.
template <class Enum>
class BitSet {
 public:
  constexpr BitSet() = default;
  constexpr BitSet(Enum one) : bits_(static_cast<Bits>(one)) {}  // NOLINT: one bit is a set of one

  [[nodiscard]] constexpr bool has(Enum one) const { return (bits_ & static_cast<Bits>(one)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] friend constexpr BitSet operator|(BitSet a, BitSet b) {
    a.bits_ |= b.bits_;
    return a;
  }
  /// The bits that are in both.
  [[nodiscard]] friend constexpr BitSet operator&(BitSet a, BitSet b) {
    a.bits_ &= b.bits_;
    return a;
  }
  [[nodiscard]] constexpr BitSet without(BitSet other) const {
    BitSet rest = *this;
    rest.bits_ &= ~other.bits_;
    return rest;
  }
  [[nodiscard]] constexpr int size() const { return std::popcount(bits_); }
  friend constexpr bool operator==(BitSet, BitSet) = default;

 private:
  using Bits = std::underlying_type_t<Enum>;
  Bits bits_ = 0;
};

}  // namespace vigie
