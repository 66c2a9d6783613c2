// The daemon's health as JSON text, for /v1/health; field by field in ttq-report(7).
#pragma once

#include <string>
#include <string_view>

#include "ttq/health.h"
#include "ttq/store.h"

namespace ttq {

/// `status` in one word is the caller's judgement. The text of the last fault is left out: it may
/// name files, and the log has it.
std::string health_to_json(std::string_view status, const Health& health,
                           const StoreFigures& figures, Time now);

}  // namespace ttq
