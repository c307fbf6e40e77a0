// Values as bytes and back: what a recording is made of. docs/recording.md describes the format.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

[[nodiscard]] constexpr Presence last_of(Presence) {
  return Presence::went_backwards;
}

}  // namespace vigie

namespace vigie::wire {

/// A struct that says what it consists of: `members(value)` is a tie of its members. Members are only ever added, at
/// the end: a reader that does not know them skips them, and a member that an older vigie did not write keeps its
/// default.
template <class T>
concept Described = requires(T& value) { members(value); };

/// `members` of a struct and of a const struct are one function.
template <class T, class Struct>
concept Is = std::same_as<std::remove_const_t<T>, Struct>;

/// An enumeration that says what its largest value is: a larger one is damage.
template <class E>
concept Bounded = std::is_enum_v<E> && requires(E value) { last_of(value); };

/// Appends values to a string.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  void put(bool value) { out_.push_back(value ? '\1' : '\0'); }
  void put(char value) { out_.push_back(value); }
  void put(double value) {
    const auto bits = std::bit_cast<std::array<char, sizeof value>>(value);  // little-endian, as every host of vigie
    out_.append(bits.data(), bits.size());
  }
  void put(const std::string& value) {
    put(static_cast<std::uint64_t>(value.size()));
    out_ += value;
  }

  template <std::unsigned_integral T>
  void put(T value) {
    std::uint64_t rest = value;
    for (; rest >= 0x80; rest >>= 7) out_.push_back(static_cast<char>(rest | 0x80));
    out_.push_back(static_cast<char>(rest));
  }

  template <std::signed_integral T>
  void put(T value) {  // small numbers are short, negative ones too
    const std::int64_t wide = std::int64_t{1} * value;
    put((static_cast<std::uint64_t>(wide) << 1) ^ static_cast<std::uint64_t>(wide >> 63));
  }

  template <Bounded T>
  void put(T value) {
    put(static_cast<std::uint64_t>(value));
  }

  template <std::size_t size>
  void put(const char (&text)[size]) {  // a name ended by NUL
    put(std::string(text, ::strnlen(text, size)));
  }

  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) put(value);
  }

  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }

  template <class T>
  void put(const Reading<T>& reading) {
    put(reading.presence());
    if (reading) put(*reading);
  }

  template <class T>
  void put(const SparseReading<T>& reading) {
    put(reading.presence());
    if (reading) put(*reading);
  }

  template <Described T>
  void put(const T& value) {
    const std::size_t begin = out_.size();
    std::apply([this](const auto&... member) { (this->put(member), ...); }, members(value));
    std::string length;
    Encoder(length).put(static_cast<std::uint64_t>(out_.size() - begin));
    out_.insert(begin, length);
  }

 private:
  std::string& out_;
};

/// Takes values off bytes that may be anything. Every `get` says whether there was such a value; the output of a failed
/// one must not be used.
class Decoder {
 public:
  /// `budget` bytes of memory at most are made of the input.
  explicit Decoder(std::string_view in, std::size_t budget) : rest_(in), budget_(budget) {}

  [[nodiscard]] bool get(bool& value) {
    char byte = 0;
    if (!get(byte)) return false;
    value = byte != '\0';
    return true;
  }
  [[nodiscard]] bool get(char& value) {
    if (rest_.empty()) return false;
    value = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool get(double& value) {
    std::array<char, sizeof value> bits{};
    if (rest_.size() < bits.size()) return false;
    std::memcpy(bits.data(), rest_.data(), bits.size());
    rest_.remove_prefix(bits.size());
    value = std::bit_cast<double>(bits);
    return true;
  }
  [[nodiscard]] bool get(std::string& value) {
    std::string_view text;
    if (!take(text) || !spend(text.size())) return false;
    value = text;
    return true;
  }

  template <std::unsigned_integral T>
  [[nodiscard]] bool get(T& value) {
    std::uint64_t wide = 0;
    if (!get_wide(wide) || wide > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(wide);
    return true;
  }

  template <std::signed_integral T>
  [[nodiscard]] bool get(T& value) {
    std::uint64_t folded = 0;
    if (!get_wide(folded)) return false;
    const auto wide = static_cast<std::int64_t>((folded >> 1) ^ (~(folded & 1) + 1));
    if (!std::in_range<T>(wide)) return false;
    value = static_cast<T>(wide);
    return true;
  }

  template <Bounded T>
  [[nodiscard]] bool get(T& value) {
    std::uint64_t wide = 0;
    if (!get_wide(wide) || wide > static_cast<std::uint64_t>(last_of(T{}))) return false;
    value = static_cast<T>(wide);
    return true;
  }

  template <std::size_t size>
  [[nodiscard]] bool get(char (&text)[size]) {
    std::string_view read;
    if (!take(read) || read.size() >= size) return false;
    std::memset(text, 0, size);
    std::memcpy(text, read.data(), read.size());
    return true;
  }

  template <class T>
  [[nodiscard]] bool get(std::vector<T>& values) {
    std::uint64_t count = 0;
    if (!get_wide(count) || count > rest_.size() || !spend(count * sizeof(T))) return false;
    values.clear();
    values.reserve(count);
    for (; count > 0; --count) {
      if (!get(values.emplace_back())) return false;
    }
    return true;
  }

  template <class T>
  [[nodiscard]] bool get(std::optional<T>& value) {
    bool there = false;
    if (!get(there)) return false;
    value.reset();
    return !there || get(value.emplace());
  }

  template <class T>
  [[nodiscard]] bool get(Reading<T>& reading) {
    Presence presence = Presence::unknown;
    if (!get(presence)) return false;
    reading = presence;
    if (presence != Presence::known && presence != Presence::stale) return true;
    T value{};
    if (!get(value)) return false;
    reading = presence == Presence::stale ? Reading<T>::stale(std::move(value)) : Reading<T>(std::move(value));
    return true;
  }

  template <class T>
  [[nodiscard]] bool get(SparseReading<T>& reading) {
    Reading<T> plain;
    if (!get(plain) || !spend(sizeof(T))) return false;
    reading = std::move(plain);
    return true;
  }

  template <Described T>
  [[nodiscard]] bool get(T& value) {
    std::string_view content;
    if (!take(content) || content.empty()) return false;
    const std::string_view after = std::exchange(rest_, content);
    const auto next = [this](auto& member) { return rest_.empty() || this->get(member); };
    const bool whole = std::apply([&](auto&... member) { return (next(member) && ...); }, members(value));
    rest_ = after;
    return whole;
  }

 private:
  [[nodiscard]] bool get_wide(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return false;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  /// A length and so many bytes.
  [[nodiscard]] bool take(std::string_view& bytes) {
    std::uint64_t length = 0;
    if (!get_wide(length) || length > rest_.size()) return false;
    bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

  [[nodiscard]] bool spend(std::size_t bytes) {
    if (bytes > budget_) return false;
    budget_ -= bytes;
    return true;
  }

  std::string_view rest_;
  std::size_t budget_;
};

}  // namespace vigie::wire
