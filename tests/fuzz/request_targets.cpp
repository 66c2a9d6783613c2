// What stands behind GET: paths, parameters, cursors; asked of a store as far as they can be.
#include "api/parameters.h"
#include "api/request_target.h"
#include "fuzz.h"
#include "small_store.h"

using namespace ttq;

namespace {

void ask(const Store& store, const FlowQuery& query) {
  if (query.cursor && !store.is_cursor(*query.cursor)) return;
  const auto page = store.flows(query);
  fuzz::require(page.has_value(), "a question that is allowed is answered");
  fuzz::require(page->flows.size() <= query.limit, "a page is no longer than its limit");
  for (const Flow& flow : page->flows) {
    fuzz::require(matches(query, flow), "nothing is answered but what was asked for");
  }
  fuzz::require(!page->next || store.is_cursor(*page->next), "the next page can be asked for");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  static const auto store = small_store();
  const auto target = parse_request_target(bytes);
  if (!target) return;
  require(target->path.starts_with('/'), "a path begins with a slash");
  const auto question = parse_question(flow_parameters(), target->parameters, noon());
  if (!question) return;
  require(!question->query.span.empty(), "the span of a question is not empty");
  require(question->query.limit >= 1 && question->query.limit <= max_limit, "a limit has limits");
  ask(*store, question->query);
}
