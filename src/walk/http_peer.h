// Asks hosts over HTTP, on TCP or a UNIX socket: the questions of ttq-report(7).
//
// Whoever answers is a stranger. No redirect is followed and no proxy is asked; an answer is at
// most 8 MiB a page and some pages long; and the deadline is for the whole exchange
// (deadline_stream.h).
#pragma once

#include "ttq/peer.h"
#include "walk/connect.h"

namespace ttq {

class HttpPeer : public Peer {
 public:
  Answer<HostReport> host(const PeerAddress& address, Deadline deadline) override;
  Answer<FlowReport> flows(const PeerAddress& address, const Span& span,
                           Deadline deadline) override;
  Answer<ListenerReport> listeners(const PeerAddress& address, const Span& span,
                                   Deadline deadline) override;

 private:
  Connector connector_;
};

}  // namespace ttq
