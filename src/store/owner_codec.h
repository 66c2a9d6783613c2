// Owners in bytes.
//
//   owner := 0 reason:1
//          | flags:1 text(name) v(groups)
//            [z(pgid)] [text(exe)] [v(uid)] [text(unit)] [text(container)]
//   flags := 1 always | 2 pgid | 4 exe | 8 uid | 16 unit | 32 container
//
// v is a varint, z a zigzag varint, text a v and that many bytes. The process's key is said by the
// record's own key, and not again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ttq/process.h"

namespace ttq {

std::string encode_owner(const Owner& owner);
/// None: the bytes are corrupt.
std::optional<Owner> decode_owner(std::string_view bytes, const ProcessKey& key);

}  // namespace ttq
