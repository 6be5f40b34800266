#pragma once
// One kind of screen for everything that is a list: users, zones, mail, services, and the main menu. It is described
// as data; what its keys do are functions.

#include "setup-tui/admin/desk.h"
#include "setup-tui/widgets/table.h"

namespace setup
{

/// A key below the list. `act` gets the number of the chosen row as `load` gave it; it gives the sentence to show
/// afterwards, and throws base::Failure to refuse. The list is read again after it.
struct ListKey {
    enum class Needs { row, nothing };

    int function = 0; ///< F3 is 3; 0: Enter
    std::string_view label;
    std::function<std::string(std::size_t row)> act;
    Needs needs = Needs::row;
};

/// All texts are ids of the catalogue.
struct ListScreen {
    std::string_view title;
    std::string_view lesson; ///< what F1 teaches
    std::vector<TableColumn> columns = {};
    std::function<std::vector<TableRow>()> load = {};
    std::vector<ListKey> keys = {};
    std::function<std::string()> heading = {}; ///< the line above the list, in the user's language
    std::string_view empty = "Nothing is here yet.";
    bool is_live = false; ///< read again every second
    std::string_view leave = "Esc back";
    std::string message = {};           ///< at the start
    std::function<bool()> is_over = {}; ///< asked after each key of its own: true ends the screen
};

/// Shows it until Esc (which first ends a search) or F10.
void run_list(Desk& desk, ListScreen const& list);

} // namespace setup
