#include "appliance/box/grubenv.h"

#include "appliance/base/text.h"

namespace box
{

namespace
{
constexpr std::size_t block_size = 1024;
constexpr std::string_view signature = "# GRUB Environment Block\n";
} // namespace

base::Result<GrubEnvironment> parse_grubenv(std::string_view block)
{
    if (block.size() != block_size || !block.starts_with(signature))
        return base::failed("grubenv", "the boot loader's note is damaged", "install the image again");
    GrubEnvironment values;
    for (auto const line : base::split(block.substr(signature.size()), '\n')) {
        auto const equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        values[std::string(line.substr(0, equals))] = std::string(line.substr(equals + 1));
    }
    return values;
}

std::string show_grubenv(GrubEnvironment const& values)
{
    std::string block(signature);
    for (auto const& [key, value] : values) block += key + "=" + value + "\n";
    block.resize(block_size, '#');
    return block;
}

} // namespace box
