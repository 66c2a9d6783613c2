// Port: where windows are kept. RocksDB; a map in tests. One contract, tested against both.
//
// One thread writes (the collector); any number of threads read at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ttq/coverage.h"
#include "ttq/flow.h"
#include "ttq/listener.h"
#include "ttq/result.h"
#include "ttq/time.h"

namespace ttq {

/// What changed in a window since it was last written. A flow or listener that is written again
/// replaces what was there; the coverage replaces the span of the same `since`.
///
/// What merely stands need not be written again. A flow with connections that stand or wait (`now`,
/// `pending`), and a listener that was written as seen at the last look, were seen until the last
/// look of their window, whenever that will have been. Who goes is written again.
struct WindowBatch {
  Window window;
  Time last_look;              ///< when what stands was seen; never goes back within a window
  std::uint64_t counting = 0;  ///< which count of it: one that was met before is told whole again
  std::vector<Flow> flows;
  std::vector<FlowKey> removed;  ///< folded into a flow with `pgid` = many since the last write
  std::vector<Listener> listeners;
  std::optional<Coverage> coverage;
};

/// Absent fields do not narrow.
struct FlowQuery {
  Span span;
  std::optional<Role> role;
  std::optional<Protocol> proto;
  std::optional<std::uint16_t> port;  ///< of the listening endpoint
  std::optional<Address> peer;
  std::optional<std::string> name;  ///< of the process
  std::optional<std::int32_t> pgid;
  std::size_t limit = 10'000;         ///< REQUIRES: > 0
  std::optional<std::string> cursor;  ///< FlowPage::next of the page before
};

/// Whether the query asks for this flow (its span is not looked at).
bool matches(const FlowQuery& query, const Flow& flow);

struct FlowPage {
  std::vector<Flow> flows;          ///< in key order, one for each key: its windows added up
  std::optional<std::string> next;  ///< opaque, printable ASCII; none: this was the last page
};

/// The flows of a page, one after the other, as they were at the moment of the question. What it
/// reads from stays as it was for as long as the reader lives, which costs: do not keep it.
class FlowReader {
 public:
  virtual ~FlowReader() = default;
  /// The next flow, good until the one after it is asked for; null: the page has ended.
  virtual Result<const Flow*> read() = 0;
  /// FlowPage::next. REQUIRES: read() gave null.
  [[nodiscard]] virtual std::optional<std::string> next_page() const = 0;
  /// FlowPage::next of a page that ends with the flow that was read last. REQUIRES: there is one.
  [[nodiscard]] virtual std::string cursor() const = 0;
};

/// Listeners in key order, one for each (endpoint, owner), and FlowPage's `next`.
struct ListenerPage {
  std::vector<Listener> listeners;
  std::optional<std::string> next;
};

struct StoreFigures {
  std::uint64_t bytes = 0;            ///< on disk, with what was set aside
  std::uint64_t max_bytes = 0;        ///< above it the oldest windows are dropped
  std::optional<Time> oldest_window;  ///< none: empty
  std::uint64_t corrupt_records = 0;  ///< met and left out of answers since the store was opened
};

/// How much is kept, and for how long at which resolution.
struct Keeping {
  Duration full_resolution = std::chrono::hours(48);  ///< older windows are folded into hours
  Duration retention = std::chrono::hours(24 * 30);   ///< older ones are dropped
  std::uint64_t max_bytes = 512ULL << 20;             ///< above it the oldest go first
};

class Store {
 public:
  virtual ~Store() = default;

  /// All of the batch or nothing of it, also when the machine stops in the middle. Fault: nothing
  /// of it was kept, so it has to come again, with what is new. REQUIRES: no later window was
  /// written; the window is not longer than an hour.
  virtual Result<void> write(const WindowBatch& batch) = 0;

  /// The flows of every window that overlaps the span. `connections.now` is 0 (and `pending` too)
  /// for a flow that is not in the newest window of the span. Fault for a cursor that is not one of
  /// ours: see is_cursor(). The store must outlive the reader.
  [[nodiscard]] virtual Result<std::unique_ptr<FlowReader>> read_flows(
      const FlowQuery& query) const = 0;
  [[nodiscard]] Result<FlowPage> flows(const FlowQuery& query) const;  ///< the whole page at once
  [[nodiscard]] virtual bool is_cursor(const std::string& text) const = 0;

  /// The listeners of every window that overlaps the span; at most `limit`, which is > 0.
  [[nodiscard]] virtual Result<ListenerPage> listener_page(
      const Span& span, std::size_t limit, const std::optional<std::string>& cursor) const = 0;
  /// All of them at once.
  [[nodiscard]] Result<std::vector<Listener>> listeners(const Span& span) const;
  [[nodiscard]] virtual Result<std::vector<Coverage>> coverage(const Span& span) const = 0;

  /// Folds into hours, drops what is too old or too much: a bounded piece of work after each flush.
  virtual Result<void> maintain(Time now) = 0;

  [[nodiscard]] virtual StoreFigures figures() const = 0;

  /// What keeps the store from being whole, a sentence each, for strangers too: that it was
  /// damaged, or that it cannot be written to. Any thread may ask.
  [[nodiscard]] virtual std::vector<std::string> mishaps() const { return {}; }

  /// Made at random with the store, and kept in it.
  [[nodiscard]] virtual std::string instance() const = 0;
};

}  // namespace ttq
