// How a function reports failure: a Result holds a value or an Error whose message is one sentence for the user.
#pragma once

#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace vigie {

/// Why something failed, as far as the caller must tell cases apart. Maps to the exit status of a command.
enum class ErrorKind {
  failed,     ///< the operation failed, or the answer is no (exit 1)
  usage,      ///< the user asked wrongly (exit 2)
  no_target,  ///< the process or run does not exist (exit 3)
  denied,     ///< not permitted (exit 4)
};

/// One failure. `message` says what failed, on what, why and, where it helps, what to do; it has no trailing newline.
struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::failed;
  int errno_value = 0;  ///< errno of the system call behind it, 0 when there was none
};

/// A value or an Error. Must be looked at.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
};

/// `return fail("...")` from any function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> fail(std::string message, ErrorKind kind = ErrorKind::failed) {
  return std::unexpected(Error{std::move(message), kind, 0});
}

/// The kind of failure that an errno stands for: EACCES and EPERM are `denied`, everything else `failed`.
[[nodiscard]] constexpr ErrorKind kind_of_errno(int errno_value) {
  return errno_value == EACCES || errno_value == EPERM ? ErrorKind::denied : ErrorKind::failed;
}

/// "`what`: No such file or directory", with the kind that the errno implies.
[[nodiscard]] inline std::unexpected<Error> fail_errno(std::string_view what, int errno_value) {
  std::string message(what);
  message += ": ";
  message += ::strerror(errno_value);
  return std::unexpected(Error{std::move(message), kind_of_errno(errno_value), errno_value});
}

/// Passes an Error on unchanged.
template <class T>
[[nodiscard]] std::unexpected<Error> pass(Result<T>&& failed) {
  return std::unexpected(std::move(failed).error());
}

/// Says by name that the caller goes on whether something worked or not.
template <class T>
void ignore_error(const Result<T>&) {}

/// The exit status of a command that ended with this kind of failure (see `vigie --help`).
[[nodiscard]] constexpr int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failed: return 1;
    case ErrorKind::usage: return 2;
    case ErrorKind::no_target: return 3;
    case ErrorKind::denied: return 4;
  }
  return 1;
}

}  // namespace vigie

#define VIGIE_JOINED(left, right) left##right
#define VIGIE_NAMED(left, right) VIGIE_JOINED(left, right)
#define VIGIE_ASSIGN_OR_RETURN(result, declaration, ...)              \
  auto result = __VA_ARGS__;                                          \
  if (!result) return ::std::unexpected(::std::move(result).error()); \
  declaration = *::std::move(result)

/// `ASSIGN_OR_RETURN(Root root, Root::open("/"));` declares a variable of a Result's value (or assigns it to one), or
/// returns its Error from the function. Three statements: they need a block of their own.
#define ASSIGN_OR_RETURN(declaration, ...) \
  VIGIE_ASSIGN_OR_RETURN(VIGIE_NAMED(result_of_line_, __LINE__), declaration, __VA_ARGS__)

/// `RETURN_IF_ERROR(prepare());` returns the Error of a Result from the function; a Result that has a name still has
/// its value afterwards.
#define RETURN_IF_ERROR(...)                                         \
  do {                                                               \
    if (auto&& result_of_call = __VA_ARGS__; !result_of_call)        \
      return ::std::unexpected(::std::move(result_of_call).error()); \
  } while (false)
