#include "dnsd/keep/tsig_keys.h"

#include "appliance/base/cursor.h"
#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "dnsd/zone/name.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace dnsd
{

namespace
{
constexpr std::size_t largest_file = 4096;
constexpr std::size_t shortest_secret = 8;
constexpr std::size_t longest_secret = 512;
constexpr std::size_t most_name_octets = 120;
constexpr std::string_view suffix = ".tsig";
constexpr base::ByteSet name_bytes = base::letters | base::digits | base::ByteSet("-_.");
constexpr base::ByteSet blanks(" \t\r\n");

bool is_key_name(std::string_view text)
{
    return !text.empty() && text.size() <= most_name_octets && text.front() != '.' &&
           text.find("..") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return name_bytes.contains(c); });
}

std::string plain(std::string_view name)
{
    auto text = base::lower(name);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

std::size_t secret_size(TsigAlgorithm algorithm)
{
    constexpr std::size_t sizes[] = {20, 28, 32, 48, 64}; // of the digest (RFC 8945 section 8)
    return sizes[static_cast<std::size_t>(algorithm)];
}

/// The command line runs as root, the keeper does not.
void give_to_folders_owner(std::string const& folder, std::string const& file)
{
    struct stat status {
    };
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0) return;
    [[maybe_unused]] auto const done = ::lchown(file.c_str(), status.st_uid, status.st_gid);
}

std::string_view take_quoted(base::Cursor& cursor)
{
    cursor.take_while(blanks);
    if (!cursor.take('"')) return {};
    auto const text = cursor.take_until(base::ByteSet("\"\n"));
    return cursor.take('"') ? text : std::string_view();
}

bool take_word(base::Cursor& cursor, std::string_view word)
{
    cursor.take_while(blanks);
    return cursor.take(word);
}
} // namespace

std::string show_key_name(std::string_view wire) { return plain(show_name(wire)); }

std::string show_key(TsigKey const& key)
{
    return "key \"" + show_key_name(key.name) + "\" {\n    algorithm " + std::string(algorithm_name(key.algorithm)) +
           ";\n    secret \"" + base::base64(key.secret) + "\";\n};\n";
}

std::optional<TsigKey> parse_key(std::string_view text)
{
    base::Cursor cursor(text);
    if (!take_word(cursor, "key")) return std::nullopt;
    auto const name = take_quoted(cursor);
    if (!is_key_name(name) || !take_word(cursor, "{") || !take_word(cursor, "algorithm")) return std::nullopt;
    cursor.take_while(blanks);
    auto const algorithm = tsig_algorithm(cursor.take_until(base::ByteSet("; \n")));
    if (!algorithm || !take_word(cursor, ";") || !take_word(cursor, "secret")) return std::nullopt;
    auto const secret = base::from_base64(take_quoted(cursor));
    if (!secret || secret->empty()) return std::nullopt;
    return TsigKey{must_wire_name(name), *algorithm, *secret};
}

std::string TsigKeys::file_of(std::string_view name) const
{
    return folder_ + "/" + std::string(name) + std::string(suffix);
}

std::optional<TsigKey> TsigKeys::find(std::string_view name) const
{
    auto const text = show_key_name(name);
    if (!is_key_name(text) || ::access(file_of(text).c_str(), R_OK) != 0) return std::nullopt;
    auto const file = base::read_plain_file(file_of(text), largest_file);
    if (!file) return std::nullopt;
    auto key = parse_key(*file);
    if (!key || key->name != name) return std::nullopt;
    return key;
}

std::vector<TsigKey> TsigKeys::all() const
{
    std::vector<TsigKey> keys;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (entry.path().extension() != suffix) continue;
        if (auto key = find(must_wire_name(entry.path().stem().string()))) keys.push_back(std::move(*key));
    }
    if (error == std::errc::permission_denied)
        throw base::Failure(base::failed(folder_, "you may not read it", "run the command as root"));
    std::sort(keys.begin(), keys.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return keys;
}

base::Result<TsigKey> TsigKeys::add(std::string_view name, TsigAlgorithm algorithm,
                                    std::optional<std::string> secret) const
{
    auto const text = plain(name);
    auto const wire = wire_name(text);
    if (!is_key_name(text) || wire.fault != NameFault::none)
        return base::refused(std::string(name), "this is no name for a key", "use letters, digits, '-' and '.'");
    if (secret && (secret->size() < shortest_secret || secret->size() > longest_secret))
        return base::refused(text, "the secret is too short or too long", "let the appliance make one");
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
        return base::failed(folder_, std::strerror(errno), "run the command as root");
    if (::access(file_of(text).c_str(), F_OK) == 0)
        return base::refused(text, "there is a key of that name already", "delete it first, or choose another name");
    TsigKey key{wire.wire, algorithm, secret ? *secret : base::random_bytes(secret_size(algorithm))};
    if (auto written = base::write_file_atomically(file_of(text), show_key(key), 0600); !written)
        return written.error();
    give_to_folders_owner(folder_, file_of(text));
    return key;
}

base::Result<void> TsigKeys::remove(std::string_view name) const
{
    auto const text = plain(name);
    if (is_key_name(text) && ::unlink(file_of(text).c_str()) == 0) return {};
    if (!is_key_name(text) || errno == ENOENT)
        return base::refused(std::string(name), "there is no such key", "see 'kotakpos dns key list'");
    return base::failed(file_of(text), std::strerror(errno), "run the command as root");
}

} // namespace dnsd
