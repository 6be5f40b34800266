#pragma once
// From what the terminal sends to a Key. For screen.cpp only: it needs ncurses to be there.

#include "setup-tui/widgets/screen.h"

namespace setup
{

/// Teaches ncurses the sequences that terminals send whatever their TERM says: PuTTY's and the Linux console's
/// function keys, Home, End and Delete of those who call themselves vt100; Alt with a digit for a function key.
void define_usual_keys();

/// A key that ncurses has a code for.
Key key_of_code(unsigned code);
/// A character; control characters are keys.
Key key_of_character(unsigned character);

} // namespace setup
