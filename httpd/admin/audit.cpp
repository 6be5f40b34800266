// Who did what in the web administration.

#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::size_t page_size = 100;
}

Response show_audit(Exchange& exchange)
{
    auto const before = base::parse_number(exchange.request.query.value("before"), INT64_MAX).value_or(0);
    auto const deeds = exchange.services.administration.deeds(page_size, static_cast<std::int64_t>(before));
    auto data = admin_data(exchange, exchange.text("What was done"), "/admin/audit");
    DataList rows;
    for (auto const& deed : deeds) {
        Data row;
        row["when"] = Data(exchange.long_time(deed.id));
        row["who"] = Data(deed.login);
        row["peer"] = Data(deed.peer);
        row["action"] = Data(deed.action);
        row["subject"] = Data(deed.subject);
        row["detail"] = Data(deed.detail);
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["has_next"] = Data(deeds.size() == page_size);
    data["next"] = Data(deeds.empty() ? "" : "/admin/audit?before=" + std::to_string(deeds.back().id));
    return render(exchange, "admin_audit", data);
}

} // namespace httpd::admin
