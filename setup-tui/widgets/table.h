#pragma once
// A list with columns that scrolls and is searched while one types. It only draws itself and takes keys; what is in
// the rows, and what Enter and the function keys do, belongs to the screen around it.

#include "setup-tui/widgets/screen.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace setup
{

struct TableColumn {
    std::string title;
    int width = 10;     ///< columns of the terminal, at least
    bool grows = false; ///< shares what a wide terminal has left
};

struct TableRow {
    std::string key; ///< which one it is: the choice stays on it when the rows are read again
    std::vector<std::string> cells;
};

/// A part of the screen.
struct Area {
    int row = 0;
    int column = 0;
    int rows = 0;
    int columns = 0;
};

/// The width of each column (one blank is between two) in so much room; those that do not fit any more get 0.
std::vector<int> column_widths(std::vector<TableColumn> const& columns, int room);

/// Whether every word of `search` is somewhere in `text`. Both in small letters (small_letters).
bool is_match(std::string_view text, std::string_view search);
/// Small letters of the current locale; bytes that are no UTF-8 stay as they are.
std::string small_letters(std::string_view text);

class Table
{
public:
    explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

    void set_columns(std::vector<TableColumn> columns) { columns_ = std::move(columns); }
    /// The search stays, and so does the choice when its key is still there.
    void set_rows(std::vector<TableRow> rows);
    void set_search(std::string search);
    std::string const& search() const { return search_; }

    /// First row: the titles.
    void draw(Screen& screen, Area const& area);
    /// Moves the choice or changes the search. False: not a key of the table.
    bool take(Key const& key);

    /// Which of the rows given to set_rows is chosen; nothing when no row is shown.
    std::optional<std::size_t> chosen() const;
    void choose(std::string_view key);
    std::size_t shown() const { return shown_.size(); }
    std::size_t total() const { return rows_.size(); }

private:
    void filter(std::string_view wanted);
    void draw_row(Screen& screen, Area const& area, int row, std::vector<int> const& widths, TableRow const& cells,
                  Style style) const;
    bool move(KeyKind key);

    std::vector<TableColumn> columns_;
    std::vector<TableRow> rows_;
    std::vector<std::string> texts_; ///< of each row in small letters, for the search
    std::vector<std::size_t> shown_; ///< numbers of the rows that match
    std::string search_;
    std::size_t current_ = 0; ///< in shown_
    std::size_t top_ = 0;
    std::size_t page_ = 1; ///< rows that fitted when it was drawn last
};

} // namespace setup
