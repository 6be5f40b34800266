// The way that a message took, drawn from its Received lines so that one can learn from it how mail travels.

#include "appliance/base/text.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "httpd/limits.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/received.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
constexpr base::Timestamp second = 1000000;

std::string two_digits(long long number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// long_time() with seconds.
std::string exact_time(Exchange const& exchange, base::Timestamp when)
{
    auto const text = exchange.long_time(when);
    auto const separator = text.size() > 3 ? text.substr(text.size() - 3, 1) : ":";
    return text + separator + two_digits(when / second % 60);
}

std::string duration(Exchange const& exchange, base::Timestamp length)
{
    auto const seconds = std::abs(length) / second;
    auto const hours = seconds / 3600;
    auto const minutes = seconds / 60 % 60;
    if (hours >= 48) return exchange.text("{1} days", {std::to_string(hours / 24)});
    if (hours > 0) return exchange.text("{1} h {2} min", {std::to_string(hours), std::to_string(minutes)});
    if (minutes > 0) return exchange.text("{1} min {2} s", {std::to_string(minutes), std::to_string(seconds % 60)});
    return exchange.text("{1} s", {std::to_string(seconds)});
}

/// What "ESMTPSA" says, in words.
std::string protocol_words(Exchange const& exchange, Hop const& hop)
{
    auto const name = base::upper(hop.with);
    if (name.starts_with("LMTP")) return exchange.text("handed over inside one machine or network (LMTP)");
    if (name.starts_with("HTTP")) return exchange.text("written in a webmail");
    if (hop.authenticated) return exchange.text("sent by somebody who had logged in");
    if (name.find("SMTP") != std::string::npos) return exchange.text("from server to server");
    return {};
}

bool is_private(std::string_view address)
{
    return address.starts_with("10.") || address.starts_with("192.168.") || address.starts_with("127.") ||
           address == "::1" || base::lower(address).starts_with("fe80") || base::lower(address).starts_with("fd");
}

struct Step {
    std::optional<base::Timestamp> delay; ///< since the station before
};

Data hop_data(Exchange const& exchange, Hop const& hop, std::size_t number, Step const& step, base::Timestamp longest)
{
    constexpr base::Timestamp tolerance = 2 * second; // clocks differ, and lines have whole seconds
    Data data;
    data["number"] = Data(std::to_string(number));
    data["by"] = Data(hop.by.empty() ? exchange.text("a server without a name") : hop.by);
    data["hop_from"] = Data(hop.from);
    data["from_name"] = Data(hop.from_name);
    data["from_address"] = Data(hop.from_address);
    data["is_private"] = Data(is_private(hop.from_address));
    data["has_sender"] = Data(!hop.from.empty() || !hop.from_address.empty());
    bool const other = !hop.from_name.empty() && !base::equal_ignoring_case(hop.from, hop.from_name) &&
                       !base::equal_ignoring_case(hop.from, hop.from_address);
    data["other_name"] = Data(other);
    data["with"] = Data(hop.with);
    data["with_words"] = Data(protocol_words(exchange, hop));
    data["id"] = Data(hop.id);
    data["recipient"] = Data(hop.recipient);
    data["tls"] = Data(hop.tls);
    data["has_tls"] = Data(!hop.tls.empty());
    bool const travels = base::upper(hop.with).find("SMTP") != std::string::npos;
    data["no_tls"] =
        Data(hop.tls.empty() && travels && !hop.from_address.empty() && !hop.from_address.starts_with("127."));
    data["time"] = Data(hop.time ? exact_time(exchange, *hop.time) : exchange.text("no time is given"));
    data["has_delay"] = Data(step.delay.has_value());
    if (!step.delay) return data;
    bool const backwards = *step.delay < -tolerance;
    data["clock_wrong"] = Data(backwards);
    data["delay"] = Data(duration(exchange, backwards ? *step.delay : std::max<base::Timestamp>(*step.delay, 0)));
    auto const share = longest > 0 && *step.delay > 0 ? *step.delay * 100 / longest : 0;
    data["share"] = Data(std::to_string(std::max<base::Timestamp>(share, 1)));
    data["slow"] = Data(*step.delay > 300 * second);
    return data;
}
} // namespace

Response show_path(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    mail::OpenedMessage opened;
    std::string header;
    exchange.use_mail([&](mail::MailClient& client) {
        opened = client.open_message(folder, uid, {});
        if (opened.message) header = client.header(folder, uid);
    });
    if (!opened.message) return gone_page(exchange, folder, opened.folders);

    auto const hops = hops_of(header);
    auto const written = message::parse_date(message::Header::parse(header).first("Date"));
    std::vector<Step> steps;
    base::Timestamp longest = 0;
    auto before = written ? std::optional(written->when) : std::nullopt;
    auto const begin = before;
    for (auto const& hop : hops) {
        steps.push_back({hop.time && before ? std::optional(*hop.time - *before) : std::nullopt});
        if (steps.back().delay) longest = std::max(longest, *steps.back().delay);
        if (hop.time) before = hop.time;
    }
    auto data = mail_page_data(exchange, exchange.text("Delivery path"), opened.folders, folder);
    DataList rows;
    for (std::size_t i = 0; i < hops.size(); ++i)
        rows.push_back(hop_data(exchange, hops[i], i + 1, steps[i], longest));
    data["hops"] = Data(rows);
    data["link"] = Data(message_link(folder, uid));
    data["subject"] = Data(subject_or_placeholder(exchange, opened.message->summary.subject));
    data["writer"] = Data(people(opened.message->summary.from, 1));
    data["has_written"] = Data(written.has_value());
    if (written) data["written"] = Data(exact_time(exchange, written->when));
    data["is_empty"] = Data(hops.empty());
    data["kept"] = Data(exact_time(exchange, opened.message->summary.date));
    data["label"] = Data(folder_label(exchange, opened.folders, folder));
    auto const total = begin && before ? *before - *begin : 0;
    data["summary"] =
        Data(exchange.count("{1} station", "{1} stations", hops.size()) +
             (begin && total >= 0 ? " · " + exchange.text("{1} on the way", {duration(exchange, total)}) : ""));
    return render(exchange, "path", data);
}

} // namespace httpd::webmail
