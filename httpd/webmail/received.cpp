#include "httpd/webmail/received.h"

#include "appliance/base/text.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
constexpr std::size_t most_hops = 100;
constexpr std::size_t longest_word = 255;

/// A word, or a comment with its brackets taken off.
struct Token {
    bool is_comment = false;
    std::string_view text;
};

/// Words and comments; comments may hold others, and the last one may not end.
std::vector<Token> tokens_of(std::string_view value)
{
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < value.size();) {
        if (value[i] == ' ' || value[i] == '\t') {
            ++i;
            continue;
        }
        auto const begin = i;
        if (value[i] == '(') {
            int depth = 0;
            for (; i < value.size(); ++i) {
                if (value[i] == '(') ++depth;
                if (value[i] == ')' && --depth == 0) break;
            }
            tokens.push_back({true, value.substr(begin + 1, i - begin - 1)});
            ++i;
            continue;
        }
        i = std::min(value.find_first_of(" \t(", begin), value.size());
        tokens.push_back({false, value.substr(begin, i - begin)});
    }
    return tokens;
}

std::string cut(std::string_view text) { return std::string(text.substr(0, longest_word)); }

/// "[IPv6:2001:db8::1]" and "[192.0.2.1]" without what is around the address; nothing for a name.
std::string address_in(std::string_view text)
{
    auto const open = text.find('[');
    auto const close = text.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    auto address = text.substr(open + 1, close - open - 1);
    if (base::lower(address.substr(0, 5)) == "ipv6:") address.remove_prefix(5);
    bool const plausible = !address.empty() && std::all_of(address.begin(), address.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':' ||
               c == '%';
    });
    return plausible ? cut(address) : std::string();
}

bool is_name(std::string_view text)
{
    return text.find('.') != std::string_view::npos && text.find_first_of("=@[]:") == std::string_view::npos;
}

/// "(mail.example [192.0.2.1])" behind "from".
void read_peer(std::string_view comment, Hop& hop)
{
    if (hop.from_address.empty()) hop.from_address = address_in(comment);
    auto const first = comment.substr(0, comment.find_first_of(" ["));
    if (hop.from_name.empty() && is_name(first)) hop.from_name = cut(first);
}

/// "(using TLSv1.3 with cipher X ...)", "(version=TLS1_3 cipher=X bits=256/256)": every program has its own words.
void read_tls(std::string_view comment, Hop& hop)
{
    if (!hop.tls.empty() || base::lower(comment).find("tls") == std::string::npos) return;
    std::string version, cipher;
    for (auto word : base::split(comment, ' ')) {
        while (word.ends_with(',') || word.ends_with(';') || word.ends_with(':')) word.remove_suffix(1);
        for (std::string_view const before : {"version=", "cipher="})
            if (base::lower(word).starts_with(before)) word.remove_prefix(before.size());
        auto const upper = base::upper(word);
        bool const is_cipher = upper.find("AES") != std::string::npos || upper.find("CHACHA") != std::string::npos;
        if (is_cipher && cipher.empty()) cipher = cut(word);
        if (!is_cipher && upper.starts_with("TLS") && version.empty()) version = cut(word);
    }
    hop.tls = version.empty() ? (cipher.empty() ? "TLS" : cipher) : version + (cipher.empty() ? "" : " " + cipher);
}

/// RFC 3848 and its registry: an S at the end is encryption, an A a login.
void read_protocol(std::string_view word, Hop& hop)
{
    hop.with = cut(word);
    auto name = base::upper(word);
    if (name.starts_with("UTF8")) name.erase(0, 4);
    auto const behind = name.starts_with("ESMTP")                              ? name.substr(5)
                        : name.starts_with("SMTP") || name.starts_with("LMTP") ? name.substr(4)
                                                                               : "";
    hop.authenticated = behind.find('A') != std::string::npos;
    if (hop.tls.empty() && behind.find('S') != std::string::npos) hop.tls = "TLS";
}
} // namespace

Hop parse_received(std::string_view value)
{
    Hop hop;
    auto const semicolon = value.rfind(';');
    if (semicolon != std::string_view::npos) {
        if (auto const date = message::parse_date(value.substr(semicolon + 1))) hop.time = date->when;
        value = value.substr(0, semicolon);
    }
    std::string clause;
    std::vector<std::string_view> comments;
    std::string protocol;
    for (auto const& token : tokens_of(value)) {
        if (token.is_comment) {
            if (clause == "from") read_peer(token.text, hop);
            comments.push_back(token.text);
            continue;
        }
        auto const word = base::lower(token.text);
        if (word == "from" || word == "by" || word == "with" || word == "id" || word == "for" || word == "via") {
            clause = word;
            continue;
        }
        auto* const place = clause == "from"  ? &hop.from
                            : clause == "by"  ? &hop.by
                            : clause == "id"  ? &hop.id
                            : clause == "for" ? &hop.recipient
                                              : nullptr;
        if (place && place->empty()) *place = cut(token.text);
        if (clause == "with" && protocol.empty()) protocol = token.text;
    }
    for (auto const comment : comments) read_tls(comment, hop);
    read_protocol(protocol, hop);
    if (hop.from_address.empty()) hop.from_address = address_in(hop.from);
    while (hop.recipient.starts_with('<')) hop.recipient.erase(0, 1);
    while (hop.recipient.ends_with('>')) hop.recipient.pop_back();
    return hop;
}

std::vector<Hop> hops_of(std::string_view header)
{
    std::vector<Hop> hops;
    auto const parsed = message::Header::parse(header);
    for (auto const* field : parsed.all("Received")) {
        if (hops.size() == most_hops) break;
        hops.push_back(parse_received(field->value()));
    }
    std::reverse(hops.begin(), hops.end()); // each server puts its line on top
    return hops;
}

} // namespace httpd::webmail
