#include "appliance/directory/password.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

#include <crypt.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace directory
{

namespace
{
constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_password = 256; ///< longer ones only cost CPU

/// crypt(3) with its 32 KiB of state; gives "" for a malformed setting.
std::string run_crypt(std::string const& password, std::string const& setting)
{
    if (password.size() > longest_password || password.find('\0') != std::string::npos) return {};
    auto data = std::make_unique<crypt_data>();
    auto const* hash = ::crypt_r(password.c_str(), setting.c_str(), data.get());
    std::string result = hash && hash[0] != '*' ? hash : "";
    std::memset(data.get(), 0, sizeof *data);
    return result;
}
} // namespace

std::string hash_password(std::string const& password, HashEffort effort)
{
    auto const entropy = base::random_bytes(16);
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    constexpr unsigned long default_cost = 0, cost_of_many = 3;
    if (!::crypt_gensalt_rn("$y$", effort == HashEffort::many ? cost_of_many : default_cost, entropy.data(),
                            static_cast<int>(entropy.size()), setting, sizeof setting))
        throw std::runtime_error("libcrypt cannot make yescrypt hashes");
    auto hash = run_crypt(password, setting);
    if (hash.empty()) throw base::Failure(base::refused("password", "it is too long or has a NUL in it"));
    return hash;
}

bool verify_password(std::string const& password, std::string const& hash)
{
    auto const again = run_crypt(password, hash);
    return !again.empty() && base::equal_secret(again, hash);
}

base::Result<void> check_password(std::string_view password, std::string_view login, bool lab)
{
    constexpr std::string_view commonest[] = {"12345678", "123456789", "1234567890", "password",  "password1",
                                              "qwertyui", "qwerty123", "indonesia",  "bismillah", "sayasaya",
                                              "rahasia1", "sekolah1",  "11111111",   "00000000",  "abcd1234",
                                              "admin123", "iloveyou",  "87654321"};
    if (password.empty()) return base::refused("password", "it is empty", "choose a password");
    if (password.size() > longest_password)
        return base::refused("password", "it is too long", "use at most 256 letters");
    if (password.find('\0') != std::string_view::npos || password.find('\n') != std::string_view::npos)
        return base::refused("password", "it has a line break or a NUL in it", "use letters, digits and signs");
    if (lab) return {};
    if (password.size() < shortest_password)
        return base::refused("password", "it is too short", "use at least 8 letters or digits");
    if (base::equal_ignoring_case(password, login))
        return base::refused("password", "it is the same as the login", "choose another one");
    for (auto const known : commonest)
        if (base::equal_ignoring_case(password, known))
            return base::refused("password", "everybody would try it first", "choose a less common one");
    return {};
}

std::string generate_password()
{
    // Three words of 64 (18 bits) and two groups of four of eight digits (24 bits): 42 bits. No 0 and 1, which look
    // like letters on paper; an l or o is in words only, which everybody knows. At most five letters each: all of it
    // stands in one row of the wizard's last page.
    constexpr std::string_view digits = "23456789";
    constexpr std::string_view words[] = {
        "awan",  "ayam",  "badak", "batik", "bakso", "beras", "bulan", "buku",  "bunga", "cabe",  "dapur",
        "daun",  "desa",  "gajah", "garam", "gula",  "guru",  "hujan", "ikan",  "jambu", "jeruk", "kabut",
        "kaki",  "kapur", "kayu",  "kebun", "kelas", "kopi",  "kuda",  "laut",  "lampu", "madu",  "melon",
        "meja",  "mawar", "nanas", "nasi",  "ombak", "padi",  "papan", "pasar", "pena",  "pagar", "pinus",
        "pohon", "pulau", "rusa",  "rumah", "sagu",  "sapi",  "sate",  "sawah", "semut", "senja", "sabun",
        "susu",  "tahu",  "tanah", "tebu",  "teh",   "tempe", "topi",  "udang", "warna"};
    static_assert(std::size(words) == 64 && digits.size() == 8);
    auto random = static_cast<std::uint64_t>(base::random_key());
    auto const pick = [&](std::size_t below) { // both sizes are powers of two: no choice is likelier than another
        auto const chosen = static_cast<std::size_t>(random % below);
        random /= below;
        return chosen;
    };
    auto password = std::string(words[pick(std::size(words))]);
    for (int group = 0; group < 2; ++group) {
        password += '-';
        for (int i = 0; i < 4; ++i) password += digits[pick(digits.size())];
        password += '-';
        password += words[pick(std::size(words))];
    }
    return password;
}

} // namespace directory
