// replay_corpus CORPUS: gives every file of CORPUS/NAME/ to the fuzz target NAME. A crash, a sanitizer report or an
// escaping exception fails; so does a target without a corpus.

#include "appliance/base/file.h"
#include "tests/support/fuzz.h"

#include <cstdio>
#include <filesystem>

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    int failures = 0;
    for (auto const& [name, function] : support::fuzz_targets()) {
        int count = 0;
        std::filesystem::path const folder = std::filesystem::path(argv[1]) / name;
        if (std::filesystem::is_directory(folder)) {
            for (auto const& entry : std::filesystem::directory_iterator(folder)) {
                function(base::read_file(entry.path().string()).value());
                ++count;
            }
        }
        std::printf("%s: %d inputs replayed\n", name.c_str(), count);
        if (count == 0) ++failures;
    }
    return failures == 0 ? 0 : 1;
}
