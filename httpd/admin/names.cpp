// Zones and their records, by the desk.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/names";
constexpr std::size_t most_records = 2000;

struct NewRecord {
    std::string name, type = "A", data;
    std::string line() const { return name + " " + type + " " + data; }
};

NewRecord record_of(Form const& form)
{
    auto const trimmed = [&](std::string_view field) { return std::string(base::trim(form.value(field))); };
    NewRecord record{trimmed("name"), trimmed("type"), trimmed("data")};
    if (record.name.empty()) record.name = "@";
    bool const is_bare_text = record.type == "TXT" && !record.data.starts_with('"');
    if (is_bare_text)
        record.data = "\"" + base::replace_all(base::replace_all(record.data, "\\", "\\\\"), "\"", "\\\"") + "\"";
    return record;
}

DataList type_choices(std::string const& chosen)
{
    std::vector<std::pair<std::string, std::string>> types;
    for (std::string const type : {"A", "AAAA", "CNAME", "MX", "TXT", "SRV", "NS", "PTR", "CAA", "DS"})
        types.emplace_back(type, type);
    bool const is_known =
        std::any_of(types.begin(), types.end(), [&](auto const& one) { return one.first == chosen; });
    if (!is_known) types.emplace_back(chosen, chosen);
    return choices(types, chosen);
}

std::string without_dot(std::string name)
{
    if (name.ends_with('.')) name.pop_back();
    return name;
}

