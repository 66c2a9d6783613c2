// The Intake that has a store: writes what the collector found, and looks after what is kept.
//
// It takes everything over. What the store does not take (a full disk, say) is kept here and
// written with the next batch, for as long as its window is open; after that it is lost, and so is
// its coverage, so that the gap shows.
#pragma once

#include <optional>

#include "ttq/intake.h"
#include "ttracerd/health_board.h"

namespace ttq {

class StoreIntake final : public Intake {
 public:
  /// Both must outlive it.
  StoreIntake(Store& store, HealthBoard& board) : store_(store), board_(board) {}

  Result<void> take(const WindowBatch& batch) override;
  /// Whether something of what was told is in the store.
  [[nodiscard]] bool has_stored() const { return writing_.flushes > writing_.failed_flushes; }
  void post(const Health& health) override { board_.post(health); }
  void post_addresses(const std::vector<Address>& addresses) override { board_.post(addresses); }

 private:
  Result<void> write(const WindowBatch& batch);

  Store& store_;
  HealthBoard& board_;
  std::optional<WindowBatch> unwritten_;
  Writing writing_;
};

/// What `later` says of the same window, put over `earlier`: one batch that says both.
WindowBatch put_over(WindowBatch earlier, const WindowBatch& later);

}  // namespace ttq
