// A file of settings in TOML, as keys with texts and the lines on which they stand: what a key may
// be and what its text means is decided by whoever knows the settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/result.h"

namespace ttq {

/// How a value was spelled.
enum class TomlKind : std::uint8_t {
  text,
  truth,   ///< true or false
  number,  ///< whole
  other,   ///< a fraction, a time, or a table or list where one value should be: without a text
};

struct TomlValue {
  TomlKind kind = TomlKind::other;
  std::string text;
  std::size_t line = 0;
};

struct TomlKey {
  std::string name;  ///< as it is spelled in the file
  std::size_t line = 0;
  bool is_list = false;
  std::vector<TomlValue> values;  ///< one, unless it is a list
};

/// By name. none: there is no such file. A Fault names the file, and where it is no TOML the line;
/// a FIFO, a socket or a device other than /dev/null is one, and not waited for.
Result<std::optional<std::vector<TomlKey>>> read_toml_file(const std::filesystem::path& file);

/// With hyphens as underscores: "host-name" of the command line is "host_name" of the file.
std::string canonical_key(std::string_view name);

/// "/etc/ttq/ttq.toml:3: via: " and what is wrong there.
Fault fault_at(const std::filesystem::path& file, std::size_t line, std::string_view what);

}  // namespace ttq
