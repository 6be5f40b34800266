#pragma once
// What commands print: tables for people, JSON for programs. Colours and progress only on a terminal without
// NO_COLOR.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli
{

void print(std::string_view text);
/// The text with "?" for each character that commands a terminal: controls of ASCII and Unicode (C1), changes of the
/// writing direction, broken UTF-8. For all that strangers, users and files say.
std::string printable(std::string_view text);

/// Columns as wide as their widest cell; the first row is the heading. Nothing but the heading: prints nothing.
std::string show_table(std::vector<std::vector<std::string>> const& rows);

/// A JSON text, put together in order.
class Json
{
public:
    static Json text(std::string_view value);
    static Json number(long long value);
    static Json boolean(bool value);
    static Json null();
    static Json array(std::vector<Json> const& entries);
    static Json texts(std::vector<std::string> const& entries);
    static Json object(std::vector<std::pair<std::string, Json>> const& members);

    std::string const& show() const { return text_; }

private:
    explicit Json(std::string text) : text_(std::move(text)) {}
    std::string text_;
};
void print(Json const& json);

/// stdout is a terminal and NO_COLOR is not set.
bool is_colourful();
/// "✔" or "✘" (green or red on a terminal).
std::string mark(bool good);

/// A bar on stderr that redraws itself; silent where is_colourful() is false.
class Progress
{
public:
    Progress(std::string label, std::size_t total);
    ~Progress();
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;
    void show(std::size_t done);

private:
    std::string label_;
    std::size_t total_;
    bool shown_ = false;
};

} // namespace cli
