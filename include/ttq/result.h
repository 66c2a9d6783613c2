// Result<T>: a value, or the Fault that kept us from having it.
//
// Only *faults* travel this way: things that should work and did not (a disk, a socket, the
// kernel). A *condition* that is part of normal life (a pid that is gone, a peer that refuses) is
// in the return type of whoever meets it: an optional, an enum, a gap. A *bug* is an assert.
//
// The surface is that of std::expected<T, Fault>, which clang before 19 cannot compile against
// libstdc++; when the oldest supported compilers can, this file becomes an alias.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ttq {

/// What went wrong, outermost context first: "open store /var/lib/x: lock file: Permission denied".
struct Fault {
  std::string message;

  /// The same fault, told by a caller who knows what was being attempted.
  [[nodiscard]] Fault in(std::string_view context) const {
    return Fault{std::string(context) + ": " + message};
  }
};

/// A fault that the system reported. Reads `errno` once, where it arose: call it before anything
/// else.
Fault errno_fault(std::string_view what);
/// The same, for calls that return the error number (netlink, pthread).
Fault errno_fault(std::string_view what, int error_number);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Fault fault) : fault_(std::move(fault)) {}

  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }

  /// REQUIRES: has_value().
  T& value() & {
    assert(has_value());
    return *value_;
  }
  const T& value() const& {
    assert(has_value());
    return *value_;
  }
  T&& value() && {
    assert(has_value());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !has_value().
  [[nodiscard]] const Fault& error() const {
    assert(!has_value());
    return fault_;
  }

 private:
  std::optional<T> value_;
  Fault fault_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Fault fault) : fault_(std::move(fault)), failed_(true) {}

  [[nodiscard]] bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] const Fault& error() const {
    assert(failed_);
    return fault_;
  }

 private:
  Fault fault_;
  bool failed_ = false;
};

}  // namespace ttq
