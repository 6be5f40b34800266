#include "httpd/admin/chart.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
// In units of the picture's own coordinates.
constexpr std::uint64_t width = 720;
constexpr std::uint64_t height = 160;
constexpr std::uint64_t gap = 3;

/// "29 Nov", from "Min, 29 Nov 2026 00.41".
std::string day_text(Exchange const& exchange, base::Timestamp when)
{
    auto const text = exchange.long_time(when);
    auto const words = base::split(text, ' ');
    return words.size() < 3 ? text : std::string(words[1]) + " " + std::string(words[2]);
}

std::string number(std::uint64_t value) { return std::to_string(value); }
} // namespace

void set_mail_chart(Exchange const& exchange, Data& data, Object const& statistics)
{
    auto const days = objects_of(statistics, "days");
    std::uint64_t most = 1, all = 0;
    for (auto const& day : days) {
        most = std::max(most, number_of(day, "messages"));
        all += number_of(day, "messages");
    }
    auto const step = days.empty() ? width : width / days.size();
    DataList bars, senders;
    for (std::size_t i = 0; i < days.size(); ++i) {
        auto const messages = number_of(days[i], "messages");
        auto const inside = std::min(number_of(days[i], "inside"), messages);
        auto const tall = messages * height / most;
        auto const inside_tall = inside * height / most;
        Data bar;
        bar["x"] = Data(number(i * step));
        bar["width"] = Data(number(step > 2 * gap ? step - gap : step));
        bar["y"] = Data(number(height - tall));
        bar["height"] = Data(number(tall));
        bar["inside_y"] = Data(number(height - inside_tall));
        bar["inside_height"] = Data(number(inside_tall));
        bar["day"] = Data(day_text(exchange, static_cast<base::Timestamp>(number_of(days[i], "begin"))));
        bar["messages"] = Data(number(messages));
        bar["inside"] = Data(number(inside));
        bar["size"] = Data(base::show_size(number_of(days[i], "bytes")));
        bars.push_back(std::move(bar));
    }
    for (auto const& one : objects_of(statistics, "senders")) {
        Data row;
        row["login"] = Data(text_of(one, "login"));
        row["messages"] = Data(text_of(one, "messages"));
        row["size"] = Data(base::show_size(number_of(one, "bytes")));
        row["share"] = Data(number(all == 0 ? 0 : number_of(one, "messages") * 100 / all));
        senders.push_back(std::move(row));
    }
    data["bars"] = Data(bars);
    data["has_senders"] = Data(!senders.empty());
    data["top_senders"] = Data(senders);
    data["chart_words"] = Data(exchange.count("{1} mail in all", "{1} mails in all", all));
}

} // namespace httpd::admin
