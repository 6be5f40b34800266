#pragma once
// DNS from a table, and messages in memory, for the tests of maild/auth.

#include "appliance/base/text.h"
#include "maild/auth/dns.h"
#include "maild/auth/message.h"

#include <map>
#include <set>

namespace support
{

/// Answers from what was added; "fails" for names that nobody can look up.
class TableDns final : public maild::auth::Dns
{
public:
    void add(std::string const& name, std::string const& type, std::string const& data)
    {
        table_[{base::lower(name), type}].push_back(data);
    }
    void fail(std::string const& name) { failing_.insert(base::lower(name)); }
    std::size_t questions() const { return questions_; }

    maild::auth::Texts texts(std::string const& name) override { return look(name, "TXT"); }
    maild::auth::Names exchangers(std::string const& name) override { return look(name, "MX"); }
    maild::auth::Names names_of(net::IpAddress const& address) override { return look(address.show(), "PTR"); }
    maild::auth::Addresses addresses(std::string const& name, maild::auth::Family family) override
    {
        auto const found = look(name, family == maild::auth::Family::v4 ? "A" : "AAAA");
        maild::auth::Addresses addresses{found.failed, {}};
        for (auto const& text : found.records) addresses.records.push_back(*net::IpAddress::parse(text));
        return addresses;
    }

private:
    maild::auth::Texts look(std::string const& name, std::string const& type)
    {
        ++questions_;
        if (failing_.count(base::lower(name)) != 0) return {true, {}};
        auto const found = table_.find({base::lower(name), type});
        return {false, found == table_.end() ? std::vector<std::string>() : found->second};
    }

    std::map<std::pair<std::string, std::string>, std::vector<std::string>> table_;
    std::set<std::string> failing_;
    std::size_t questions_ = 0;
};

/// Line ends of a raw string become CRLF.
inline std::string crlf(std::string_view text) { return base::replace_all(std::string(text), "\n", "\r\n"); }

inline maild::auth::ReadBytes bytes_of(std::string const& text)
{
    return [&text](std::uint64_t offset, std::size_t most) {
        return offset < text.size() ? text.substr(static_cast<std::size_t>(offset), most) : std::string();
    };
}

} // namespace support
