#include "appliance/directory/csv.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <algorithm>

namespace directory
{

namespace
{
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_field = 1000;
constexpr base::ByteSet line_ends("\r\n");

/// Reads records one after the other; a broken one does not stop the next.
class Reader
{
public:
    Reader(std::string_view text, char separator)
        : cursor_(text), separator_(separator), field_ends_(std::string{separator, '\r', '\n'})
    {
    }

    bool at_end() const { return cursor_.at_end(); }

    CsvRow record()
    {
        CsvRow row;
        row.line = line_;
        do row.fields.push_back(field(row));
        while (cursor_.take(separator_));
        end_of_line(row);
        return row;
    }

private:
    std::string field(CsvRow& row)
    {
        cursor_.take_while(base::ByteSet(" "));
        auto value = cursor_.take('"') ? quoted(row) : std::string(base::trim(cursor_.take_until(field_ends_)));
        if (value.size() > longest_field)
            row.problem = "a field is too long";
        else if (!base::is_utf8(value) || value.find('\0') != std::string::npos)
            row.problem = "it is not readable text; save the file as UTF-8";
        return value;
    }

    /// After the opening quote; a doubled quote stands for one, and the field may run over several lines.
    std::string quoted(CsvRow& row)
    {
        constexpr base::ByteSet quote("\"");
        std::string value;
        for (;;) {
            auto const part = cursor_.take_until(quote);
            line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
            value += part;
            if (!cursor_.take('"')) {
                row.problem = "a quote is not closed";
                return value;
            }
            if (!cursor_.take('"')) break;
            value += '"';
        }
        cursor_.take_while(base::ByteSet(" "));
        if (!cursor_.take_until(field_ends_).empty()) row.problem = "there is text behind a closing quote";
        return value;
    }

    void end_of_line(CsvRow& row)
    {
        if (!cursor_.take_until(line_ends).empty()) row.problem = "the line cannot be read";
        cursor_.take('\r');
        if (cursor_.take('\n')) ++line_;
    }

    base::Cursor cursor_;
    char separator_;
    base::ByteSet field_ends_;
    std::size_t line_ = 1;
};

/// Programs set to Indonesian write ';' because ',' is the decimal mark.
char separator_of(std::string_view text)
{
    auto const first_line = text.substr(0, text.find('\n'));
    for (char const c : {',', ';', '\t'})
        if (first_line.find(c) != std::string_view::npos) return c;
    return ',';
}

bool is_blank(CsvRow const& row)
{
    return row.problem.empty() &&
           std::all_of(row.fields.begin(), row.fields.end(), [](auto const& field) { return field.empty(); });
}

base::Result<void> check_header(std::vector<std::string> const& header, std::vector<std::string> const& allowed,
                                std::string const& required)
{
    auto const has = [](std::vector<std::string> const& list, std::string const& name) {
        return std::count(list.begin(), list.end(), name);
    };
    for (auto const& column : header) {
        if (has(allowed, column) == 0)
            return base::refused("column '" + column + "'", "there is no such column",
                                 "use " + base::join(allowed, ","));
        if (has(header, column) > 1) return base::refused("column '" + column + "'", "it is there twice", "keep one");
    }
    if (has(header, required) == 0)
        return base::refused("column '" + required + "'", "it is missing", "name the columns in the first line");
    return {};
}
} // namespace

base::Result<CsvTable> read_csv(std::string_view text, std::vector<std::string> const& allowed,
                                std::string const& required)
{
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    Reader reader(text, separator_of(text));
    CsvTable table;
    if (reader.at_end())
        return base::refused("the file", "it is empty", "write the columns' names in the first line");
    auto const header = reader.record();
    if (!header.problem.empty()) return base::refused("line 1", header.problem);
    for (auto const& name : header.fields) table.header.push_back(base::lower(base::trim(name)));
    if (auto good = check_header(table.header, allowed, required); !good) return good.error();
    while (!reader.at_end()) {
        auto row = reader.record();
        if (is_blank(row)) continue;
        if (row.problem.empty() && row.fields.size() != table.header.size())
            row.problem = "it has another number of fields than the first line";
        table.rows.push_back(std::move(row));
    }
    return table;
}

} // namespace directory
