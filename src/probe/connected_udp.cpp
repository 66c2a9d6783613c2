#include "probe/connected_udp.h"

#include <algorithm>
#include <utility>

namespace ttq {
namespace {

constexpr unsigned enough = 3;

}  // namespace

bool ConnectedUdp::see(Socket& socket, UdpCounter& counter) {
  const auto before = before_.find(socket.cookie);
  unsigned& looks = met_[socket.cookie];
  looks = is_first_ ? enough : before == before_.end() ? 1 : std::min(before->second + 1, enough);
  if (looks == 1) return false;
  const auto known = counter.leave_to_looks(socket.cookie);
  socket.is_counted = known == UdpCounter::Known::counted;
  return known != UdpCounter::Known::no || looks == enough;
}

void ConnectedUdp::end_look(UdpCounter& counter) {
  for (const auto& [cookie, looks] : before_) {
    if (!met_.contains(cookie)) counter.forget(cookie);
  }
  before_ = std::exchange(met_, {});
  is_first_ = false;
}

}  // namespace ttq
