#include "httpd/webmail/labels.h"

#include "appliance/base/cursor.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "httpd/limits.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
constexpr std::size_t longest_name = 60;
constexpr auto keyword_bytes = base::letters | base::digits | base::ByteSet("-_");

bool is_keyword(std::string_view text)
{
    return !text.empty() && text.size() <= longest_name &&
           std::all_of(text.begin(), text.end(), [](char c) { return keyword_bytes.contains(c); });
}

bool is_taken(std::string_view keyword, std::vector<Label> const& labels)
{
    return std::any_of(labels.begin(), labels.end(),
                       [&](Label const& label) { return base::equal_ignoring_case(label.keyword, keyword); });
}

Data row(Label const& label)
{
    Data data;
    data["keyword"] = Data(label.keyword);
    data["color"] = Data(label.color);
    data["name"] = Data(label.name);
    return data;
}
} // namespace

std::vector<Label> read_labels(std::string_view note)
{
    std::vector<Label> labels;
    for (auto const line : base::split(note, '\n')) {
        auto const first = line.find(' ');
        auto const second = first == std::string_view::npos ? first : line.find(' ', first + 1);
        if (second == std::string_view::npos || labels.size() == limits::labels) continue;
        Label label{std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1)),
                    message::scrub_utf8(line.substr(second + 1))};
        bool const known = std::find(label_colors.begin(), label_colors.end(), label.color) != label_colors.end();
        if (!known) label.color = "grey";
        if (is_keyword(label.keyword) && !label.name.empty() && !is_taken(label.keyword, labels))
            labels.push_back(std::move(label));
    }
    return labels;
}

std::string show_labels(std::vector<Label> const& labels)
{
    std::string note;
    for (auto const& label : labels) {
        auto name = base::replace_all(base::replace_all(label.name, "\n", " "), "\r", " ");
        note += label.keyword + " " + label.color + " " + name + "\n";
    }
    return note;
}

std::string new_keyword(std::string_view name, std::vector<Label> const& labels)
{
    std::string keyword;
    for (char const c : base::lower(name)) {
        if (keyword_bytes.contains(c))
            keyword += c;
        else if (!keyword.empty() && keyword.back() != '-')
            keyword += '-';
    }
    while (keyword.ends_with('-')) keyword.pop_back();
    keyword.resize(std::min<std::size_t>(keyword.size(), 20));
    if (keyword.empty()) keyword = "label";
    auto free = keyword;
    while (is_taken(free, labels)) free = keyword + "-" + base::random_hex(2);
    return free;
}

DataList label_data(std::vector<Label> const& labels, std::vector<std::string> const& keywords)
{
    DataList rows;
    for (auto const& label : labels)
        if (std::any_of(keywords.begin(), keywords.end(),
                        [&](auto const& keyword) { return base::equal_ignoring_case(keyword, label.keyword); }))
            rows.push_back(row(label));
    return rows;
}

DataList label_data(std::vector<Label> const& labels)
{
    DataList rows;
    for (auto const& label : labels) rows.push_back(row(label));
    return rows;
}

} // namespace httpd::webmail
