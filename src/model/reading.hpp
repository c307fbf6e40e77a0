// A value that may not be known, and why. Absent is not zero; denied is not absent.
#pragma once

#include <cstdint>
#include <memory>
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

/// A Reading whose value lies elsewhere: 16 bytes where few have the value or few ask for it, and there are many.
template <class T>
class SparseReading {
 public:
  SparseReading() = default;
  SparseReading(Presence absent) : presence_(absent) {}  // NOLINT: `return Presence::denied;`
  SparseReading(T value)
      : value_(std::make_unique<T>(std::move(value))), presence_(Presence::known) {}  // NOLINT: as a Reading
  SparseReading(Reading<T> reading) : presence_(reading.presence()) {                 // NOLINT: the same, elsewhere
    if (reading) value_ = std::make_unique<T>(std::move(*reading));
  }
  SparseReading(const SparseReading& other) : presence_(other.presence_) {
    if (other.value_) value_ = std::make_unique<T>(*other.value_);
  }
  SparseReading(SparseReading&&) noexcept = default;
  SparseReading& operator=(SparseReading other) noexcept {
    value_ = std::move(other.value_);
    presence_ = other.presence_;
    return *this;
  }
  ~SparseReading() = default;
  operator Reading<T>() const {  // NOLINT: the same, in place
    if (!value_) return presence_;
    return presence_ == Presence::stale ? Reading<T>::stale(*value_) : Reading<T>(*value_);
  }

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  [[nodiscard]] explicit operator bool() const { return has_value(); }
  [[nodiscard]] Presence presence() const { return presence_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T* operator->() const { return value_.get(); }
  [[nodiscard]] T value_or(const T& other) const { return value_ ? *value_ : other; }

  friend bool operator==(const SparseReading& a, const SparseReading& b) {
    return a.presence_ == b.presence_ && (a.value_ == nullptr) == (b.value_ == nullptr) &&
           (a.value_ == nullptr || *a.value_ == *b.value_);
  }

 private:
  std::unique_ptr<T> value_;
  Presence presence_ = Presence::not_read;
};

}  // namespace vigie
