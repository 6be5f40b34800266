#include "appliance/desk/request.h"

#include "appliance/base/text.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <algorithm>

namespace desk
{

namespace
{
constexpr std::size_t deepest = 2;

base::Error bad(std::string what) { return base::refused(std::move(what), "this is no request"); }

bool is_clean(std::string_view text)
{
    return base::is_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
               auto const byte = static_cast<unsigned char>(c);
               return byte >= 0x20 && byte != 0x7f;
           });
}

std::optional<std::string> text_of(Poco::Dynamic::Var const& value)
{
    if (!value.isString()) return std::nullopt;
    auto text = value.convert<std::string>();
    return is_clean(text) ? std::optional(std::move(text)) : std::nullopt;
}

base::Result<Request> read(Poco::JSON::Object const& object)
{
    Request request;
    for (auto const& [name, value] : object) {
        if (name == "arguments") {
            if (value.type() != typeid(Poco::JSON::Object::Ptr)) return bad("arguments");
            auto const& members = *value.extract<Poco::JSON::Object::Ptr>();
            if (members.size() > most_arguments) return bad("arguments");
            for (auto const& [key, member] : members) {
                auto text = text_of(member);
                if (!text || !is_clean(key)) return bad("arguments");
                request.arguments.emplace(key, std::move(*text));
            }
            continue;
        }
        auto text = text_of(value);
        if (!text) return bad("member");
        if (name == "session")
            request.session = std::move(*text);
        else if (name == "language")
            request.language = std::move(*text);
        else if (name == "operation")
            request.operation = std::move(*text);
        else
            return bad("member");
    }
    return request;
}
} // namespace

base::Result<Request> parse_request(std::string_view line)
{
    if (line.size() > longest_request) return bad("length");
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(deepest);
        auto const value = parser.parse(std::string(line));
        if (value.type() != typeid(Poco::JSON::Object::Ptr)) return bad("JSON");
        return read(*value.extract<Poco::JSON::Object::Ptr>());
    } catch (Poco::Exception const&) { // how this parser says that the bytes are wrong
        return bad("JSON");
    }
}

std::string show(Request const& request)
{
    std::vector<std::string> members;
    for (auto const& [name, value] : request.arguments)
        members.push_back(base::json_string(name) + ": " + base::json_string(value));
    return "{\"session\": " + base::json_string(request.session) +
           ", \"language\": " + base::json_string(request.language) +
           ", \"operation\": " + base::json_string(request.operation) + ", \"arguments\": {" +
           base::join(members, ", ") + "}}";
}

} // namespace desk
