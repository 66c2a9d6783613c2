// Files of which some are secret, written so that nobody else reads them and nobody reads half.
//
// Each is written beside its place under another name, by open(2) with O_EXCL and its mode, synced
// and then put there by link(2) or rename(2): it is never there in part, a key is at no moment
// readable by others, and a crash leaves the old file or the new one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

/// Modes 0644 and 0600, whatever the umask is.
enum class Secrecy { open, secret };

/// With those above it, each with mode 0700; what is there stays as it is. A Fault says which could
/// not be made.
Result<void> make_private_directories(const std::filesystem::path& dir);

/// A Fault where a file of that name is there already.
Result<void> write_new_file(const std::filesystem::path& path, std::string_view text,
                            Secrecy secrecy);

/// In the place of the one that is there, if there is one.
Result<void> replace_file(const std::filesystem::path& path, std::string_view text,
                          Secrecy secrecy);

}  // namespace ttq
