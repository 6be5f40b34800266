// How the box is, and what to do next. For a teacher: the classes.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::uint64_t day = 86400ULL * 1'000'000;
constexpr std::uint64_t old_backup_days = 8;

Response teacher_page(Exchange const& exchange)
{
    auto data = admin_data(exchange, exchange.text("My classes"), "/admin");
    DataList rows;
    for (auto const& name : exchange.services.administration.classes_of(exchange.session->user.id)) {
        Data row;
        row["name"] = Data(name);
        row["link"] = Data(link_to("classes", name));
        row["members"] = Data(
            exchange.count("{1} member", "{1} members", exchange.services.directory.members(name).value().size()));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    return render(exchange, "admin_teacher", data);
}

class Warnings
{
public:
    void add(std::string text, std::string link, std::string action)
    {
        Data row;
        row["text"] = Data(std::move(text));
        row["has_link"] = Data(!link.empty());
        row["link"] = Data(std::move(link));
        row["action"] = Data(std::move(action));
        rows_.push_back(std::move(row));
    }
    DataList const& rows() const { return rows_; }

private:
    DataList rows_;
};

void warn_about_backup(Exchange const& exchange, Warnings& warnings, Object const& status)
{
    auto const backup = object_of(status, "last_backup");
    auto const when = static_cast<std::uint64_t>(time_of(backup, "time"));
    auto const now = static_cast<std::uint64_t>(exchange.services.clock.now());
    if (when == 0)
        warnings.add(
            exchange.text("There is no backup yet. Plug in a USB disk and run 'kotakpos backup' at the box."), "",
            "");
    else if (now > when + old_backup_days * day)
        warnings.add(exchange.text("The last backup is of {1}. Make a new one at the box.",
                                   {exchange.long_time(static_cast<base::Timestamp>(when))}),
                     "", "");
}

DataList warnings_of(Exchange const& exchange, Object const& status, std::uint64_t used_percent)
{
    constexpr std::uint64_t nearly_full = 85;
    Warnings warnings;
    for (auto const& process : objects_of(status, "processes"))
        if (!is_set(process, "healthy"))
            warnings.add(exchange.text("{1} is not well.", {text_of(process, "name")}), "/admin/services",
                         exchange.text("Look at the services"));
    if (used_percent >= nearly_full)
        warnings.add(exchange.text("The disk is {1}% full. Delete old mail, or add a larger disk.",
                                   {std::to_string(used_percent)}),
                     "/admin/statistics", exchange.text("See who needs the room"));
    if (auto const held = number_of(object_of(status, "queue"), "held"); held > 0)
        warnings.add(exchange.count("{1} mail is held in the queue.", "{1} mails are held in the queue.", held),
                     "/admin/queue", exchange.text("Look at the queue"));
    for (auto const& sender : objects_of(object_of(status, "mail"), "senders"))
        if (is_set(sender, "full"))
            warnings.add(
                exchange.text("{1} has reached the limit of mails in an hour. A class project, or a stolen password?",
                              {text_of(sender, "login")}),
                "/admin/trace?from=" + percent_encoded(text_of(sender, "login")), exchange.text("See what was sent"));
    warn_about_backup(exchange, warnings, status);
    return warnings.rows();
}
} // namespace

Response show_overview(Exchange& exchange)
{
    if (!is_administrator(exchange)) return teacher_page(exchange);
    auto const answer = ask_desk(exchange, "status");
    auto const status = answer.object();
    auto const today = objects_of(ask_desk(exchange, "statistics", {{"days", "1"}}).object(), "days");
    auto const disk = object_of(status, "disk");
    auto const total = number_of(disk, "total"), free = number_of(disk, "free");
    auto const percent = total == 0 ? 0 : (total - free) / (total / 100 + 1);
    auto const queue = object_of(status, "queue");
    auto data = admin_data(exchange, exchange.text("Overview"), "/admin");
    auto const warnings = warnings_of(exchange, status, percent);
    data["warnings"] = Data(warnings);
    data["has_warnings"] = Data(!warnings.empty());
    data["is_well"] = Data(is_set(status, "well"));
    data["services"] =
        Data(exchange.count("{1} service runs", "{1} services run", objects_of(status, "processes").size()));
    data["mails_today"] = Data(today.empty() ? "0" : text_of(today.front(), "messages"));
    data["mails_inside"] = Data(today.empty() ? "0" : text_of(today.front(), "inside"));
    data["waiting"] = Data(std::to_string(number_of(queue, "waiting")));
    data["held"] = Data(std::to_string(number_of(queue, "held")));
    data["disk_percent"] = Data(std::to_string(percent));
    data["disk_free"] = Data(base::show_size(free));
    data["disk_total"] = Data(base::show_size(total));
    auto const users = exchange.services.directory.users();
    data["people"] = Data(std::to_string(users.size()));
    data["classes"] = Data(std::to_string(exchange.services.directory.classes().size()));
    set_fault(data, answer.error);
    return render(exchange, "admin_overview", data);
}

} // namespace httpd::admin
