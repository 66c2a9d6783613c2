// Who is certified, and for what.
#pragma once

#include <string>
#include <vector>

#include "ttq/address.h"

namespace ttq {

enum class Purpose { host, client };

struct Subject {
  Purpose purpose = Purpose::host;
  /// Of a host: its name, or an address that is among `addresses` too. At most 253 characters.
  std::string name;
  std::vector<Address> addresses;  ///< of a host: where it is asked
};

}  // namespace ttq
