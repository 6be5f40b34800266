#include "httpd/admin/desk.h"

#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "httpd/limits.h"

#include <Poco/JSON/Parser.h>
#include <cerrno>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace httpd::admin
{

namespace
{
constexpr std::size_t largest_answer = std::size_t{12} << 20;
constexpr timeval patience{40, 0}; ///< the desk itself gives up after 30 s

base::Fd connect_to(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    void const* const raw = &address;
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!fd || ::connect(fd.get(), static_cast<sockaddr const*>(raw), sizeof address) != 0)
        throw net::Disconnected("the desk is not there");
    return fd;
}

/// The desk may have refused before it has read the file: its answer counts, not that nobody takes the rest.
void send(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string talk(std::string const& path, std::string const& line, HiddenFile const* file)
{
    auto const fd = connect_to(path);
    send(fd.get(), line);
    if (file) file->read([&](std::string_view piece) { send(fd.get(), piece); });
    ::shutdown(fd.get(), SHUT_WR);
    std::string answer;
    std::string bytes(64 << 10, '\0');
    for (;;) {
        auto const count = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        if (count < 0) throw net::Disconnected("the desk does not answer");
        if (count == 0) return answer;
        answer.append(bytes, 0, static_cast<std::size_t>(count));
        if (answer.size() > largest_answer) throw net::Disconnected("the desk says too much");
    }
}

Poco::Dynamic::Var parsed(std::string const& text)
{
    try {
        return Poco::JSON::Parser().parse(text);
    } catch (Poco::Exception const&) { // how this parser says that it is none
        return {};
    }
}

Object as_object(Poco::Dynamic::Var const& value)
{
    return value.type() == typeid(Object) ? value.extract<Object>() : Object(new Poco::JSON::Object);
}

std::vector<Object> as_objects(Poco::Dynamic::Var const& value)
{
    std::vector<Object> list;
    if (value.type() != typeid(Poco::JSON::Array::Ptr)) return list;
    for (auto const& entry : *value.extract<Poco::JSON::Array::Ptr>()) list.push_back(as_object(entry));
    return list;
}
} // namespace

Object DeskAnswer::object() const { return as_object(parsed(output)); }
std::vector<Object> DeskAnswer::objects() const { return as_objects(parsed(output)); }

DeskAnswer ask_desk(Exchange const& exchange, std::string const& operation, Arguments const& arguments,
                    HiddenFile const* file)
{
    std::vector<std::string> members;
    for (auto const& [name, value] : arguments)
        if (!value.empty()) members.push_back(base::json_string(name) + ": " + base::json_string(value));
    auto const line = "{\"session\": " + base::json_string(exchange.session->token) +
                      ", \"language\": " + base::json_string(exchange.catalog.language()) +
                      ", \"operation\": " + base::json_string(operation) + ", \"arguments\": {" +
                      base::join(members, ", ") + "}}\n";
    auto const answer = talk(operation.starts_with("dns.") ? "run/desk-names.sock" : "run/desk.sock", line, file);
    auto const end = answer.find('\n');
    if (end == std::string::npos) throw net::Disconnected("the desk broke off");
    auto const head = as_object(parsed(answer.substr(0, end)));
    return {head->has("code") && number_of(head, "code") == 0, text_of(head, "error"), answer.substr(end + 1)};
}

std::string text_of(Object const& object, std::string const& name)
{
    auto const value = object->get(name);
    return value.isEmpty() ? std::string() : value.convert<std::string>();
}

std::uint64_t number_of(Object const& object, std::string const& name)
{
    return base::parse_number(text_of(object, name)).value_or(0);
}

bool is_set(Object const& object, std::string const& name) { return text_of(object, name) == "true"; }

base::Timestamp time_of(Object const& object, std::string const& name)
{
    std::tm parts{};
    auto const text = text_of(object, name);
    if (!::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) return 0;
    return base::Timestamp{::timegm(&parts)} * 1'000'000;
}

Object object_of(Object const& object, std::string const& name) { return as_object(object->get(name)); }
std::vector<Object> objects_of(Object const& object, std::string const& name)
{
    return as_objects(object->get(name));
}

std::vector<std::string> texts_of(Object const& object, std::string const& name)
{
    std::vector<std::string> list;
    auto const value = object->get(name);
    if (value.type() != typeid(Poco::JSON::Array::Ptr)) return list;
    for (auto const& entry : *value.extract<Poco::JSON::Array::Ptr>()) list.push_back(entry.convert<std::string>());
    return list;
}

} // namespace httpd::admin
