// What follows `ttq pki`.
#pragma once

#include "ttq/pieces.h"
#include "ttq/pki.h"
#include "ttq/usage.h"

namespace ttq {

/// `words_before`: as many words are the command's. A Fault is a complaint about the command line.
Result<PkiTask> read_pki_task(const Command& command, const Pieces& pieces,
                              std::size_t words_before);

}  // namespace ttq
