// How other hosts are reached, and with which credentials.
#pragma once

#include "ttq/options.h"
#include "walk/connect.h"

namespace ttq {

/// By what was asked for; else by TLS where there are credentials, and if not, by TCP as it is. Who
/// has credentials never falls back to asking without them: where nobody asked for those that
/// cannot be used, this host alone is asked. A Fault is one line that says what to do.
Result<Transport> open_transport(const Options& options);

}  // namespace ttq
