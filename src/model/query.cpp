#include <limits>

#include "ttq/store.h"

namespace ttq {

bool matches(const FlowQuery& query, const Flow& flow) {
  const FlowKey& key = flow.key;
  if (query.role && key.role != *query.role) return false;
  if (query.proto && key.listen.proto != *query.proto) return false;
  if (query.port && key.listen.port != *query.port) return false;
  if (query.peer && key.peer() != *query.peer) return false;
  const auto& process = flow.owner.process;
  if (query.name && !(process && process->name == *query.name)) return false;
  if (query.pgid && !(process && process->pgid == query.pgid)) return false;
  return true;
}

Result<FlowPage> Store::flows(const FlowQuery& query) const {
  auto reader = read_flows(query);
  if (!reader) return reader.error();
  FlowPage page;
  for (;;) {
    const auto flow = (*reader)->read();
    if (!flow) return flow.error();
    if (*flow == nullptr) break;
    page.flows.push_back(**flow);
  }
  page.next = (*reader)->next_page();
  return page;
}

Result<std::vector<Listener>> Store::listeners(const Span& span) const {
  auto page = listener_page(span, std::numeric_limits<std::size_t>::max(), std::nullopt);
  if (!page) return page.error();
  return std::move(page->listeners);
}

}  // namespace ttq
