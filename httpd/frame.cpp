#include "httpd/frame.h"

#include "appliance/base/text.h"

namespace httpd
{

namespace
{
std::string_view word(Area area)
{
    switch (area) {
    case Area::mail: return "mail";
    case Area::contacts: return "contacts";
    case Area::settings: return "settings";
    case Area::admin: return "admin";
    }
    return "mail";
}

/// One character of UTF-8, as it stands.
std::string first_character(std::string_view text)
{
    std::size_t length = text.empty() ? 0 : 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) ++length;
    return std::string(text.substr(0, length));
}

DataList side_data(std::vector<SideLink> const& side)
{
    DataList rows;
    for (auto const& link : side) {
        Data row;
        row["icon"] = Data(link.icon);
        row["label"] = Data(link.label);
        row["link"] = Data(link.link);
        row["current"] = Data(link.is_current);
        row["has_count"] = Data(link.count > 0);
        row["count"] = Data(std::to_string(link.count));
        rows.push_back(std::move(row));
    }
    return rows;
}

void add_file(Data& data, std::string const& list, std::string const& file)
{
    Data row;
    row["file"] = Data(file);
    if (!data.get(list)) data[list] = Data(DataList());
    data[list].push_back(std::move(row));
}

/// A reminder above the inbox while the person's automatic answer is on.
void add_away(Exchange const& exchange, Data& data)
{
    auto const choices = exchange.session->choices();
    auto const& vacation = choices->vacation;
    if (!vacation.is_on(exchange.services.clock.now())) return;
    data["away"] = Data(true);
    data["away_text"] = Data(vacation.ends == 0 ? exchange.text("Your automatic answer is on.")
                                                : exchange.text("Your automatic answer is on until the end of {1}.",
                                                                {exchange.long_day(vacation.ends - 1)}));
}
} // namespace

Data frame_data(Exchange const& exchange, std::string const& title, Area area, std::string const& side_label,
                std::vector<SideLink> const& side)
{
    auto data = page_data(exchange, title);
    data["area"] = Data(std::string(word(area)));
    data["in_" + std::string(word(area))] = Data(true);
    data["has_write"] = Data(area == Area::mail || area == Area::contacts);
    data["may_administer"] = Data(exchange.session && may_administer(exchange.session->user));
    data["has_side"] = Data(!side.empty());
    data["side_label"] = Data(side_label);
    data["side"] = Data(side_data(side));
    if (exchange.session && exchange.request.path == "/mail/INBOX") add_away(exchange, data);
    return data;
}

void add_style(Data& data, std::string const& file) { add_file(data, "styles", file); }
void add_script(Data& data, std::string const& file) { add_file(data, "scripts", file); }

void set_notice(Data& data, std::string const& text)
{
    data["has_notice"] = Data(!text.empty());
    data["notice"] = Data(text);
}

bool may_administer(directory::User const& user)
{
    return user.role == directory::Role::admin || user.role == directory::Role::teacher;
}

std::string initials(std::string_view name)
{
    auto const words = base::split(base::trim(name), ' ');
    if (words.empty()) return {};
    auto out = first_character(words.front());
    if (words.size() > 1) out += first_character(words.back());
    return base::upper(out);
}

} // namespace httpd
