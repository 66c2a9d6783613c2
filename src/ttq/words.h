// The words that a value of an option may be, and what each of them means: read, refused, told by
// --help and completed from here.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ttq/group.h"
#include "ttq/options.h"
#include "walk/boundary.h"

namespace ttq {

using NetworkList = std::vector<Network> (*)();

struct Word {
  std::string_view text;
  std::variant<Output, Via, NetworkList> meaning;
  Group group = Group::all;  ///< the commands that it is for
};

constexpr std::array<Word, 5> output_words{{
    {"tree", Output::tree},
    {"classic", Output::classic, Group::graphs},
    {"json", Output::json},
    {"dot", Output::dot, Group::graphs},
    {"http_sd", Output::http_sd, Group::hosts},
}};

constexpr std::array<Word, 3> via_words{{
    {"tls", Via::tls},
    {"ssh", Via::ssh},
    {"tcp", Via::tcp},
}};

/// --allow takes networks beside them.
constexpr std::array<Word, 2> network_words{{
    {"private", &Boundary::private_networks},
    {"any", &Boundary::all_networks},
}};

/// None: it is no such word, or not for these commands.
const Word* find_word(std::span<const Word> words, std::string_view text, Group group);

/// Those for these commands.
std::vector<std::string_view> texts_of(std::span<const Word> words, Group group);

}  // namespace ttq
