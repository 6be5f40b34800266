#include "appliance/message/address_list.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// RFC 5321 paths and RFC 5322 lists: what was understood must be understood again after writing it.
FUZZ_TARGET(address)
{
    using namespace std::string_view_literals;
    for (auto const kind : {message::PathKind::reverse, message::PathKind::forward}) {
        for (auto const utf8 : {message::Utf8::refuse, message::Utf8::allow}) {
            base::Cursor cursor(bytes);
            auto const address = message::parse_path(cursor, kind, utf8);
            if (!address) continue;
            std::string const again = address->path();
            base::Cursor second(again);
            auto const same = message::parse_path(second, kind, utf8);
            if (!same || *same != *address || !second.at_end()) std::abort();
        }
    }
    auto const list = message::parse_address_list(bytes);
    std::string const text = message::format_address_list(list);
    if (text.find_first_of("\r\n\0"sv) != std::string::npos) std::abort();
    // A list that we write keeps its recipients, no more and no fewer.
    if (message::recipients_of(message::parse_address_list(text)) != message::recipients_of(list)) std::abort();
    message::show_address_list(list);
    message::unusable_in(list);
}
