// Where the server keeps and makes files: its store, and the directories of its UNIX sockets; and
// where it finds its credentials.
//
// So that it runs with no set-up, a directory that is not there is made, and one of root's becomes
// that of the user whom the server runs as: but only one that holds nothing but what a daemon made.
// Not /etc, if somebody mistypes; and nothing that others could have put there to be given away.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "confine/identity.h"
#include "ttq/result.h"

namespace ttq {

/// The store's, with mode 0750. `owner`: none, if it stays whose it is.
Result<void> prepare_store(const std::filesystem::path& dir, const std::optional<Identity>& owner);

/// That of a UNIX socket.
Result<void> prepare_socket_directory(const std::filesystem::path& dir,
                                      const std::optional<Identity>& owner);

/// That of the credentials (tls/credentials.h): what root keeps there for himself the owner's group
/// may read. So a certificate that was just copied there will do.
Result<void> prepare_credentials(const std::filesystem::path& dir,
                                 const std::optional<Identity>& owner);

}  // namespace ttq
