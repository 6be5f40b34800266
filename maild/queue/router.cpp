#include "maild/queue/router.h"

namespace maild::queue
{

namespace
{
Route nowhere(std::string status, std::string reason)
{
    return {Route::Kind::nowhere, {}, {}, std::move(status), std::move(reason)};
}
} // namespace

Route route(directory::Directory& directory, std::string_view text)
{
    auto const address = message::Address::parse(text, message::Utf8::allow);
    if (!address) return nowhere("5.1.3", "this is not an address");
    auto const meaning = directory.resolve(address->local_part, address->domain);
    switch (meaning.kind) {
    case directory::Resolution::Kind::unknown: return nowhere("5.1.1", "there is no such user");
    case directory::Resolution::Kind::elsewhere:
        return {Route::Kind::elsewhere, {}, {{address->show(), address->domain}}, {}, {}};
    case directory::Resolution::Kind::local: break;
    }
    Route here{Route::Kind::here, meaning.users, {}, {}, {}};
    for (auto const& remote : meaning.remote)
        if (auto const other = message::Address::parse(remote, message::Utf8::allow))
            here.elsewhere.push_back({other->show(), other->domain});
    if (here.users.empty() && here.elsewhere.empty())
        return nowhere("5.2.1", "nobody receives mail at this address now");
    if (meaning.is_list()) here.list = meaning.list;
    return here;
}

} // namespace maild::queue
