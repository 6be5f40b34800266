#include "maild/mailbox/search_index.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/message/address_list.h"
#include "appliance/message/base_subject.h"
#include "appliance/message/casemap.h"
#include "appliance/message/charset.h"
#include "appliance/message/date.h"
#include "appliance/message/fold.h"
#include "appliance/message/header.h"
#include "appliance/message/words.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
constexpr std::array<std::string_view, search_fields> field_names = {"From", "To",      "Cc",
                                                                     "Bcc",  "Subject", "Content-Type"};
constexpr std::size_t address_bytes_max = 4096; ///< of a list, to find its first address

std::int64_t first_64_bits(std::string_view hash)
{
    std::uint64_t number = 0;
    for (char const byte : hash.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number == 0 ? 1 : number);
}

std::string sort_key(std::string_view text)
{
    auto key = message::casemap(message::scrub_utf8(text.substr(0, sort_key_max)));
    if (key.size() > sort_key_max) key.resize(sort_key_max);
    return key;
}

/// RFC 5256 section 3 and RFC 5957 section 3, of the first address of a field.
struct AddressKeys {
    std::string mailbox;
    std::string shown;
};

AddressKeys address_keys(message::HeaderField const* field)
{
    if (field == nullptr) return {};
    auto const list = message::parse_address_list(field->raw_value.substr(0, address_bytes_max));
    auto const is_end = [](message::AddressItem const& item) {
        return item.kind == message::AddressItem::Kind::group_end;
    };
    auto const first = std::find_if_not(list.begin(), list.end(), is_end);
    if (first == list.end()) return {};
    auto const name = message::decode_words(first->name);
    // In an ENVELOPE a group's name stands where an address has its local part.
    if (first->kind == message::AddressItem::Kind::group_begin) return {sort_key(name), sort_key(name)};
    return {sort_key(first->mailbox), sort_key(name.empty() ? first->mailbox + '@' + first->host : name)};
}

void index_date(message::Header const& header, SearchIndex& index)
{
    auto const date = message::parse_date(header.first("Date"));
    if (!date) return;
    index.sent = date->when;
    index.sent_day = (date->local_day.year * 100 + date->local_day.month) * 100 + date->local_day.day;
}

std::vector<MessageIdHash> ids_of(std::string_view value, std::size_t most)
{
    std::vector<MessageIdHash> hashes;
    for (auto const& id : message::parse_message_ids(value, most)) hashes.push_back(hash_of_message_id(id));
    return hashes;
}

void index_thread(message::Header const& header, SearchIndex& index)
{
    constexpr std::size_t references_max = 1000;
    auto const own = ids_of(header.first("Message-ID"), 1);
    if (!own.empty()) index.message_id = own.front();
    index.parents = ids_of(header.first("References"), references_max);
    if (index.parents.empty()) index.parents = ids_of(header.first("In-Reply-To"), 1);
}

void index_texts(message::Header const& header, SearchIndex& index)
{
    for (auto const& field : header.fields())
        if (auto const which = search_field(field.name)) {
            auto& text = index.texts[static_cast<std::size_t>(*which)];
            (text += '\n') += message::fold(message::scrub_utf8(message::decode_words(field.value())));
        }
}
} // namespace

std::optional<SearchField> search_field(std::string_view name)
{
    for (std::size_t i = 0; i < field_names.size(); ++i)
        if (base::equal_ignoring_case(field_names[i], name)) return static_cast<SearchField>(i);
    return std::nullopt;
}

MessageIdHash hash_of_message_id(std::string_view id)
{
    std::string plain;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (id[i] == '\\' && i + 1 < id.size())
            ++i;
        else if (id[i] == '"' || id[i] == '<' || id[i] == '>')
            continue;
        plain += id[i];
    }
    return plain.empty() ? 0 : first_64_bits(base::sha256(plain));
}

std::int64_t thread_key(MessageIdHash first, std::string_view subject)
{
    return first_64_bits(base::sha256(std::to_string(first) + ' ' + std::string(subject)));
}

SearchIndex make_search_index(std::string_view message, std::size_t begin)
{
    auto const header = message::Header::parse(message, begin);
    SearchIndex index;
    index_date(header, index);
    auto const subject = message::base_subject(header.first("Subject"));
    index.subject = sort_key(subject.text);
    index.is_reply = subject.is_reply;
    auto from = address_keys(header.find("From"));
    auto to = address_keys(header.find("To"));
    index.from = std::move(from.mailbox);
    index.shown_from = std::move(from.shown);
    index.to = std::move(to.mailbox);
    index.shown_to = std::move(to.shown);
    index.cc = address_keys(header.find("Cc")).mailbox;
    index_thread(header, index);
    index_texts(header, index);
    return index;
}

} // namespace maild::mailbox
