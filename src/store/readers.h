// Readers: who is reading from the database. Its owner closes it only when nobody is, and does not
// wait for that: an answer may take as long as its reader does.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace ttq {

class Readers {
 public:
  /// Somebody who reads, for as long as it lives. May be passed to another thread.
  class Pass {
   public:
    explicit Pass(Readers& readers) : readers_(&readers) {}
    Pass(Pass&& other) noexcept : readers_(std::exchange(other.readers_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() {
      if (readers_ != nullptr) readers_->leave();
    }

   private:
    Readers* readers_;
  };

  /// None: it is closed.
  std::optional<Pass> enter() {
    const std::scoped_lock lock(mutex_);
    if (is_closed_) return std::nullopt;
    ++inside_;
    return std::optional<Pass>(std::in_place, *this);
  }
  /// Lets nobody in any more. False: somebody is inside still.
  bool close() {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    return inside_ == 0;
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    is_closed_ = false;
  }

 private:
  void leave() {
    const std::scoped_lock lock(mutex_);
    --inside_;
  }

  std::mutex mutex_;
  int inside_ = 0;
  bool is_closed_ = false;
};

}  // namespace ttq
