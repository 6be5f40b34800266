// What somebody has chosen for himself: the overview of all settings, and the choices that are one word each.

#include "httpd/webmail/settings.h"

#include "appliance/base/text.h"
#include "httpd/frame.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/time_zones.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
namespace preference = directory::preference;

struct Page {
    std::string icon, label, link;
};

std::vector<Page> pages(Exchange const& exchange)
{
    return {
        {"eye", exchange.text("Display and language"), "/settings/display"},
        {"lock", exchange.text("Password"), "/settings/password"},
        {"key", exchange.text("Phones and mail programs"), "/settings/devices"},
        {"globe", exchange.text("Where you are logged in"), "/settings/sessions"},
        {"user", exchange.text("Names and signatures"), "/settings/identities"},
        {"filter", exchange.text("Filters"), "/settings/filters"},
        {"clock", exchange.text("Automatic answer"), "/settings/vacation"},
    };
}

/// What a redirect wanted to say. Unknown words say nothing: the address bar is anybody's.
std::string notice_text(Exchange const& exchange)
{
    auto const& word = exchange.request.query.value("notice");
    constexpr std::uint64_t most = 100000;
    auto const n = static_cast<std::size_t>(base::parse_number(exchange.request.query.value("n"), most).value_or(0));
    if (word == "saved") return exchange.text("Saved.");
    if (word == "password") return exchange.text("Your password is changed. Everything else was logged out.");
    if (word == "removed") return exchange.text("It is deleted. That device is logged out.");
    if (word == "session-ended") return exchange.text("That session has ended.");
    if (word == "sessions-ended")
        return exchange.count("{1} other session has ended.", "{1} other sessions have ended.", n);
    if (word == "deleted") return exchange.text("It is deleted.");
    if (word == "gone") return exchange.text("It was not there any more.");
    if (word == "moved") return exchange.text("The order is changed.");
    if (word == "on") return exchange.text("It is on now.");
    if (word == "off") return exchange.text("It is off now.");
    return {};
}

std::string with_capital(std::string text)
{
    if (!text.empty()) text.front() = base::upper(text.substr(0, 1)).front();
    return text;
}

struct Choice {
    std::string_view key;
    std::string label, hint;
    std::vector<Option> options;
};

struct Group {
    std::string title;
    std::vector<Choice> choices;
};

std::vector<Option> seconds(Exchange const& exchange)
{
    std::vector<Option> options = {{"", exchange.text("10 seconds (usual)")}, {"0", exchange.text("not at all")}};
    for (std::string const number : {"5", "20", "30"})
        options.emplace_back(number, exchange.text("{1} seconds", {number}));
    return options;
}

Group display(Exchange const& exchange)
{
    return {exchange.text("Display and language"),
            {{preference::language,
              exchange.text("Language"),
              "",
              {{"", exchange.text("as this browser has it")}, {"id", "Bahasa Indonesia"}, {"en", "English"}}},
             {preference::time_zone, exchange.text("Time zone"), exchange.text("All times are shown in it."),
              zone_options(exchange)},
             {preference::look,
              exchange.text("Look"),
              "",
              {{"", exchange.text("as this device has it")},
               {"light", exchange.text("light")},
               {"dark", exchange.text("dark")}}}}};
}

Group reading(Exchange const& exchange)
{
    return {exchange.text("Reading"),
            {{preference::page_size,
              exchange.text("Messages on a page"),
              "",
              {{"", exchange.text("50 (usual)")}, {"25", "25"}, {"100", "100"}, {"200", "200"}}},
             {preference::conversations,
              exchange.text("Conversations"),
              exchange.text("Answers stand together with the message that they belong to."),
              {{"", exchange.text("usual")},
               {"on", exchange.text("together")},
               {"off", exchange.text("each on its own")}}},
             {preference::receipts,
              exchange.text("When a sender wants to know that you have read"),
              "",
              {{"", exchange.text("ask me (usual)")}, {"never", exchange.text("never tell")}}}}};
}

Group writing(Exchange const& exchange)
{
    return {exchange.text("Writing"),
            {{preference::undo, exchange.text("A sent message can be taken back for"), "", seconds(exchange)},
             {preference::signature,
              exchange.text("Signature in answers"),
              "",
              {{"", exchange.text("usual")},
               {"above", exchange.text("above the quoted text")},
               {"below", exchange.text("below the quoted text")},
               {"off", exchange.text("none")}}}}};
}

std::vector<Group> groups(Exchange const& exchange)
{
    return {display(exchange), reading(exchange), writing(exchange)};
}

