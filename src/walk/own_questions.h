// The tool's own traffic: what `ttq` asks a `ttracerd`. It is kept by the daemons like all else,
// and left out of graphs unless somebody wants to see it.
//
// A flow of an unknown owner through --peer-port counts as our own: it is what `ttq` leaves behind
// in TIME_WAIT, and to ask its far end whether a ttracerd is there would ask every host that was
// ever asked. Not so through a port that only the peer book has: somewhere else, and often on the
// same host, it is that of other programs (8443, say), and there a name has to say that it is ours.
#pragma once

#include "ttq/flow.h"
#include "ttq/listener.h"
#include "walk/stitch.h"
#include "walk/walker.h"

namespace ttq {

/// As far as its own host can tell.
bool is_own_question(const ToldFlow& flow, const WalkLimits& limits);
/// Once the other end has said who it is.
bool is_own_question(const Joint& joint, const WalkLimits& limits);
bool is_own_listener(const ToldListener& listener, const WalkLimits& limits);

}  // namespace ttq
