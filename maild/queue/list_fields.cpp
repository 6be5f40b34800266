#include "maild/queue/list_fields.h"

#include "appliance/base/text.h"
#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::queue
{

std::string delivered_to(std::string_view address)
{
    return message::HeaderBuilder().add("Delivered-To", address).text();
}

std::string list_fields(directory::ListPolicy const& list, std::string_view domain)
{
    auto const address = list.name + '@' + std::string(domain);
    return message::HeaderBuilder()
        .add("Delivered-To", address)
        .add("List-Id", '"' + list.title + "\" <" + list.name + '.' + std::string(domain) + '>')
        .add("List-Post", "<mailto:" + address + '>')
        .text();
}

bool has_been_at(Message const& message, std::string_view address)
{
    auto const begin = message.body.read(0, limits::header_looked_at);
    auto const header = message::Header::parse(begin);
    auto const fields = header.all("Delivered-To");
    return std::any_of(fields.begin(), fields.end(), [&](auto const* field) {
        return base::equal_ignoring_case(base::trim(field->value()), address);
    });
}

} // namespace maild::queue
