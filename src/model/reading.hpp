// A value that may not be known, and why. Absent is not zero; denied is not absent.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace vigie {

/// What is known of a value.
enum class Presence : std::uint8_t {
  known,           ///< read, and current
  stale,           ///< an older value: the source did not answer in time
  unknown,         ///< could not be read, no better reason known (the process vanished midway, a field was garbage)
  denied,          ///< the kernel refused: more privilege would make it known
  unsupported,     ///< this kernel, driver or file tree does not have it
  not_read,        ///< nobody asked for it
  first_sight,     ///< a rate needs two looks, this was the first
  went_backwards,  ///< a counter decreased: reset or wrapped, no rate for this interval
};

[[nodiscard]] constexpr std::string_view name_of(Presence presence) {
  switch (presence) {
    case Presence::known: return "known";
    case Presence::stale: return "stale";
    case Presence::unknown: return "unknown";
    case Presence::denied: return "denied";
    case Presence::unsupported: return "unsupported";
    case Presence::not_read: return "not read";
    case Presence::first_sight: return "first sight";
    case Presence::went_backwards: return "counter went backwards";
  }
  return "unknown";
}

/// The reason an errno of a read stands for: EACCES and EPERM denied, ENOENT unsupported where the process is known to
/// be there (callers map it themselves when it may have vanished), anything else unknown.
[[nodiscard]] Presence presence_of_errno(int errno_value);

/// A value with its presence. Reading the value of an absent Reading is a bug; ask has_value() first.
template <class T>
class Reading {
 public:
  Reading() = default;
  Reading(T value)
      : value_(std::move(value)), presence_(Presence::known) {}  // NOLINT: a plain value is a known reading
  Reading(Presence absent) : presence_(absent) {}                // NOLINT: `return Presence::denied;`

  static Reading stale(T value) {
    Reading reading(std::move(value));
    reading.presence_ = Presence::stale;
    return reading;
  }

  [[nodiscard]] bool has_value() const { return presence_ == Presence::known || presence_ == Presence::stale; }
  [[nodiscard]] explicit operator bool() const { return has_value(); }
  [[nodiscard]] Presence presence() const { return presence_; }
  [[nodiscard]] const T& operator*() const { return value_; }
  [[nodiscard]] T& operator*() { return value_; }
  [[nodiscard]] const T* operator->() const { return &value_; }
  [[nodiscard]] T value_or(const T& other) const { return has_value() ? value_ : other; }

  friend bool operator==(const Reading&, const Reading&) = default;

 private:
  T value_{};
  Presence presence_ = Presence::not_read;
};

}  // namespace vigie
