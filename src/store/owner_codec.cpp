#include "store/owner_codec.h"

#include <cassert>

#include "base/bytes.h"

namespace ttq {
namespace {

/// On disk.
enum OwnerFlag : unsigned {
  is_process = 1,
  has_pgid = 2,
  has_exe = 4,
  has_uid = 8,
  has_unit = 16,
  has_container = 32,
  all_owner_flags = 63,
};

void put_optional_text(ByteWriter& out, const std::optional<std::string>& text) {
  if (text) out.text(*text);
}

unsigned flags_of(const Process& process) {
  return is_process | (process.pgid ? has_pgid : 0U) | (process.exe ? has_exe : 0U) |
         (process.uid ? has_uid : 0U) | (process.unit ? has_unit : 0U) |
         (process.container ? has_container : 0U);
}

void put_process(ByteWriter& out, const Process& process) {
  out.byte(static_cast<std::uint8_t>(flags_of(process)));
  out.text(process.name);
  out.varint(process.groups);
  if (process.pgid) out.zigzag(*process.pgid);
  put_optional_text(out, process.exe);
  if (process.uid) out.varint(*process.uid);
  put_optional_text(out, process.unit);
  put_optional_text(out, process.container);
}

void put_owner(ByteWriter& out, const Owner& owner) {
  if (owner.process) return put_process(out, *owner.process);
  assert(owner.unknown);
  out.byte(0);
  out.byte(static_cast<std::uint8_t>(*owner.unknown));
}

std::int32_t take_pgid(ByteReader& in) {
  const std::int64_t pgid = in.zigzag();
  const auto narrow = static_cast<std::int32_t>(pgid);
  if (narrow != pgid) in.fail();
  return narrow;
}

Process take_process(ByteReader& in, unsigned flags, const ProcessKey& key) {
  if ((flags & is_process) == 0 || (flags & ~unsigned{all_owner_flags}) != 0) in.fail();
  Process process;
  process.key = key;
  process.name = in.text();
  process.groups = in.varint_as<std::uint32_t>();
  if ((flags & has_pgid) != 0) process.pgid = take_pgid(in);
  if ((flags & has_exe) != 0) process.exe = in.text();
  if ((flags & has_uid) != 0) process.uid = in.varint_as<std::uint32_t>();
  if ((flags & has_unit) != 0) process.unit = in.text();
  if ((flags & has_container) != 0) process.container = in.text();
  return process;
}

Owner take_owner(ByteReader& in, const ProcessKey& key) {
  const unsigned flags = in.byte();
  if (flags != 0) return Owner::of(take_process(in, flags, key));
  const auto reason = static_cast<UnknownOwner>(in.byte());
  if (reason < UnknownOwner::time_wait || reason > UnknownOwner::kernel) in.fail();
  return Owner::nobody(reason);
}

}  // namespace

std::string encode_owner(const Owner& owner) {
  ByteWriter out;
  put_owner(out, owner);
  return std::move(out).take();
}

std::optional<Owner> decode_owner(std::string_view bytes, const ProcessKey& key) {
  ByteReader in(bytes);
  Owner owner = take_owner(in, key);
  if (!in.done()) return std::nullopt;
  return owner;
}

}  // namespace ttq
