// On what, and of what, the figures were taken.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ttq::bench {

/// "processor" and "AMD EPYC, 2 cores", and so on.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// The machine, its load, its system, the programs compared.
Facts machine_facts();

}  // namespace ttq::bench
