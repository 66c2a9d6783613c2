// A Store in front of another, that does something of its own with what is written.
#pragma once

#include "ttq/store.h"

namespace ttq::test {

class StoreInFront : public Store {
 public:
  explicit StoreInFront(Store& store) : store_(store) {}

  Result<void> write(const WindowBatch& batch) override { return store_.write(batch); }
  [[nodiscard]] Result<std::unique_ptr<FlowReader>> read_flows(
      const FlowQuery& query) const override {
    return store_.read_flows(query);
  }
  [[nodiscard]] bool is_cursor(const std::string& text) const override {
    return store_.is_cursor(text);
  }
  [[nodiscard]] Result<ListenerPage> listener_page(
      const Span& span, std::size_t limit,
      const std::optional<std::string>& cursor) const override {
    return store_.listener_page(span, limit, cursor);
  }
  [[nodiscard]] Result<std::vector<Coverage>> coverage(const Span& span) const override {
    return store_.coverage(span);
  }
  Result<void> maintain(Time now) override { return store_.maintain(now); }
  [[nodiscard]] StoreFigures figures() const override { return store_.figures(); }
  [[nodiscard]] std::string instance() const override { return store_.instance(); }

 private:
  Store& store_;
};

}  // namespace ttq::test
