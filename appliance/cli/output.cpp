#include "appliance/cli/output.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr std::size_t bar_width = 30;
constexpr std::size_t gap = 2;

/// Characters, not bytes: names of people are UTF-8.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool has_no_color() { return std::getenv("NO_COLOR") != nullptr; }
} // namespace

std::string printable(std::string_view text)
{
    std::string safe;
    while (!text.empty()) {
        auto const size = std::max<std::size_t>(base::utf8_sequence(text), 1);
        auto const one = text.substr(0, size);
        auto const first = static_cast<unsigned char>(one.front());
        bool const is_broken = size == 1 && first >= 0x80;
        bool const is_control = first < 0x20 || first == 0x7F || (first == 0xC2 && one[1] < '\xA0');
        // U+202A..202E, U+2066..2069: what follows would be shown in another order than it is.
        bool const turns = (one >= "\u202A" && one <= "\u202E") || (one >= "\u2066" && one <= "\u2069");
        safe += is_broken || is_control || turns ? std::string_view("?") : one;
        text.remove_prefix(size);
    }
    return safe;
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string show_table(std::vector<std::vector<std::string>> const& rows)
{
    if (rows.size() < 2) return {};
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (auto const& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    std::string text;
    for (auto const& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += printable(row[i]);
            if (i + 1 < row.size()) line.append(widths[i] + gap - width(row[i]), ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

Json Json::text(std::string_view value) { return Json(base::json_string(value)); }
Json Json::number(long long value) { return Json(std::to_string(value)); }
Json Json::boolean(bool value) { return Json(value ? "true" : "false"); }
Json Json::null() { return Json("null"); }

Json Json::array(std::vector<Json> const& entries)
{
    std::vector<std::string> parts;
    for (auto const& entry : entries) parts.push_back(entry.show());
    return Json("[" + base::join(parts, ", ") + "]");
}

Json Json::texts(std::vector<std::string> const& entries)
{
    std::vector<Json> list;
    for (auto const& entry : entries) list.push_back(text(entry));
    return array(list);
}

Json Json::object(std::vector<std::pair<std::string, Json>> const& members)
{
    std::vector<std::string> parts;
    for (auto const& [name, value] : members) parts.push_back(base::json_string(name) + ": " + value.show());
    return Json("{" + base::join(parts, ", ") + "}");
}

void print(Json const& json) { print(json.show() + "\n"); }

bool is_colourful() { return !has_no_color() && ::isatty(STDOUT_FILENO) == 1; }

std::string mark(bool good)
{
    std::string const sign = good ? "✔" : "✘";
    if (!is_colourful()) return sign;
    return (good ? "\033[32m" : "\033[31m") + sign + "\033[0m";
}

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)), total_(std::max<std::size_t>(1, total))
{
}

Progress::~Progress()
{
    if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::size_t done)
{
    if (!is_colourful() || ::isatty(STDERR_FILENO) != 1) return;
    shown_ = true;
    auto const filled = std::min(bar_width, bar_width * done / total_);
    std::string const bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
    std::fprintf(stderr, "\r%s [%s] %zu/%zu", label_.c_str(), bar.c_str(), done, total_);
}

} // namespace cli
