#include "walk/http_peer.h"

#include "walk/round.h"

namespace ttq {

void HttpPeer::ask(std::vector<PeerQuestion> questions, unsigned concurrency, Asker& asker) {
  Round(concurrency, transport_, text_left_, asker).run(std::move(questions));
}

}  // namespace ttq
