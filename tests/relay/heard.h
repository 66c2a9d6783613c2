// An Intake that remembers what it was told.
#pragma once

#include <vector>

#include "ttq/intake.h"

namespace ttq::test {

struct Heard : Intake {
  Result<void> take(const WindowBatch& batch) override {
    batches.push_back(batch);
    return {};
  }
  void post(const Health& health) override { healths.push_back(health); }
  void post_addresses(const std::vector<Address>& told) override { addresses = told; }

  std::vector<WindowBatch> batches;
  std::vector<Health> healths;
  std::vector<Address> addresses;
};

inline bool same(const WindowBatch& a, const WindowBatch& b) {
  return a.window == b.window && a.last_look == b.last_look && a.flows == b.flows &&
         a.removed == b.removed && a.listeners == b.listeners && a.coverage == b.coverage;
}

}  // namespace ttq::test
