// Asks hosts over HTTP, on TCP, through ssh or on a UNIX socket: GET /v1/flows of ttq-report(7).
//
// One thread talks to all of them at once (round.h), and a few read what they say (report_desk.h).
// Whoever answers is a stranger: what he may use up is bounded in exchange.h and http_reader.h.
#pragma once

#include "ttq/peer.h"
#include "walk/connect.h"

namespace ttq {

class HttpPeer : public Peer {
 public:
  /// All answers together may be so long, as JSON: what is made of them is about as much memory,
  /// and a thousand hosts may conspire.
  explicit HttpPeer(Transport transport = {}, std::size_t max_text_bytes = 1U << 30U)
      : transport_(std::move(transport)), text_left_(max_text_bytes) {}

  void ask(std::vector<PeerQuestion> questions, unsigned concurrency, Asker& asker) override;

 private:
  Transport transport_;
  std::size_t text_left_;
};

}  // namespace ttq
