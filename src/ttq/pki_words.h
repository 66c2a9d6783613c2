// What `ttq pki` says of what it made, and which command is next.
//
// Directories are carried over by tar through ssh: scp -r puts a directory into one of that name
// that is there already, and older ones refuse DIR/. , so it would be another command each time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tls/authority.h"

namespace ttq {

/// As one word of a shell.
std::string quoted(const std::filesystem::path& path);

/// "valid until 2028-01-01T00:00:00Z", and a line end.
std::string print_end(const Issued& issued);

/// "for web1, 10.0.0.1", and a line end.
std::string print_names(const Subject& host);

/// How what is in `dir` comes to the daemon of that host.
std::string next_for_host(const std::string& name, const std::filesystem::path& dir);

/// How it comes to the `ttq` of that user; `own`: where that is, if it is the one who reads this.
std::string next_for_client(const std::string& name, const std::filesystem::path& dir,
                            const std::optional<std::filesystem::path>& own);

}  // namespace ttq
