// A Store in memory: for tests, and for a daemon that looks only once. It keeps the whole contract,
// folding and limits included, and nothing of it outlives the process.
#pragma once

#include <map>
#include <shared_mutex>

#include "ttq/store.h"

namespace ttq {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Keeping keeping = {});

  Result<void> write(const WindowBatch& batch) override;
  [[nodiscard]] Result<std::unique_ptr<FlowReader>> read_flows(
      const FlowQuery& query) const override;
  [[nodiscard]] bool is_cursor(const std::string& text) const override;
  [[nodiscard]] Result<ListenerPage> listener_page(
      const Span& span, std::size_t limit, const std::optional<std::string>& cursor) const override;
  [[nodiscard]] Result<std::vector<Coverage>> coverage(const Span& span) const override;
  Result<void> maintain(Time now) override;
  [[nodiscard]] StoreFigures figures() const override;  ///< bytes: an estimate
  [[nodiscard]] std::string instance() const override { return instance_; }

 private:
  /// A record of one window, and whether what it tells of stands: then it was seen until the
  /// window's last look, whenever that will have been.
  template <class Record>
  struct Entry {
    Record record;
    bool stands = false;
  };
  template <class Record>
  using Windows = std::map<Window, Entry<Record>>;
  /// By the bytes of the key, so that both stores have one order.
  template <class Record>
  using Series = std::map<std::string, Windows<Record>>;

  template <class Record>
  Record resolved(const Window& window, const Entry<Record>& entry) const;
  template <class Record>
  std::optional<Record> add_up(const Windows<Record>& windows, const Span& span,
                               const Window& newest) const;
  template <class Record>
  void fold(Series<Record>& series, const Window& whole_hour, const Window& newest);
  template <class Record>
  static void drop_before(Series<Record>& series, Time floor);

  [[nodiscard]] std::optional<Window> newest_in(const Span& span) const;
  [[nodiscard]] std::vector<Window> windows() const;
  [[nodiscard]] std::uint64_t bytes() const;
  void fold_hours(Time now);
  void drop_past(Time now);
  void drop_excess();
  void raise_floor(Time floor);

  const Keeping keeping_;
  const std::string instance_;
  mutable std::shared_mutex mutex_;  ///< guards what follows
  Time floor_;
  std::map<Window, Time> windows_;  ///< with their last looks
  std::map<Time, Coverage> coverage_;
  Series<Listener> listeners_;
  Series<Flow> flows_;
};

}  // namespace ttq
