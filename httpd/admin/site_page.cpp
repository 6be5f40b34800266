// The school's page: what is shown at www, a new one from a ZIP archive, the one before it.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/site";
constexpr std::size_t most_shown = 200;

std::string www(Exchange const& exchange) { return "https://www." + exchange.services.directory.domain() + "/"; }

Response site_page(Exchange const& exchange, std::string const& fault, std::string const& notice = {})
{
    auto const answer = ask_desk(exchange, "site.list");
    auto const shown = answer.object();
    auto data = admin_data(exchange, exchange.text("School page"), here);
    DataList rows;
    std::uint64_t bytes = 0;
    bool has_index = false;
    auto const files = objects_of(shown, "files");
    for (auto const& file : files) {
        bytes += number_of(file, "size");
        has_index |= text_of(file, "path") == "index.html";
        if (rows.size() == most_shown) continue;
        Data row;
        row["path"] = Data(text_of(file, "path"));
        row["size"] = Data(base::show_size(number_of(file, "size")));
        row["changed"] = Data(exchange.long_time(time_of(file, "changed")));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["has_files"] = Data(!files.empty());
    data["lacks_index"] = Data(!files.empty() && !has_index);
    data["largest"] = Data(base::show_size(exchange.services.config.message_size_max));
    data["count"] = Data(exchange.text("{1} files, {2}", {std::to_string(files.size()), base::show_size(bytes)}));
    data["has_more"] = Data(files.size() > most_shown);
    data["has_previous"] = Data(is_set(shown, "has_previous"));
    data["www"] = Data(www(exchange));
    if (!notice.empty()) set_notice(data, notice);
    set_fault(data, fault.empty() ? answer.error : fault);
    return render(exchange, "admin_site", data, fault.empty() ? 200 : 422);
}

HiddenFile const* uploaded(Form const& form)
{
    for (auto const& file : form.files())
        if (file.field == "file" && !file.content.empty()) return &file.content;
    return nullptr;
}

Response upload(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const* const archive = uploaded(form);
    if (!archive) return site_page(exchange, exchange.text("Choose a ZIP archive first."));
    auto const answer = ask_desk(exchange, "site.upload", {}, archive);
    if (!answer.good) return site_page(exchange, answer.error);
    note(exchange, "site.upload", form.files().front().name, base::show_size(archive->size()));
    return see_other("/admin/site?notice=published");
}
} // namespace

Response show_site(Exchange& exchange)
{
    auto const& word = exchange.request.query.value("notice");
    return site_page(exchange, "",
                     word == "published" ? exchange.text("This is the school's page now.")
                     : word == "cleared" ? exchange.text("The page that comes with the box is shown.")
                                         : "");
}

Response change_site(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const& what = form.value("do");
    if (what == "upload") return upload(exchange);
    if (what != "restore" && what != "clear") return site_page(exchange, exchange.text("This is not known here."));
    bool const is_restore = what == "restore";
    if (form.value("sure") != "yes")
        return ask(exchange, {.title = is_restore ? exchange.text("Show the page before again?")
                                                  : exchange.text("Take the school's page away?"),
                              .losses = {is_restore ? exchange.text("The page of now is kept, and can be taken back.")
                                                    : exchange.text("Visitors see the page that comes with the box. "
                                                                    "Yours is kept, and can be taken back.")},
                              .button = is_restore ? exchange.text("Show it") : exchange.text("Take it away"),
                              .action = std::string(here),
                              .fields = {{"do", what}, {"sure", "yes"}},
                              .back = std::string(here),
                              .current = here});
    auto const answer = ask_desk(exchange, "site." + what);
    if (!answer.good) return site_page(exchange, answer.error);
    note(exchange, "site." + what, "www");
    return see_other(is_restore ? "/admin/site?notice=published" : "/admin/site?notice=cleared");
}

} // namespace httpd::admin
