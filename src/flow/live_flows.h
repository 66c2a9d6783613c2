// The flows that have connections right now, by exact process; each lives as long as those.
//
// Bound: a stranger who connects from ever other addresses makes ever new flows. What has no room
// is counted, and its end is not missed.
#pragma once

#include <cassert>
#include <cstdint>
#include <unordered_map>

#include "flow/sighting.h"

namespace ttq {

class LiveFlows {
 public:
  struct Live {
    Owner owner;
    Evidence evidence = Evidence::port;
    std::uint64_t now = 0;
    std::uint64_t pending = 0;
  };

  explicit LiveFlows(std::size_t most) : most_(most) {}

  /// Made if it has to be; null: there is no room.
  Live* stand(const Sighting& seen) {
    const auto found = flows_.find(seen.key);
    if (found != flows_.end()) return &found->second;
    if (flows_.size() >= most_) {
      ++refused_;
      return nullptr;
    }
    return &flows_.emplace(seen.key, Live{seen.owner, seen.evidence}).first->second;
  }

  /// Null: there was no room for it when it was met. REQUIRES: it stood.
  Live* find(const FlowKey& key) {
    const auto found = flows_.find(key);
    assert(found != flows_.end() || refused_ > 0);
    return found == flows_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::uint64_t now(const FlowKey& key) const {
    const auto found = flows_.find(key);
    return found == flows_.end() ? 0 : found->second.now;
  }

  /// Forgets one that has no connection any more.
  void leave(const FlowKey& key) {
    const auto found = flows_.find(key);
    const bool is_over =
        found != flows_.end() && found->second.now == 0 && found->second.pending == 0;
    if (is_over) flows_.erase(found);
  }

  [[nodiscard]] std::uint64_t refused() const { return refused_; }  ///< ever
  [[nodiscard]] auto begin() const { return flows_.begin(); }
  [[nodiscard]] auto end() const { return flows_.end(); }

 private:
  std::size_t most_;
  std::uint64_t refused_ = 0;
  std::unordered_map<FlowKey, Live> flows_;
};

}  // namespace ttq