Response zones_page(Exchange const& exchange, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Names (DNS)"), here);
    auto const answer = ask_desk(exchange, "dns.zones");
    DataList rows;
    for (auto const& zone : answer.objects()) {
        Data row;
        auto const name = text_of(zone, "name");
        row["name"] = Data(without_dot(name));
        row["link"] = Data(link_to("names", name));
        row["serial"] = Data(text_of(zone, "serial"));
        row["records"] = Data(text_of(zone, "records"));
        row["is_signed"] = Data(text_of(zone, "signing") != "off");
        row["kind"] = Data(text_of(zone, "kind"));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["zone"] = Data(exchange.request.form.value("zone"));
    set_fault(data, fault.empty() ? answer.error : fault);
    return render(exchange, "admin_zones", data, fault.empty() ? 200 : 422);
}

DataList record_rows(std::vector<Object> const& records, std::string const& zone, std::string const& search)
{
    DataList rows;
    for (auto const& record : records) {
        auto const name = text_of(record, "name"), type = text_of(record, "type"), rdata = text_of(record, "data");
        bool const fits = search.empty() || (name + " " + type + " " + rdata).find(search) != std::string::npos;
        if (!fits || rows.size() == most_records) continue;
        Data row;
        row["name"] = Data(without_dot(name));
        row["type"] = Data(type);
        row["data"] = Data(rdata);
        row["ttl"] = Data(text_of(record, "ttl"));
        row["may_change"] = Data(!is_set(record, "derived") && !is_set(record, "signing") && type != "SOA");
        row["link"] =
            Data(link_to("names", zone, "/record?record=" + percent_encoded(name + " " + type + " " + rdata)));
        rows.push_back(std::move(row));
    }
    return rows;
}

void set_signing(Exchange const& exchange, Data& data, std::string const& zone)
{
    DataList keys, ds;
    bool is_signed = false, must_act = false;
    for (auto const& status : ask_desk(exchange, "dns.keys").objects()) {
        if (text_of(status, "zone") != zone) continue;
        is_signed = true;
        must_act = is_set(status, "parent_must_act");
        for (auto const& key : objects_of(status, "keys")) {
            Data row;
            row["tag"] = Data(text_of(key, "tag"));
            row["role"] = Data(base::upper(text_of(key, "role")));
            row["state"] = Data(text_of(key, "state"));
            row["since"] = Data(exchange.long_time(time_of(key, "since")));
            keys.push_back(std::move(row));
        }
        for (auto const& line : texts_of(status, "ds")) {
            Data row;
            row["ds_line"] = Data(line);
            ds.push_back(std::move(row));
        }
    }
    data["is_signed"] = Data(is_signed);
    data["must_act"] = Data(must_act);
    data["keys"] = Data(keys);
    data["ds"] = Data(ds);
}

Response zone_page(Exchange const& exchange, NewRecord const& record, std::string const& fault)
{
    auto const& zone = exchange.parameter("zone");
    auto const answer = ask_desk(exchange, "dns.list", {{"zone", zone}});
    if (!answer.good) return zones_page(exchange, answer.error);
    auto data = admin_data(exchange, without_dot(zone), here);
    auto const search = base::lower(exchange.request.query.value("q"));
    auto const rows = record_rows(answer.objects(), zone, search);
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["q"] = Data(search);
    data["link"] = Data(link_to("names", zone));
    data["zone"] = Data(without_dot(zone));
    data["name"] = Data(record.name);
    data["types"] = Data(type_choices(record.type));
    data["data"] = Data(record.data);
    set_signing(exchange, data, zone);
    set_fault(data, fault);
    return render(exchange, "admin_zone", data, fault.empty() ? 200 : 422);
}

/// "name type data" as the list has it, taken apart.
std::optional<NewRecord> parse_record(std::string const& text)
{
    auto const first = text.find(' ');
    auto const second = first == std::string::npos ? first : text.find(' ', first + 1);
    if (second == std::string::npos) return std::nullopt;
    return NewRecord{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

Response record_page(Exchange const& exchange, std::string const& before, NewRecord const& record,
                     std::string const& fault)
{
    auto const& zone = exchange.parameter("zone");
    auto data = admin_data(exchange, exchange.text("Change a record"), here);
    data["link"] = Data(link_to("names", zone));
    data["zone"] = Data(without_dot(zone));
    data["before"] = Data(before);
    data["name"] = Data(record.name);
    data["types"] = Data(type_choices(record.type));
    data["data"] = Data(record.data);
    set_fault(data, fault);
    return render(exchange, "admin_record", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_zones(Exchange& exchange) { return zones_page(exchange, ""); }

Response add_zone(Exchange& exchange)
{
    std::string const zone(base::trim(exchange.request.form.value("zone")));
    auto const answer = ask_desk(exchange, "dns.zone-add", {{"zone", zone}});
    if (!answer.good) return zones_page(exchange, answer.error);
    note(exchange, "dns.zone-add", zone);
    return see_other("/admin/names?notice=added");
}

Response show_zone(Exchange& exchange) { return zone_page(exchange, {}, ""); }

Response add_record(Exchange& exchange)
{
    auto const& zone = exchange.parameter("zone");
    auto const record = record_of(exchange.request.form);
    auto const answer = ask_desk(exchange, "dns.add", {{"zone", zone}, {"record", record.line()}});
    if (!answer.good) return zone_page(exchange, record, answer.error);
    note(exchange, "dns.add", record.line());
    return see_other(link_to("names", zone, "?notice=added"));
}

Response show_record(Exchange& exchange)
{
    auto const& before = exchange.request.query.value("record");
    auto const record = parse_record(before);
    return record ? record_page(exchange, before, *record, "") : not_found_page(exchange);
}

Response change_record(Exchange& exchange)
{
    auto const& zone = exchange.parameter("zone");
    auto const& form = exchange.request.form;
    auto const& before = form.value("before");
    auto const record = record_of(form);
    bool const deletes = form.value("do") == "delete";
    if (deletes && form.value("sure") != "yes")
        return ask(
            exchange,
            {.title = exchange.text("Delete this record?"),
             .losses = {before, exchange.text("Programs that ask for this name find nothing, or somewhere else.")},
             .button = exchange.text("Delete the record"),
             .action = link_to("names", zone, "/record"),
             .fields = {{"before", before}, {"do", "delete"}, {"sure", "yes"}},
             .back = link_to("names", zone),
             .current = here});
    auto const answer =
        deletes ? ask_desk(exchange, "dns.delete", {{"zone", zone}, {"record", before}})
                : ask_desk(exchange, "dns.replace", {{"zone", zone}, {"record", before}, {"by", record.line()}});
    if (!answer.good)
        return record_page(exchange, before, deletes ? parse_record(before).value_or(NewRecord{}) : record,
                           answer.error);
    note(exchange, deletes ? "dns.delete" : "dns.replace", before, deletes ? "" : record.line());
    return see_other(link_to("names", zone, deletes ? "?notice=deleted" : "?notice=saved"));
}

Response ask_delete_zone(Exchange& exchange)
{
    auto const& zone = exchange.parameter("zone");
    return ask(exchange,
               {.title = exchange.text("Delete the zone {1}?", {without_dot(zone)}),
                .losses = {exchange.text("All its records are lost. Nobody finds its names any more."),
                           exchange.text("Without the school's own zone, mail and web do not work by name.")},
                .button = exchange.text("Delete the zone"),
                .action = link_to("names", zone, "/delete"),
                .back = link_to("names", zone),
                .current = here});
}

Response delete_zone(Exchange& exchange)
{
    auto const& zone = exchange.parameter("zone");
    auto const answer = ask_desk(exchange, "dns.zone-delete", {{"zone", zone}});
    if (!answer.good) return zones_page(exchange, answer.error);
    note(exchange, "dns.zone-delete", zone);
    return see_other("/admin/names?notice=deleted");
}

Response sign_zone(Exchange& exchange)
{
    auto const& zone = exchange.parameter("zone");
    std::string const operation = exchange.request.form.value("do") == "unsign" ? "dns.unsign" : "dns.sign";
    auto const answer = ask_desk(exchange, operation, {{"zone", zone}});
    if (!answer.good) return zone_page(exchange, {}, answer.error);
    note(exchange, operation, zone);
    return see_other(link_to("names", zone, "?notice=saved"));
}

} // namespace httpd::admin
