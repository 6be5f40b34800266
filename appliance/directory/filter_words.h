#pragma once
// Filters in words that people read, for the webmail and the command line.

#include "appliance/directory/filters.h"
#include "appliance/i18n/catalog.h"

namespace directory
{

// Catalogue ids.
std::string_view words(FilterCondition::What what);
std::string_view words(FilterCondition::How how);
std::string_view words(FilterAction::What what);

/// Sizes are kept in bytes and shown in kilobytes.
std::string shown_value(FilterCondition const& condition);

/// 'Subject contains “tugas” and Has a file → Move to the folder “Tugas”, Star it'
std::string describe(i18n::Catalog const& catalog, Filter const& filter);

} // namespace directory
