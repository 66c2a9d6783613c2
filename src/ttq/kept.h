// What is kept: values of options in files, so that nobody types them each time. ttq.toml(5).
//
// Kept is how hosts are asked and how answers look. What is asked is not: a depth or a span that
// somebody once wrote down would make later answers say less than there is, in silence.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/result.h"
#include "ttq/usage.h"

namespace ttq {

struct KeptValue {
  std::string text;   ///< as it would be typed
  std::string place;  ///< "/etc/ttq/ttq.toml:3: peer_port"
};

/// By names of options, "--peer-port".
using KeptValues = std::map<std::string, KeptValue>;

/// The options that may be kept.
std::vector<const OptionRow*> kept_rows();

/// "peer_port" for "--peer-port".
std::string key_of(const OptionRow& row);

/// What one file says; nothing where it is absent. A Fault names file, line and key. Whether the
/// values can be meant is not looked at, but for paths: they are absolute, or begin with "~/".
Result<KeptValues> read_kept_values(const std::filesystem::path& file);

/// Those of all users, and of this one, which win: /etc/ttq/ttq.toml, ~/.config/ttq/ttq.toml.
std::vector<std::filesystem::path> usual_files();

}  // namespace ttq
