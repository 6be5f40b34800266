#pragma once
// CSV as schools' office programs write it (RFC 4180, with or without byte order mark, ',' or ';' as separator).

#include "appliance/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace directory
{

struct CsvRow {
    std::size_t line = 0; ///< where it begins, from 1
    std::vector<std::string> fields;
    std::string problem; ///< why the row cannot be used (an English sentence), or empty
};

struct CsvTable {
    std::vector<std::string> header; ///< lower case, trimmed
    std::vector<CsvRow> rows;        ///< each with as many fields as the header, or with a problem
};

/// Refused as a whole: no header, a column that is not in `allowed` or there twice, `required` missing.
base::Result<CsvTable> read_csv(std::string_view text, std::vector<std::string> const& allowed,
                                std::string const& required);

} // namespace directory
