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
    // Common words without letters that look alike on paper: about 36 bits with the digits between.
    constexpr std::string_view words[] = {
        "awan",  "ayam",  "badak", "batik", "bakso", "beras", "bintang", "buku",  "bunga", "cabe",   "dapur",
        "daun",  "desa",  "gajah", "garam", "gula",  "guru",  "hujan",   "ikan",  "jambu", "jeruk",  "kabut",
        "kaki",  "kapur", "kayu",  "kebun", "kelas", "kopi",  "kuda",    "laut",  "lampu", "madu",   "mangga",
        "meja",  "mawar", "nanas", "nasi",  "ombak", "padi",  "papan",   "pasar", "pena",  "perahu", "pisang",
        "pohon", "pulau", "rusa",  "rumah", "sagu",  "sapi",  "sate",    "sawah", "semut", "senja",  "sungai",
        "susu",  "tahu",  "tanah", "tebu",  "teh",   "tempe", "topi",    "udang", "warna"};
    auto const pick = [](std::size_t below) {
        return static_cast<std::size_t>(static_cast<unsigned long long>(base::random_key()) % below);
    };
    std::string number = std::to_string(pick(1000000));
    number.insert(0, 6 - number.size(), '0');
    return std::string(words[pick(std::size(words))]) + "-" + number + "-" +
           std::string(words[pick(std::size(words))]);
}

} // namespace directory
