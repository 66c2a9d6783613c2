// The recipe of ttq: walk, render, print, judge.
#pragma once

#include "ttq/options.h"
#include "ttq/peer.h"
#include "ttq/verdict.h"

namespace ttq {

/// Asks, prints the answer to stdout and the rest to stderr. `stop` may be set at any time, by a
/// signal handler too; then what is known by then is printed.
Verdict run(Peer& peer, const Options& options, const Clocks& clocks,
            const std::atomic<bool>& stop);

}  // namespace ttq
