// So many at once, and no more. Who is let in holds a Pass, and is out when that is gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace ttq {

class Turnstile {
 public:
  explicit Turnstile(std::size_t places) : free_(places) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;
  ~Turnstile() = default;

  struct GiveBack {
    void operator()(Turnstile* turnstile) const { ++turnstile->free_; }
  };
  /// The turnstile must outlive it; null: nobody is in.
  using Pass = std::unique_ptr<Turnstile, GiveBack>;

  /// Null: all places are taken. From any thread.
  Pass enter() {
    auto free = free_.load();
    while (free > 0) {
      if (free_.compare_exchange_weak(free, free - 1)) return Pass(this);
    }
    return nullptr;
  }

 private:
  std::atomic<std::size_t> free_;
};

}  // namespace ttq
