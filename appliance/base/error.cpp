#include "appliance/base/error.h"

namespace base
{

std::string Error::line() const
{
    std::string text = what;
    if (!why.empty()) text += (text.empty() ? "" : ": ") + why;
    if (!to_do.empty()) text += "; " + to_do;
    return text;
}

bool is_disk_full(std::exception const& error)
{
    auto const* const store = dynamic_cast<StoreError const*>(&error);
    return store != nullptr && store->fault() == StoreFault::full;
}

} // namespace base
