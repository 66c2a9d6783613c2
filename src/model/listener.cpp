#include "ttq/listener.h"

namespace ttq {

bool accepts(const Listener& listener, const Endpoint& target) {
  const Endpoint& bound = listener.endpoint;
  if (bound.proto != target.proto || bound.port != target.port) return false;
  if (bound.address == target.address) return true;
  if (!bound.address.is_wildcard()) return false;
  if (bound.address.is_v4()) return target.address.is_v4();
  return !target.address.is_v4() || !listener.v6only;
}

}  // namespace ttq
