#pragma once
// Whom somebody can write to: people, classes and groups of the school, and his own contacts.

#include "httpd/exchange.h"

#include <string>
#include <string_view>
#include <vector>

namespace httpd::webmail
{

struct Suggestion {
    std::string name;  ///< "Budi Santoso"
    std::string about; ///< "X-TKJ-1 - budi@school.example"
    std::string value; ///< what stands in To
};

/// Those that fit a word best, at most `most`; an empty word fits all. Only whom the person may write to.
std::vector<Suggestion> suggestions(Exchange& exchange, std::string_view word, std::size_t most);

} // namespace httpd::webmail
