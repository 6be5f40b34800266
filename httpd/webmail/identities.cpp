// As whom somebody writes: names, addresses and signatures. The first one is the usual one.

#include "appliance/base/text.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/settings.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
using Identities = std::vector<directory::Identity>;
constexpr std::string_view page = "/settings/identities";

/// The place in the list that the address names; its size for a new one ("new"); nothing for anything else.
std::optional<std::size_t> place_of(Exchange const& exchange, Identities const& all)
{
    auto const& text = exchange.parameter("number");
    if (text == "new") return all.size();
    auto const number = base::parse_number(text, all.size());
    if (!number || *number == 0) return std::nullopt;
    return static_cast<std::size_t>(*number - 1);
}

Response form_page(Exchange& exchange, directory::Identity const& shown, std::string const& fault, int status)
{
    bool const is_new = exchange.parameter("number") == "new";
    auto const title = is_new ? exchange.text("New name and signature") : exchange.text("Name and signature");
    auto data = settings_data(exchange, title, page);
    std::vector<Option> addresses;
    for (auto const& address : exchange.services.personal.own_addresses(exchange.session->user))
        addresses.emplace_back(address, address);
    data["title"] = Data(title);
    data["number"] = Data(exchange.parameter("number"));
    data["name"] = Data(shown.name);
    data["signature"] = Data(shown.signature);
    data["options"] = Data(option_data(addresses, shown.address));
    set_fault(data, fault);
    return render(exchange, "identity", data, status);
}

directory::Identity from_form(Form const& form)
{
    directory::Identity one;
    one.name = std::string(base::trim(form.value("name")));
    one.address = form.value("address");
    one.signature = base::replace_all(form.value("signature"), "\r\n", "\n");
    while (one.signature.ends_with('\n') || one.signature.ends_with(' ')) one.signature.pop_back();
    return one;
}

Response store(Exchange& exchange, Identities const& all, directory::Identity const& shown, std::string_view notice)
{
    auto const set = exchange.services.personal.set_identities(exchange.session->user, all);
    if (!set) return form_page(exchange, shown, fault_text(exchange, set.error()), 422);
    return back_to(page, notice);
}
} // namespace

Response show_identities(Exchange& exchange)
{
    auto data = settings_data(exchange, exchange.text("Names and signatures"), page);
    auto const all = exchange.services.personal.identities(exchange.session->user);
    DataList rows;
    for (auto const& one : all) {
        Data row;
        row["number"] = Data(std::to_string(rows.size() + 1));
        row["name"] = Data(one.name.empty() ? one.address : one.name);
        row["address"] = Data(one.address);
        row["signature"] = Data(one.signature);
        row["is_usual"] = Data(rows.empty());
        row["can_delete"] = Data(all.size() > 1);
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["can_add"] = Data(all.size() < directory::identities_max);
    return render(exchange, "identities", data);
}

Response show_identity(Exchange& exchange)
{
    auto const& user = exchange.session->user;
    auto const all = exchange.services.personal.identities(user);
    auto const place = place_of(exchange, all);
    if (!place) return not_found_page(exchange);
    auto const fresh = directory::Identity{user.name, exchange.services.personal.own_addresses(user).front(), {}};
    return form_page(exchange, *place < all.size() ? all[*place] : fresh, "", 200);
}

Response change_identity(Exchange& exchange)
{
    auto all = exchange.services.personal.identities(exchange.session->user);
    auto const place = place_of(exchange, all);
    auto const& what = exchange.request.form.value("do");
    if (!place || (*place == all.size() && what != "save")) return back_to(page, "gone");
    auto const here = all.begin() + static_cast<std::ptrdiff_t>(*place);
    if (what == "remove") {
        auto const shown = *here;
        all.erase(here);
        return store(exchange, all, shown, "deleted");
    }
    if (what == "usual") {
        std::rotate(all.begin(), here, here + 1);
        return store(exchange, all, all.front(), "saved");
    }
    auto const shown = from_form(exchange.request.form);
    if (here == all.end())
        all.push_back(shown);
    else
        *here = shown;
    return store(exchange, all, shown, "saved");
}

} // namespace httpd::webmail
