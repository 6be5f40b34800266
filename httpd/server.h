#pragma once
// The HTTP/1.1 server: Poco's HTTPServer on sockets that the supervisor has bound, with our limits around it. Turns
// bytes into Request, hands it to one function, writes its Response. What a request means is router.h and site.h.

#include "appliance/daemon/sockets.h"
#include "appliance/net/address.h"
#include "httpd/request.h"
#include "httpd/response.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace httpd
{

/// Called from many threads at once. Exceptions become an answer 500.
using Handler = std::function<Response(Request& request)>;

struct TlsFiles {
    std::string certificate;
    std::string key;
};

class WebServer
{
public:
    /// `largest_body`: bytes of a POST that are taken; more gives 413. `exempt`: addresses with any number of
    /// connections.
    WebServer(std::size_t largest_body, std::vector<net::Network> exempt);
    ~WebServer();
    WebServer(WebServer const&) = delete;
    WebServer& operator=(WebServer const&) = delete;

    /// Begins to serve. `tls`: null for plain HTTP. Throws base::Failure naming the file that cannot be used.
    void listen(std::vector<service::Socket> const& sockets, TlsFiles const* tls, Handler handler);
    /// Takes no more connections and waits a moment for the requests that are running.
    void stop();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace httpd
