// Where the fleet lives: a network namespace of this process's own, in which every address of
// 10.0.0.0/8 is this machine's (a local route, "AnyIP"); but what is sent to 10.128.0.0/9 may be
// made to get lost.
#pragma once

namespace ttq::bench {

/// Ends the program, with the reason, where that is not allowed. REQUIRES: no thread was started.
void enter_arena();

void lose_packets(bool lose);

}  // namespace ttq::bench
