// The store's instance: what tells two cloned machines with one host id apart.
#pragma once

#include <string>

namespace ttq {

/// 128 random bits, in hex.
std::string make_instance();

}  // namespace ttq
