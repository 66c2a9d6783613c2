// A command line whose help is full of what shells would like to read themselves, and that has a
// place of each kind.
#include "completions/described.h"

namespace ttq {
namespace {

constexpr const char* hostile_text =
    R"(it's "x" [y]:z; $(touch ran) `touch ran` \n %d {a,b} * ~ !! # & | <a> $HOME)";

}  // namespace

Syntax described() {
  Syntax sub{"sub", hostile_text, {{{"--only"}, hostile_text}}};
  sub.operands = {{"FIRST", Offer::words, {"alpha", "beta"}}, {"REST", Offer::words, {"gamma"}}};
  sub.repeats = true;
  Syntax program{"hostile", "", {}};
  program.options = {
      {{"-w", "--word"}, hostile_text, Place{"A:B[C]", Offer::words, {"one", "two"}}},
      {{"--list"}, hostile_text, Place{"LIST", Offer::list, {"one", "two"}}, true},
      {{"--file"}, hostile_text, Place{"FILE", Offer::file}},
      {{"--dir"}, hostile_text, Place{"DIR", Offer::directory}},
      {{"--user"}, hostile_text, Place{"USER", Offer::user}},
      {{"--group"}, hostile_text, Place{"GROUP", Offer::group}},
      {{"--text"}, hostile_text, Place{"TEXT"}},
      {{"-f", "--flag"}, hostile_text},
  };
  program.operands = {{"HOST", Offer::host}};
  program.commands = {sub};
  return program;
}

}  // namespace ttq
