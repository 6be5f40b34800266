#pragma once
// The school's own page at www.DOMAIN: the files of the folder site/, which people edit. No listing, no programs.

#include "httpd/request.h"
#include "httpd/response.h"

#include <string>

namespace httpd
{

/// "text/html; charset=utf-8" for "index.html"; application/octet-stream for what is not known.
std::string content_type(std::string_view file_name);

class Site
{
public:
    /// `folder`: need not exist; without an index.html a friendly page takes its place.
    explicit Site(std::string folder) : folder_(std::move(folder)) {}

    Response handle(Request const& request) const;

private:
    Response file(Request const& request, std::string const& path) const;
    Response default_page(Request const& request, std::string const& name) const;
    Response not_found() const;

    std::string folder_;
};

/// A file compiled into the program, under /static/VERSION/NAME; may be kept for ever, as the version changes with
/// it.
Response static_file(Request const& request, std::string_view name);
/// Changes whenever any static file does: part of their addresses.
std::string const& static_version();

} // namespace httpd
