#include "walk/peer_book.h"

#include "model/whereabouts.h"

namespace ttq {
namespace {

std::string print_place(const BookedPeer& peer) {
  return peer.host + (peer.port ? " port " + std::to_string(*peer.port) : "");
}

}  // namespace

Result<void> PeerBook::add(const Address& address, const BookedPeer& peer) {
  if (is_relative(address)) return Fault{address.print() + " means another host to each"};
  const auto [at, is_new] = peers_.emplace(address, peer);
  if (!is_new && !at->second.is_same_place(peer)) {
    return Fault{address.print() + " is that of " + print_place(peer) + " here, and of " +
                 print_place(at->second) + " in " + at->second.source};
  }
  if (peer.port) ports_.insert(*peer.port);
  return {};
}

void PeerBook::overlay(const PeerBook& above) {
  for (const auto& [address, peer] : above.peers_) peers_.insert_or_assign(address, peer);
  ports_.insert(above.ports_.begin(), above.ports_.end());
}

bool PeerBook::may_lead_to(const Address& address, std::uint16_t port) const {
  const BookedPeer* peer = find(address);
  return peer != nullptr ? peer->port == port : has_port(port);
}

const BookedPeer* PeerBook::find(const Address& address) const {
  const auto found = peers_.find(address);
  return found != peers_.end() ? &found->second : nullptr;
}

}  // namespace ttq
