#include "store/paging.h"

#include <cassert>

#include "base/text.h"
#include "store/keys.h"

namespace ttq {

std::optional<std::string> parse_cursor(const std::string& text) {
  auto series = from_hex(text);
  if (!series) return std::nullopt;
  const bool is_ours = decode_flow_series(*series) || decode_listener_series(*series);
  return is_ours ? series : std::nullopt;
}

Fault bad_cursor() { return {"the cursor is not one that this store gave"}; }

bool add_to_page(FlowPage& page, const FlowQuery& query, Flow flow) {
  assert(query.limit > 0);
  if (!matches(query, flow)) return true;
  if (page.flows.size() == query.limit) {
    page.next = to_hex(flow_series(page.flows.back().key));
    return false;
  }
  page.flows.push_back(std::move(flow));
  return true;
}

bool add_to_page(ListenerPage& page, std::size_t limit, Listener listener) {
  assert(limit > 0);
  if (page.listeners.size() == limit) {
    page.next = to_hex(listener_series(page.listeners.back()));
    return false;
  }
  page.listeners.push_back(std::move(listener));
  return true;
}

}  // namespace ttq
