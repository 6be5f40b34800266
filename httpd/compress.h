#pragma once
// gzip for answers to browsers that take it (RFC 9110 8.4, RFC 1952).

#include "httpd/request.h"
#include "httpd/response.h"

#include <string>
#include <string_view>

namespace httpd
{

/// Compresses what is worth it: texts, and not too short ones. Adds Vary; a strong ETag becomes a weak one. Leaves
/// alone what has Content-Encoding or a range.
void compress(Request const& request, Response& response);

/// Whether Accept-Encoding has gzip, or everything, and does not say q=0 of it (RFC 9110 12.5.3).
bool takes_gzip(Request const& request);

/// `level`: 1 to 12. `padding`: bytes of a made-up file name in the gzip header, so that the length of a page says
/// less about what is in it (BREACH).
std::string gzip(std::string_view bytes, int level, std::size_t padding = 0);

} // namespace httpd
