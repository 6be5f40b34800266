// httpd: the school's page, the webmail, the web administration. Reaches mail, queue and zones only through
// run/*.sock.

#include "appliance/base/clock.h"
#include "appliance/daemon/daemon.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/filters.h"
#include "appliance/directory/personal.h"
#include "appliance/message/charset.h"
#include "httpd/limits.h"
#include "httpd/redirect.h"
#include "httpd/router.h"
#include "httpd/server.h"

#include <cstdlib>
#include <malloc.h>

namespace
{
httpd::TlsFiles tls_files(config::Config const& config)
{
    return {config.tls_certificate.empty() ? "tls/server.crt" : config.tls_certificate,
            config.tls_key.empty() ? "tls/server.key" : config.tls_key};
}

std::uint16_t https_port(config::Config const& config)
{
    auto const found = config.listen.find("https");
    return found == config.listen.end() || found->second.empty() ? std::uint16_t{0} : found->second.front().port;
}
} // namespace

int main(int argc, char** argv)
{
    // Two arenas are enough for two cores; one for each of many threads would keep each one's largest page.
    ::mallopt(M_ARENA_MAX, 2);
    return service::guarded("httpd", [&] {
        service::Daemon daemon(argc, argv, "httpd", {});
        auto const& config = daemon.config();
        auto const tls = tls_files(config);
        daemon.confine({.read = {"site", tls.certificate, tls.key, "ca.crt"}, .write = {"school", "web"}});

        db::Database database({.path = "school/school.db", .schema = "school"});
        auto const directory = directory::make_sql_directory(database);
        auto const administration = directory::make_sql_administration(database, *directory);
        auto const contacts = directory::make_sql_contacts(database);
        httpd::School school(*directory);
        httpd::LoginLimit login_limit(base::system_clock(), config.limits_exempt);
        auto const personal = directory::make_sql_personal(database, *directory);
        auto const filters = directory::make_sql_filters(database);
        httpd::Sessions sessions(*directory, *personal, *filters, login_limit, base::system_clock(), "run/imap.sock");
        httpd::Templates const templates;
        httpd::Router router({config, *directory, *personal, *filters, *administration, *contacts, school, sessions,
                              templates, base::system_clock()},
                             "site");
        httpd::Redirect const redirect("ca.crt", https_port(config));

        message::prepare_charsets();
        httpd::AccessLog access_log("web/access.log");
        httpd::WebServer server(config.message_size_max + httpd::limits::form_overhead, config.limits_exempt,
                                access_log);
        server.listen(daemon.sockets("https"), &tls, [&](httpd::Request& request) { return router.handle(request); });
        server.listen(daemon.sockets("http"), nullptr,
                      [&](httpd::Request& request) { return redirect.handle(request); });
        server.start();

        int const code = daemon.serve_until_stopped();
        server.stop();
        // Threads of idle browsers would hold the end up for the rest of their keep-alive time; nothing is left to be
        // written.
        std::_Exit(code);
        return code;
    });
}
