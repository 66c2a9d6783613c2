// Port: where the collector's findings go. The store itself where there is one process; a socket to
// the process that has the store; a list in tests.
#pragma once

#include <vector>

#include "ttq/address.h"
#include "ttq/health.h"
#include "ttq/result.h"
#include "ttq/store.h"

namespace ttq {

class Intake {
 public:
  virtual ~Intake() = default;

  /// All of the batch is taken over, or nothing: then it is told again with the next one.
  virtual Result<void> take(const WindowBatch& batch) = 0;

  // What cannot be taken now is lost: the next tick knows better.

  virtual void post(const Health& health) = 0;
  /// Of this host, as Host has them.
  virtual void post_addresses(const std::vector<Address>& addresses) = 0;
};

}  // namespace ttq
