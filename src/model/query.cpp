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

}  // namespace ttq
