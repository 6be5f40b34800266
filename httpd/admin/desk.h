#pragma once
// Asking the desk (appliance/desk/README.md) for what httpd has no right to do, in the name of the session of who
// asks.

#include "httpd/exchange.h"
#include "httpd/hidden_file.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace httpd::admin
{

using Object = Poco::JSON::Object::Ptr;
using Arguments = std::map<std::string, std::string, std::less<>>;

struct DeskAnswer {
    bool good = false;
    std::string error;  ///< for people, in their language
    std::string output; ///< what the command printed

    /// The output as JSON. Empty where it is none.
    Object object() const;
    std::vector<Object> objects() const;
};

/// Waits for the answer. Throws net::Disconnected when the desk is not there. `operation`:
/// appliance/desk/operations.cpp; `file`: for one that takes a file.
DeskAnswer ask_desk(Exchange const& exchange, std::string const& operation, Arguments const& arguments = {},
                    HiddenFile const* file = nullptr);

// Values of a JSON object; what is missing is empty.
std::string text_of(Object const& object, std::string const& name);
std::uint64_t number_of(Object const& object, std::string const& name);
bool is_set(Object const& object, std::string const& name);
/// Of "2026-11-29T00:41:07.951Z"; 0: none.
base::Timestamp time_of(Object const& object, std::string const& name);
Object object_of(Object const& object, std::string const& name);
std::vector<Object> objects_of(Object const& object, std::string const& name);
std::vector<std::string> texts_of(Object const& object, std::string const& name);

} // namespace httpd::admin
