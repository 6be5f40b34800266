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

} // namespace base
