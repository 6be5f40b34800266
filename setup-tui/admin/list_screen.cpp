#include "setup-tui/admin/list_screen.h"

#include "setup-tui/widgets/frame.h"

namespace setup
{

namespace
{
constexpr auto live_pause = std::chrono::milliseconds(1000);
constexpr auto quiet_pause = std::chrono::hours(1);

class Running
{
public:
    Running(Desk& desk, ListScreen const& list) : desk_(desk), list_(list), table_({}), message_(list.message)
    {
        read();
    }

    void run()
    {
        for (;;) {
            draw();
            auto const key = desk_.screen.read_key_within(list_.is_live ? live_pause : quiet_pause);
            if (!key)
                read();
            else if (!take(*key))
                return;
        }
    }

private:
    void read()
    {
        std::vector<TableRow> rows;
        auto const failed = desk_.attempt([&] {
            rows = list_.load();
            heading_ = list_.heading ? list_.heading() : "";
        });
        if (failed)
            complain(*failed); // what was read before stays on the screen
        else
            table_.set_rows(std::move(rows));
        auto columns = list_.columns;
        for (auto& column : columns) column.title = desk_.text(column.title);
        table_.set_columns(std::move(columns));
    }

    /// False: the screen ends.
    bool take(Key const& key)
    {
        bool const is_function = key.kind == KeyKind::function;
        if (is_function && key.number == 10) return false;
        if (key.kind == KeyKind::escape) {
            if (table_.search().empty()) return false;
            table_.set_search("");
        } else if (is_function && key.number == 1) {
            show_help(desk_.screen, desk_.text(list_.title), desk_.text(list_.lesson), desk_.text("Esc back"),
                      [&] { draw(); });
        } else if (is_function && key.number == 2) {
            desk_.change_language();
            message_.clear();
            read();
        } else if (is_function || key.kind == KeyKind::enter) {
            act(is_function ? key.number : 0);
            return !list_.is_over || !list_.is_over();
        } else if (key.kind == KeyKind::remove) {
            act(8);
        } else if (key.kind == KeyKind::insert) {
            act(3);
        } else if (table_.take(key)) {
            message_.clear();
        }
        return true;
    }

    void act(int function)
    {
        for (auto const& key : list_.keys) {
            if (key.function != function) continue;
            auto const row = table_.chosen();
            if (!row && key.needs == ListKey::Needs::row) return;
            message_.clear();
            std::string said;
            if (auto const refused = desk_.attempt([&] { said = key.act(row.value_or(0)); })) {
                complain(*refused);
            } else {
                message_ = said;
                style_ = Style::good;
            }
            read();
            return;
        }
    }

    /// In the last line where it fits, else in a box.
    void complain(std::string const& sentence)
    {
        message_ = sentence;
        style_ = Style::error;
        if (columns_of(sentence) <= content_columns(desk_.screen)) return;
        draw();
        desk_.tell(desk_.text("This did not work"), sentence);
    }

    std::string own_keys() const
    {
        std::string text;
        for (auto const& key : list_.keys)
            text += (key.function == 0 ? std::string("Enter") : "F" + std::to_string(key.function)) + " " +
                    desk_.text(key.label) + "  ";
        return text;
    }

    void draw()
    {
        auto& screen = desk_.screen;
        auto const own = own_keys();
        auto const common = desk_.common_keys() + "  " + desk_.text(list_.leave);
        bool const one_row = columns_of(own) + columns_of(common) + 2 <= screen.columns();
        draw_frame(screen, Frame{.title = desk_.text(list_.title),
                                 .place = desk_.school_name,
                                 .keys = one_row ? own + common : common});
        int const last = screen.rows() - (one_row ? 2 : 3);
        if (!one_row) screen.put(screen.rows() - 2, 0, " " + own, Style::keys, screen.columns());
        screen.put(last, content_column, message_, style_, content_columns(screen));
        draw_heading();
        Area const area{content_row + 1, 0, last - content_row - 1, screen.columns()};
        table_.draw(screen, area);
        if (table_.shown() == 0)
            put_text(screen, area.row + 2,
                     desk_.text(table_.total() == 0 ? list_.empty : "Nothing fits what you typed; Esc shows all."));
    }

    void draw_heading()
    {
        auto& screen = desk_.screen;
        if (table_.search().empty()) {
            screen.put(content_row, content_column, heading_, Style::dim);
            auto const hint = desk_.text("Type to search");
            int const at = screen.columns() - columns_of(hint) - 1;
            if (columns_of(heading_) + content_column + 2 < at) screen.put(content_row, at, hint, Style::dim);
            return;
        }
        auto const label = desk_.text("Search") + ": ";
        screen.put(content_row, content_column, label);
        int const at = content_column + columns_of(label);
        screen.put(content_row, at, table_.search(), Style::field, 40);
        screen.put(content_row, at + 42, std::to_string(table_.shown()) + " / " + std::to_string(table_.total()),
                   Style::dim);
    }

    Desk& desk_;
    ListScreen const& list_;
    Table table_;
    std::string heading_;
    std::string message_;
    Style style_ = Style::good;
};
} // namespace

void run_list(Desk& desk, ListScreen const& list) { Running(desk, list).run(); }

} // namespace setup
