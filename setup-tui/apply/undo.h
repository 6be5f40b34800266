#pragma once
// Takes away what a failed setup had made. Not for what people made before: only names that were not there are
// touched.

#include "appliance/config/config.h"

#include <optional>
#include <string>
#include <vector>

namespace setup
{

/// Notes what is there now. Unless keep() was called, its end removes what setup made new since (configuration,
/// databases, certificates, first page, folders), and brings an older configuration back.
class Undo
{
public:
    Undo(config::Config const& config, std::string config_file);
    ~Undo();
    Undo(Undo const&) = delete;
    Undo& operator=(Undo const&) = delete;

    void keep() { kept_ = true; }

private:
    std::string config_file_;
    std::optional<std::string> config_text_;
    std::vector<std::string> new_names_; ///< files and folders of setup that were not there
    bool kept_ = false;
};

} // namespace setup
