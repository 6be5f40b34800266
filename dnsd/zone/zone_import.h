#pragma once
// A zone file on its way into the store: which zone it is, and every line that cannot be taken, with its reason.

#include "dnsd/zone/record_change.h"
#include "dnsd/zone/zone_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

struct ZoneFileContents {
    ImportReport report; ///< zone, replaced (the file has a SOA), left_out, refused
    std::vector<WireRecord> records;
    std::vector<std::size_t> lines; ///< of each record
};

/// `zone`: absolute, or empty for that of the file's SOA. An error means that the text as a whole cannot be used.
base::Result<ZoneFileContents> read_zone_file(std::string const& zone, std::string_view text);

/// The report of a file whose records break rules between them.
ImportReport refuse_lines(ZoneFileContents const& file, std::vector<Fault> const& faults);

} // namespace dnsd
