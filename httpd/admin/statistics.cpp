// Mail per day, who sent most, how full the disk is.

#include "appliance/base/text.h"
#include "httpd/admin/chart.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

Response show_statistics(Exchange& exchange)
{
    auto const chosen = exchange.request.query.value("days");
    auto const days = chosen.empty() ? "30" : chosen;
    auto const answer = ask_desk(exchange, "statistics", {{"days", days}});
    auto const found = answer.object();
    auto data = admin_data(exchange, exchange.text("Statistics"), "/admin/statistics");
    set_mail_chart(exchange, data, found);
    auto const disk = object_of(found, "disk");
    auto const total = number_of(disk, "total_bytes"), free = number_of(disk, "free_bytes");
    data["disk_free"] = Data(base::show_size(free));
    data["disk_total"] = Data(base::show_size(total));
    data["disk_percent"] = Data(std::to_string(total == 0 ? 0 : (total - free) / (total / 100 + 1)));
    data["days"] = Data(choices(
        {{"7", exchange.text("7 days")}, {"30", exchange.text("30 days")}, {"90", exchange.text("90 days")}}, days));
    set_fault(data, answer.error);
    return render(exchange, "admin_statistics", data, answer.good ? 200 : 422);
}

} // namespace httpd::admin
