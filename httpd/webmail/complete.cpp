// Completion of addresses: "bu" becomes Budi. Own contacts come first, then groups of contacts, people, classes.

#include "appliance/base/text.h"
#include "appliance/message/address_list.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/people.h"

#include <algorithm>
#include <map>
#include <set>

namespace httpd::webmail
{

namespace
{
/// How well: 0 not at all, 3 a word begins so, 2 the address does, 1 it is somewhere inside.
int fit(std::string_view word, std::string const& name, std::string const& address)
{
    auto const in_name = base::lower(name);
    if (word.empty() || in_name.starts_with(word) || in_name.find(" " + std::string(word)) != std::string::npos)
        return 3;
    auto const in_address = base::lower(address);
    if (in_address.starts_with(word)) return 2;
    return in_name.find(word) != std::string::npos || in_address.find(word) != std::string::npos ? 1 : 0;
}

class Finder
{
public:
    Finder(Exchange& exchange, std::string_view word)
        : exchange_(exchange), word_(base::lower(word)), domain_(exchange.services.school.facts().domain)
    {
    }

    std::vector<Suggestion> find(std::size_t most)
    {
        contacts();
        people();
        lists();
        std::stable_sort(found_.begin(), found_.end(),
                         [](auto const& a, auto const& b) { return a.first > b.first; });
        std::vector<Suggestion> best;
        for (auto& [rank, suggestion] : found_)
            if (best.size() < most) best.push_back(std::move(suggestion));
        return best;
    }

private:
    void offer(int bonus, std::string const& name, std::string const& about, std::string const& address,
               std::string value)
    {
        auto const how = fit(word_, name, address);
        if (how == 0 || !seen_.insert(base::lower(value)).second) return;
        found_.emplace_back(how * 10 + bonus, Suggestion{name, about, std::move(value)});
    }

    static std::string written(std::string const& name, std::string const& address)
    {
        auto const at = address.rfind('@');
        if (at == std::string::npos || name.empty() || name == address) return address;
        return message::show_address_list(
            {{message::AddressItem::Kind::mailbox, name, "", address.substr(0, at), address.substr(at + 1)}});
    }

    void contacts()
    {
        std::map<std::string, std::vector<std::string>> groups;
        for (auto const& contact : exchange_.services.contacts.contacts(exchange_.session->user.id)) {
            for (auto const& address : contact.addresses)
                offer(3, contact.name, address, address, written(contact.name, address));
            if (!contact.addresses.empty())
                for (auto const& group : contact.groups)
                    groups[group].push_back(written(contact.name, contact.addresses.front()));
        }
        for (auto const& [group, addresses] : groups)
            offer(2, group, exchange_.count("Group, {1} contact", "Group, {1} contacts", addresses.size()), group,
                  base::join(addresses, ", "));
    }

    void people()
    {
        for (auto const& user : exchange_.services.directory.users()) {
            if (!user.enabled) continue;
            auto const address = user.login + "@" + domain_;
            auto const name = user.name.empty() ? user.login : user.name;
            bool const classmate = !user.class_name.empty() && user.class_name == exchange_.session->user.class_name;
            offer(classmate ? 2 : 1, name, user.class_name.empty() ? address : user.class_name + " · " + address,
                  user.login, written(name, address));
        }
    }

    /// Classes, the fixed groups and aliases, each only for those who may write to it.
    void lists()
    {
        auto& directory = exchange_.services.directory;
        for (auto const& one : directory.classes())
            list(one.name, one.address, exchange_.count("Class, {1} person", "Class, {1} people", one.members));
        for (std::string const group : {"guru", "siswa", "semua"})
            list(group, group, exchange_.text("Group of the school"));
        for (auto const& alias : directory.aliases())
            list(alias.name, alias.name, exchange_.text("Address of the school"));
    }

    void list(std::string const& name, std::string const& local_part, std::string const& about)
    {
        if (fit(word_, name, local_part) == 0) return;
        if (!directory::may_write(exchange_.services.directory.resolve(local_part, ""), exchange_.session->user))
            return;
        offer(1, name, about, local_part, local_part + "@" + domain_);
    }

    Exchange& exchange_;
    std::string word_;
    std::string domain_;
    std::set<std::string> seen_;
    std::vector<std::pair<int, Suggestion>> found_;
};
} // namespace

std::vector<Suggestion> suggestions(Exchange& exchange, std::string_view word, std::size_t most)
{
    return Finder(exchange, base::trim(word)).find(most);
}

Response complete(Exchange& exchange)
{
    constexpr std::size_t most = 8;
    constexpr std::size_t longest = 100;
    auto const word = exchange.request.query.value("q").substr(0, longest);
    std::string list;
    if (!base::trim(word).empty())
        for (auto const& one : suggestions(exchange, word, most))
            list += std::string(list.empty() ? "" : ",") + "{\"name\":" + base::json_string(one.name) +
                    ",\"about\":" + base::json_string(one.about) + ",\"value\":" + base::json_string(one.value) + "}";
    Response response;
    response.type = "application/json";
    response.body = "{\"found\":[" + list + "]}";
    return response;
}

} // namespace httpd::webmail
