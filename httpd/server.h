#pragma once
// The HTTP/1.1 server on sockets that the supervisor has bound, with our limits around it. What a connection says is
// http_session.h; what a request means is router.h and site.h.

#include "appliance/daemon/sockets.h"
#include "appliance/net/address.h"
#include "httpd/access_log.h"
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
    /// connections. `log`: outlives the server.
    WebServer(std::size_t largest_body, std::vector<net::Network> exempt, AccessLog& log);
    ~WebServer();
    WebServer(WebServer const&) = delete;
    WebServer& operator=(WebServer const&) = delete;

    /// Before start(). `tls`: null for plain HTTP; files that change are read again for the connections to come.
    /// Throws base::Failure naming the file that cannot be used.
    void listen(std::vector<service::Socket> const& sockets, TlsFiles const* tls, Handler handler);
    void start();
    /// Takes no more connections and waits a moment for the requests that are running.
    void stop();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace httpd
