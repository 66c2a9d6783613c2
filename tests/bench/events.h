// What the part `events` consists of; events.cpp has the first of it.
#pragma once

#include "bench/parts.h"

namespace ttq::bench {

/// CPU of one connection, in the kernel and in the daemon.
void measure_cost_of_events(Report& report, const Plan& plan);
/// CPU where nothing happens.
void measure_held_beside_events(Report& report, const Plan& plan);
/// How many of the connections that come and go each probe sees.
void measure_sightings(Report& report, const Plan& plan);

}  // namespace ttq::bench
