#include "appliance/box/update_file.h"

#include "appliance/base/text.h"

#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace box
{

namespace
{
constexpr std::string_view first_line = "kotakpos-update 1";
constexpr std::uint64_t most_seconds = 1ull << 40;
constexpr std::uint64_t largest_part = 1ull << 40;

base::Error broken(std::string const& file)
{
    return base::refused(file, "this is no update of Kotakpos, or it is damaged", "download it again");
}

/// The value of the line "KEY VALUE", which must come next; takes it off the text.
std::optional<std::string_view> take(std::string_view& text, std::string_view key)
{
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto const line = text.substr(0, end);
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') return std::nullopt;
    text.remove_prefix(end + 1);
    return line.substr(key.size() + 1);
}

std::optional<UpdatePart> parse_part(std::string_view value)
{
    auto const words = base::split(value, ' ');
    if (words.size() != 2 || words[1].size() != 64 || !base::from_hex(words[1])) return std::nullopt;
    auto const size = base::parse_number(words[0], largest_part);
    if (!size || *size == 0) return std::nullopt;
    return UpdatePart{*size, base::lower(words[1])};
}

std::vector<std::uint64_t> numbers(std::string const& version)
{
    std::vector<std::uint64_t> list;
    for (auto const part : base::split(version, '.')) list.push_back(base::parse_number(part).value_or(0));
    while (!list.empty() && list.back() == 0) list.pop_back();
    return list;
}
} // namespace

bool is_older(Release const& one, Release const& other)
{
    auto const mine = numbers(one.version), others = numbers(other.version);
    return mine != others ? mine < others : one.date < other.date;
}

base::Result<Release> parse_release(std::string_view line)
{
    auto const words = base::split(base::trim(line), ' ');
    auto const date = words.size() == 3 ? base::parse_number(words[2], most_seconds) : std::nullopt;
    if (!date) return base::failed("release", "the image does not say what it is", "install the image again");
    return Release{std::string(words[0]), std::string(words[1]), *date};
}

base::Result<UpdateHead> parse_update_head(std::string_view bytes, std::string const& file)
{
    auto text = bytes.substr(0, largest_head);
    auto const whole = text;
    if (!text.starts_with(first_line) || text.size() <= first_line.size() || text[first_line.size()] != '\n')
        return broken(file);
    text.remove_prefix(first_line.size() + 1);
    UpdateHead head;
    auto const product = take(text, "product");
    auto const version = take(text, "version");
    auto const date = take(text, "date");
    auto const boot = take(text, "boot");
    auto const root = take(text, "root");
    head.signed_text = whole.substr(0, whole.size() - text.size());
    auto const signature = take(text, "signature");
    if (!product || !version || !date || !boot || !root || !text.starts_with('\n')) return broken(file);
    auto const seconds = base::parse_number(*date, most_seconds);
    auto const boot_part = parse_part(*boot), root_part = parse_part(*root);
    if (!seconds || !boot_part || !root_part) return broken(file);
    head.release = {std::string(*product), std::string(*version), *seconds};
    head.boot = *boot_part;
    head.root = *root_part;
    head.signature = signature ? base::from_base64(*signature).value_or("") : "";
    head.length = whole.size() - text.size() + 1;
    return head;
}

bool is_signed_by(UpdateHead const& head, std::string const& public_key)
{
    std::unique_ptr<BIO, decltype(&::BIO_free)> const memory(
        ::BIO_new_mem_buf(public_key.data(), static_cast<int>(public_key.size())), ::BIO_free);
    std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> const key(
        ::PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr), ::EVP_PKEY_free);
    if (!key || ::EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) return false;
    std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> const context(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free);
    std::vector<unsigned char> const signature(head.signature.begin(), head.signature.end());
    std::vector<unsigned char> const text(head.signed_text.begin(), head.signed_text.end());
    return ::EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           ::EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(), text.size()) == 1;
}

base::Result<void> check_update(UpdateHead const& head, std::string const& file, std::string const& public_key,
                                Release const& running, std::uint64_t boot_room, std::uint64_t root_room)
{
    if (head.signature.empty())
        return base::refused(file, "this update is not signed", "take only updates from those who made this box");
    if (!is_signed_by(head, public_key))
        return base::refused(file, "this update is not signed by those who made this box, or it was changed",
                             "download it again from the place where the image came from");
    if (head.release.product != running.product)
        return base::refused(file, "this is an update of another product", "download the update of Kotakpos");
    if (is_older(head.release, running))
        return base::refused(file, "this update is older than what runs here", "download a newer one");
    if (head.boot.size > boot_room || head.root.size > root_room)
        return base::refused(file, "this update is larger than its place on the disk",
                             "save a backup and install the new image");
    return {};
}

} // namespace box
