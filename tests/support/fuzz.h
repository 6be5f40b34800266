#pragma once
// FUZZ_TARGET(name) { ... bytes ... }: a libFuzzer entry in the Fuzz build; elsewhere it is registered for the corpus
// replay.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace support
{
using FuzzFunction = void (*)(std::string_view bytes);

inline std::map<std::string, FuzzFunction>& fuzz_targets()
{
    static std::map<std::string, FuzzFunction> targets;
    return targets;
}
struct FuzzRegistration {
    FuzzRegistration(char const* name, FuzzFunction function) { fuzz_targets()[name] = function; }
};
} // namespace support

#ifdef KOTAKPOS_FUZZ_PROGRAM
#define FUZZ_ENTRY(name)                                                                                             \
    extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)                                \
    {                                                                                                                \
        fuzz_##name({reinterpret_cast<char const*>(data), size});                                                    \
        return 0;                                                                                                    \
    }
#else
#define FUZZ_ENTRY(name)                                                                                             \
    namespace                                                                                                        \
    {                                                                                                                \
    support::FuzzRegistration const registration_##name(#name, fuzz_##name);                                         \
    }
#endif

#define FUZZ_TARGET(name)                                                                                            \
    static void fuzz_##name(std::string_view bytes);                                                                 \
    FUZZ_ENTRY(name)                                                                                                 \
    static void fuzz_##name(std::string_view bytes)
