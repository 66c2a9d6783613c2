#include "store/losses.h"

#include <string>

#include "base/log.h"
#include "base/text.h"

namespace ttq {

void Losses::count(std::string_view key) {
  if (count_++ > 0) return;
  log(LogLevel::warning, "the store holds a corrupt record, which answers leave out; its key is " +
                             to_hex(key) + "; others will only be counted");
}

}  // namespace ttq
