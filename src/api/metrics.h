// The daemon's figures in the text that Prometheus scrapes (exposition format 0.0.4).
#pragma once

#include <string>
#include <string_view>

#include "ttq/health.h"
#include "ttq/store.h"

namespace ttq {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

std::string print_metrics(const Health& health, const StoreFigures& figures,
                          std::string_view version);

}  // namespace ttq
