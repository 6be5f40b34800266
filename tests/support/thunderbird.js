// Runs inside Thunderbird as its autoconfiguration: adds the account and does what a reader does, through the same services
// as the buttons. What it says goes line by line into the file that the test reads. support/thunderbird.py fills in the @NAMES@.
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

    function later(milliseconds) {
        const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
        return new Promise(done => setTimeout(done, milliseconds));
    }

    async function until(what, condition) {
        for (let i = 0; i < 600; i++) {
            const value = condition();
            if (value) return value;
            await later(50);
        }
        throw new Error("no " + what);
    }

    async function read() {
        const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
        const server = MailServices.accounts.createIncomingServer("@LOGIN@", "localhost", "imap");
        server.port = @PORT@;
        server.socketType = Ci.nsMsgSocketType.SSL;
        server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext; // inside TLS
        server.password = "@PASSWORD@";
        MailServices.accounts.createAccount().incomingServer = server;

        server.performExpand(null);
        const folder = name => server.rootFolder.descendants.find(found => found.name == name);
        const archive = await until("folder Arsip", () => folder("Arsip"));
        const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
        const window = Cc["@mozilla.org/messenger/msgwindow;1"].createInstance(Ci.nsIMsgWindow);
        MailServices.imap.selectFolder(inbox, null, window);
        const mail = subject => [...inbox.messages].find(header => header.mime2DecodedSubject == subject);
        await until("mail", () => mail("Baca aku") && mail("Hapus aku") && mail("Pindah aku"));
        say("subjects " + [...inbox.messages].map(header => header.mime2DecodedSubject).sort().join(","));

        inbox.markMessagesRead([mail("Baca aku")], true);
        inbox.markMessagesFlagged([mail("Baca aku")], true);
        inbox.deleteMessages([mail("Hapus aku")], window, false, true, null, false);
        await until("deletion", () => !mail("Hapus aku"));
        MailServices.copy.copyMessages(inbox, [mail("Pindah aku")], archive, true, null, window, false);
        await until("move", () => !mail("Pindah aku"));
        say("changed");
        // Its own answer to news in IDLE is an update of the folder, which it does not do without a window: so it is told when to look.
        const go = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
        go.initWithPath("@OUT@-go");
        await until("word to go on", () => go.exists());
        MailServices.imap.selectFolder(inbox, null, window);
        await until("new mail", () => mail("Baru datang"));
        say("new mail");
        await later(500); // its last commands
    }

    Services.obs.addObserver(function observer() {
        Services.obs.removeObserver(observer, "mail-startup-done");
        read().catch(error => say("failed: " + error)).finally(() => Services.startup.quit(Ci.nsIAppStartup.eForceQuit));
    }, "mail-startup-done");
})();
