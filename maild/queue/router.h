#pragma once
// Where a recipient's mail goes: to mailboxes here, on to other domains, or nowhere.

#include "appliance/directory/directory.h"
#include "appliance/message/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace maild::queue
{

/// An address elsewhere and the domain whose servers take mail for it.
struct Elsewhere {
    std::string address;
    std::string destination;
};

struct Route {
    enum class Kind {
        here,      ///< `users`, and `elsewhere` for an alias with addresses of other domains
        elsewhere, ///< one entry in `elsewhere`
        nowhere,   ///< `status` and `reason` say why
    };
    Kind kind = Kind::nowhere;
    std::vector<directory::User> users;
    std::vector<Elsewhere> elsewhere;
    std::string status;                                       ///< "5.1.1"
    std::string reason;                                       ///< for the sender
    std::optional<directory::ListPolicy> list = std::nullopt; ///< set when its copies are list mail
};

/// Throws base::StoreError.
Route route(directory::Directory& directory, std::string_view address);

} // namespace maild::queue
