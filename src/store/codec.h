// Values: what a record says, in bytes that show when they were damaged.
//
//   value    := layout:1 body sum:4         layout is 1 in all of them
//   meta     := text                        to the end of the body
//   window   :=                             nothing: the key says it all
//   coverage := z(length) v(interval) v(dropped)
//   listener := v6only:1 seen owner
//   flow     := seen evidence:1 v(now) v(max) v(opened) v(closed) v(failed) v(pending) owner
//
//   seen     := z(first_seen - start of window) z(last_seen - first_seen)
//   owner    := 0 reason:1
//             | flags:1 text(name) v(groups)
//               [z(pgid)] [text(exe)] [v(uid)] [text(unit)] [text(container)]
//   flags    := 1 always | 2 pgid | 4 exe | 8 uid | 16 unit | 32 container
//
// v is a varint, z a zigzag varint, text a v and that many bytes, times are milliseconds. What the
// key says (keys.h) is not said again.
//
// The sum is the low 32 bits of FNV-1a over key and value. Each of its steps is a bijection of
// those 32 bits, whatever the byte: so one changed byte, in the key or the value, is found always,
// and not only nearly always.
//
// Strings are inline and not interned: the same ones lie in the same block again and again, where
// LZ4 and ZSTD fold them away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ttq/coverage.h"
#include "ttq/flow.h"
#include "ttq/listener.h"
#include "ttq/time.h"

namespace ttq {

// Encoding cannot fail. `key` is the one that the value will be kept under.

std::string encode_meta(std::string_view key, std::string_view text);
std::string encode_window(std::string_view key);
std::string encode_coverage(std::string_view key, const Coverage& coverage);
/// REQUIRES: listener.owner.key() is the process in the key.
std::string encode_listener(std::string_view key, const Listener& listener);
/// REQUIRES: flow.owner.key() == flow.key.process.
std::string encode_flow(std::string_view key, const Flow& flow);

// Decoding takes any bytes for key and value; none means that they are corrupt.

std::optional<std::string> decode_meta(std::string_view key, std::string_view value);
std::optional<Window> decode_window(std::string_view key, std::string_view value);
std::optional<Coverage> decode_coverage(std::string_view key, std::string_view value);
std::optional<Listener> decode_listener(std::string_view key, std::string_view value);
std::optional<Flow> decode_flow(std::string_view key, std::string_view value);

}  // namespace ttq
