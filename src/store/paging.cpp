#include "store/paging.h"

#include <cassert>

#include "base/text.h"
#include "store/keys.h"

namespace ttq {

std::optional<std::string> parse_cursor(const std::string& text) {
  auto series = from_hex(text);
  if (!series || !decode_flow_series(*series)) return std::nullopt;
  return series;
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

}  // namespace ttq
