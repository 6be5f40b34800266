// Runs inside Thunderbird as its autoconfiguration: looks for the settings of an address as its account set-up does, and says what it
// found. Names lead to this machine and https to the school's port; everything else, the certificate's name too, is as for everybody.
(function () {
    const lines = [];

    function say(text) {
        lines.push(text);
        const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
        file.initWithPath("@OUT@");
        const stream = Cc["@mozilla.org/network/file-output-stream;1"].createInstance(Ci.nsIFileOutputStream);
        stream.init(file, 0x02 | 0x08 | 0x20, 0o644, 0);
        const data = lines.join("\n") + "\n";
        stream.write(data, data.length);
        stream.close();
    }

    function show(words, server) {
        say([words, server.type, server.hostname, server.port, server.socketType, server.username].join(" "));
    }

    async function find() {
        const address = "@ADDRESS@", domain = address.split("@")[1];
        const names = Cc["@mozilla.org/network/native-dns-override;1"].getService(Ci.nsINativeDNSResolverOverride);
        for (const name of ["", "autoconfig.", "mail."]) names.addIPOverride(name + domain, "127.0.0.1");
        Services.obs.addObserver(subject => {
            const channel = subject.QueryInterface(Ci.nsIHttpChannel);
            if (channel.URI.port == -1 && channel.URI.scheme == "https") {
                say("asked " + channel.URI.host);
                channel.redirectTo(channel.URI.mutate().setPort(@HTTPS@).finalize());
            }
        }, "http-on-modify-request");
        const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
        const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
        const config = await FetchConfig.fromISP(domain, address, new (Cu.getGlobalForObject(FetchConfig).AbortController)().signal);
        AccountConfig.replaceVariables(config, "Nama", address, "@PASSWORD@");
        show("incoming", config.incoming);
        for (const other of config.incomingAlternatives) show("or", other);
        show("outgoing", config.outgoing);
        say("school " + config.displayName);
    }

    Services.obs.addObserver(function observer() {
        Services.obs.removeObserver(observer, "mail-startup-done");
        find().catch(error => say("failed: " + error)).finally(() => Services.startup.quit(Ci.nsIAppStartup.eForceQuit));
    }, "mail-startup-done");
})();
