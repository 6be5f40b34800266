#include "maild/sasl/exchange.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/sasl/scram.h"

namespace maild::sasl
{

namespace
{
Step checked(directory::Directory& directory, net::Stream const& stream, std::string const& name,
             std::string& password)
{
    auto user = check_password(directory, stream, name, password);
    base::wipe(password);
    if (!user) return {Step::Kind::refused};
    return {Step::Kind::success, {}, std::move(user)};
}

/// [authzid] NUL authcid NUL password, in one message.
class Plain final : public Exchange
{
public:
    Plain(directory::Directory& directory, net::Stream const& stream) : directory_(directory), stream_(stream) {}

    Step take(std::string_view message) override
    {
        auto const parts = base::split(message, '\0');
        if (parts.size() != 3) return {Step::Kind::malformed, "This is not what PLAIN sends"};
        if (!parts[0].empty() && parts[0] != parts[1]) return {Step::Kind::not_self, "Log in as yourself"};
        name_ = parts[1];
        std::string password(parts[2]);
        return checked(directory_, stream_, name_, password);
    }

private:
    directory::Directory& directory_;
    net::Stream const& stream_;
};

/// The name, then the password: never a standard, but Outlook speaks it.
class Login final : public Exchange
{
public:
    Login(directory::Directory& directory, net::Stream const& stream) : directory_(directory), stream_(stream) {}

    std::string first_challenge() const override { return "Username:"; }
    Step take(std::string_view message) override
    {
        if (!has_name_) {
            has_name_ = true;
            name_ = message;
            return {Step::Kind::challenge, "Password:"};
        }
        std::string password(message);
        return checked(directory_, stream_, name_, password);
    }

private:
    directory::Directory& directory_;
    net::Stream const& stream_;
    bool has_name_ = false;
};
} // namespace

std::optional<directory::User> check_password(directory::Directory& directory, net::Stream const& stream,
                                              std::string const& name, std::string const& password)
{
    net::Waiting const in_queue(stream);
    return directory.authenticate(name, password, stream.is_local() ? "" : stream.peer().as_client().show());
}

Channel channel_of(net::Stream const& stream)
{
    if (!stream.is_tls()) return {};
    return {stream.tls_exporter(), stream.tls_server_end_point()};
}

std::string offered(std::string_view prefix)
{
    std::string list;
    for (std::string_view const name : {"SCRAM-SHA-256", "PLAIN", "LOGIN"}) {
        if (!list.empty()) list += ' ';
        list.append(prefix).append(name);
    }
    return list;
}

std::unique_ptr<Exchange> begin(std::string_view mechanism, directory::Directory& directory,
                                net::Stream const& stream)
{
    if (mechanism == "PLAIN") return std::make_unique<Plain>(directory, stream);
    if (mechanism == "LOGIN") return std::make_unique<Login>(directory, stream);
    if (mechanism == "SCRAM-SHA-256") return std::make_unique<Scram>(directory, channel_of(stream), Binding::without);
    if (mechanism == "SCRAM-SHA-256-PLUS" && stream.is_tls())
        return std::make_unique<Scram>(directory, channel_of(stream), Binding::required);
    return nullptr;
}

} // namespace maild::sasl