Data choice_data(Exchange const& exchange, Choice const& choice)
{
    Data row;
    row["key"] = Data(std::string(choice.key));
    row["label"] = Data(choice.label);
    row["has_hint"] = Data(!choice.hint.empty());
    row["hint"] = Data(choice.hint);
    row["options"] = Data(option_data(choice.options, exchange.choice(choice.key)));
    return row;
}

std::size_t count_of(std::vector<directory::AppPassword> const& all, std::string_view purpose)
{
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](auto const& one) { return one.purpose == purpose; }));
}

/// What stands under a page's name in the overview, in the order of pages().
std::vector<std::string> states(Exchange& exchange)
{
    auto const& user = exchange.session->user;
    auto& services = exchange.services;
    auto const devices = services.personal.app_passwords(user.id);
    auto const filters = services.filters.filters(user.id);
    auto const vacation = services.filters.vacation(user.id);
    auto const on = std::count_if(filters.begin(), filters.end(), [](auto const& one) { return one.enabled; });
    bool const answers = vacation.is_on(services.clock.now());
    return {
        exchange.text("Language, time zone, light or dark, list and writing"),
        exchange.text("Change your password"),
        exchange.count("{1} device with a password of its own", "{1} devices with a password of their own",
                       count_of(devices, "device")),
        exchange.count("{1} browser is logged in", "{1} browsers are logged in", count_of(devices, "web")),
        services.personal.identities(user).front().address,
        exchange.count("{1} filter is on", "{1} filters are on", static_cast<std::size_t>(on)),
        answers ? exchange.text("It is on now.") : exchange.text("off"),
    };
}
} // namespace

Data settings_data(Exchange const& exchange, std::string const& title, std::string_view here)
{
    std::vector<SideLink> side = {{"settings", exchange.text("Overview"), "/settings", here == "/settings"}};
    for (auto const& page : pages(exchange)) side.push_back({page.icon, page.label, page.link, page.link == here});
    auto data = frame_data(exchange, title, Area::settings, exchange.text("Settings"), side);
    add_style(data, "settings.css");
    set_notice(data, notice_text(exchange));
    return data;
}

std::string fault_text(Exchange const& exchange, base::Error const& error)
{
    auto text = with_capital(exchange.catalog.text(error.why));
    if (!error.to_do.empty()) text += ": " + exchange.catalog.text(error.to_do);
    return text + ".";
}

void set_fault(Data& data, std::string const& text)
{
    data["has_fault"] = Data(!text.empty());
    data["fault"] = Data(text);
}

DataList option_data(std::vector<Option> const& options, std::string_view chosen)
{
    DataList rows;
    for (auto const& [value, label] : options) {
        Data row;
        row["value"] = Data(value);
        row["label"] = Data(label);
        row["selected"] = Data(value == chosen);
        rows.push_back(std::move(row));
    }
    return rows;
}

Response back_to(std::string_view page, std::string_view notice)
{
    return see_other(std::string(page) + "?notice=" + std::string(notice));
}

Response show_settings(Exchange& exchange)
{
    auto data = settings_data(exchange, exchange.text("Settings"), "/settings");
    DataList cards;
    auto const texts = states(exchange);
    std::size_t number = 0;
    for (auto const& page : pages(exchange)) {
        Data card;
        card["icon"] = Data(page.icon);
        card["label"] = Data(page.label);
        card["link"] = Data(page.link);
        card["state"] = Data(texts[number++]);
        cards.push_back(std::move(card));
    }
    data["cards"] = Data(cards);
    return render(exchange, "settings", data);
}

Response show_display(Exchange& exchange)
{
    auto data = settings_data(exchange, exchange.text("Display and language"), "/settings/display");
    DataList panels;
    for (auto const& group : groups(exchange)) {
        DataList choices;
        for (auto const& choice : group.choices) choices.push_back(choice_data(exchange, choice));
        Data panel;
        panel["title"] = Data(group.title);
        panel["choices"] = Data(choices);
        panels.push_back(std::move(panel));
    }
    data["panels"] = Data(panels);
    return render(exchange, "display", data);
}

Response change_display(Exchange& exchange)
{
    auto const user = exchange.session->user.id;
    auto const& form = exchange.request.form;
    for (auto const& group : groups(exchange)) {
        for (auto const& choice : group.choices) {
            if (!form.has(choice.key) || form.value(choice.key) == exchange.choice(choice.key)) continue;
            auto const set = exchange.services.personal.set_preference(user, choice.key, form.value(choice.key));
            if (!set)
                return error_page(exchange, 422, exchange.text("This was not saved"),
                                  fault_text(exchange, set.error()));
        }
    }
    exchange.services.sessions.refresh_choices(user);
    auto response = back_to("/settings/display", "saved");
    keep_choices(response, exchange.session->choices()->preferences);
    return response;
}

} // namespace httpd::webmail
