"""What a hostile mail would do in a real Chromium: run a script, or ask another host for something. Both ring here."""

import http.server
import socket
import threading

RANG = "a script ran"

# Before any script of any page and frame: what the attacks call says so in the console, whatever the page's policy.
HOOK = "".join(f"window.{name} = () => console.error('{RANG} ' + location.href);" for name in ("alert", "confirm", "prompt", "print"))

# Everything that a reader's mouse and keyboard could touch off.
TOUCH = """
for (const page of [document, ...[...document.querySelectorAll('iframe')].map(frame => frame.contentDocument).filter(page => page)])
 for (const node of page.querySelectorAll('*'))
  for (const name of ['mouseover', 'mouseenter', 'pointerenter', 'mousedown', 'focus', 'focusin', 'keydown', 'input', 'wheel',
                      'copy', 'paste', 'dragstart', 'error', 'load', 'toggle', 'animationstart', 'transitionend', 'scroll'])
    node.dispatchEvent(new Event(name, {bubbles: true}));
"""

# What lies over something else, or is laid out outside the mail's own box.
DISPLACED = """
const found = [];
for (const frame of document.querySelectorAll('iframe')) for (const node of frame.contentDocument.querySelectorAll('.mail *')) {
  const style = getComputedStyle(node);
  if (style.position !== 'static' || style.transform !== 'none' || style.zIndex !== 'auto' || style.opacity !== '1' ||
      style.filter !== 'none' || style.animationName !== 'none' || style.cursor !== 'auto' && style.cursor !== 'pointer' ||
      parseFloat(style.marginLeft) < 0 || parseFloat(style.marginTop) < 0 || parseFloat(style.textIndent) < 0)
    found.push(node.outerHTML.slice(0, 100));
}
return found;
"""


class OtherHosts:
    """Every host of the world but localhost: who connects is written down. `rule` is for Chromium's command line."""

    OWN = (b"googleapis.com", b"google.com", b"gstatic.com")  # what Chromium asks by itself

    def __init__(self):
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.rule = f"--host-resolver-rules=MAP * 127.0.0.1:{self.listener.getsockname()[1]} , EXCLUDE localhost"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            with stream:
                stream.settimeout(5)
                try:
                    first = stream.recv(4000)
                    if not any(host in first for host in self.OWN):
                        self.seen.append(first)
                except OSError as error:
                    self.seen.append(str(error).encode())

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class BareServer:
    """Documents as they are, without any of the policies that the webmail sends along: /NAME, and /all/FIRST/LAST with a frame each."""

    def __init__(self, documents):
        names = list(documents)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                words = self.path.strip("/").split("/")
                if words[0] == "all":
                    frames = "".join(f"<iframe src='/{name}'></iframe>" for name in names[int(words[1]):int(words[2])])
                    return self.give(f"<!doctype html><title>all</title>{frames}".encode())
                return self.give(documents.get(words[0], b""))

            def give(self, document):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
