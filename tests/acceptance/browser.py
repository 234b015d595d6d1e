"""Debian's Chromium, without a window and without a network, driven through chromedriver's WebDriver interface (W3C)."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MISSING = "" if CHROMIUM and DRIVER else "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)"
DEADLINE = 120  # seconds for any one command

TAB, ENTER, ESCAPE, CONTROL, END, HOME = "\ue004", "\ue007", "\ue00c", "\ue009", "\ue010", "\ue011"
LEFT, UP, RIGHT, DOWN = "\ue012", "\ue013", "\ue014", "\ue015"

# Of each element that shows text of its own, its contrast (WCAG 2.2 §1.4.3), where that is below what is demanded.
POOR_CONTRAST = r"""
  const numbers = (colour) => { const n = colour.match(/[\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  const ground = (one) => one ? over(numbers(getComputedStyle(one).backgroundColor), ground(one.parentElement)) : canvas;
  const painted = (one) => { // in a drawing the rectangle that a text lies on came before it
    let at = one;
    while (at && at.tagName !== "rect") at = at.previousElementSibling;
    return at ? numbers(getComputedStyle(at).fill).slice(0, 3) : ground(one.closest("svg").parentElement);
  };
  let looked = 0;
  const poor = [];
  for (const one of document.querySelectorAll("body, body *")) {
    if (!one.checkVisibility() || !one.getClientRects().length || one.closest("script, title, option, .aloud")) continue;
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const drawn = one.tagName === "text", style = getComputedStyle(one);
    const below = drawn ? painted(one) : ground(one), ink = over(numbers(drawn ? style.fill : style.color), below);
    const [a, b] = [light(ink), light(below)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    ++looked;
    if (ratio < arguments[0]) poor.push(`${one.tagName}.${one.getAttribute("class")} ${ratio.toFixed(2)} ${one.textContent.slice(0, 40)}`);
  }
  return [looked, poor];
"""


class Browser:
    """One driver and one browser; `close` ends both, and whatever the browser left running."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="danelab-browser.", ignore_cleanup_errors=True)
        self.profile = str(pathlib.Path(self.folder.name) / "profile")
        os.mkdir(self.profile)
        self.session = self.driver = None
        self.urls = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start_driver(self):
        """The port that it listens on, None where what it took was another's: it wants the same one for IPv4 and IPv6."""
        self.driver = subprocess.Popen([DRIVER, "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=True, start_new_session=True, env=dict(os.environ, HOME=self.folder.name))
        said = []
        watch = threading.Timer(DEADLINE, self.driver.kill)  # a driver that says nothing
        watch.start()
        try:
            for line in self.driver.stdout:
                said.append(line)
                if port := re.search(r"started successfully on port (\d+)", line):
                    threading.Thread(target=self.driver.stdout.read, daemon=True).start()  # so that it never waits for us
                    return port[1]
        finally:
            watch.cancel()
        self.driver.wait(DEADLINE)
        if "Address already in use" in "".join(said):
            return None
        raise RuntimeError("chromedriver: " + "".join(said))

    def _start(self):
        attempts = 10
        port = next((port for _ in range(attempts) if (port := self._start_driver())), None)
        if port is None:
            raise RuntimeError(f"chromedriver: found no free port in {attempts} attempts")
        self.address = f"http://127.0.0.1:{port}"
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-proxy-server",
                     "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={self.profile}"]
        capabilities = {"browserName": "chrome", "timeouts": {"pageLoad": 30_000, "script": 30_000, "implicit": 0},
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                        "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}
        self.session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self.address + path, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        try:
            with self.urls.open(request, timeout=DEADLINE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"chromedriver: {path}: {json.load(error)['value']['message']}") from None

    def close(self):
        try:
            if self.session:
                self._call("DELETE", f"/session/{self.session}")
        except (OSError, RuntimeError):
            pass
        finally:
            if self.driver:
                self.driver.kill()
                self.driver.wait(DEADLINE)
            for process in pathlib.Path("/proc").glob("[0-9]*"):  # ours alone: no one else has this profile
                try:
                    if self.profile.encode() in (process / "cmdline").read_bytes():
                        os.kill(int(process.name), signal.SIGKILL)
                except OSError:
                    continue
            self.folder.cleanup()

    def command(self, path, body=None, method="POST"):
        return self._call(method, f"/session/{self.session}{path}", {} if body is None and method == "POST" else body)

    def devtools(self, name, **parameters):
        return self.command("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def open(self, file, fragment=""):
        self.command("/url", {"url": "about:blank"})  # so that another fragment loads the page anew
        self.logs()
        self.command("/url", {"url": pathlib.Path(file).as_uri() + fragment})

    def script(self, text, *arguments):
        return self.command("/execute/sync", {"script": text, "args": list(arguments)})

    def until(self, text, *arguments):
        """Waits until the script's result is true; following a link is not over when the key is up."""
        self.command("/execute/async", {"script": "const done = arguments[arguments.length - 1], given = arguments;"
                                                  "const holds = function () { " + text + " };"
                                                  "const look = () => holds.apply(null, given) ? done() : setTimeout(look, 5); look();", "args": list(arguments)})

    def press(self, *keys):
        """One after another; a key with CONTROL before it in one string is pressed together with it."""
        for key in keys:
            down = [{"type": "keyDown", "value": one} for one in key]
            self.command("/actions", {"actions": [{"type": "key", "id": "keys", "actions": down + [{"type": "keyUp", "value": one["value"]} for one in reversed(down)]}]})

    def logs(self):
        """What the console said at level SEVERE, and the addresses that were asked for, since the last call."""
        said = [one["message"] for one in self.command("/se/log", {"type": "browser"}) if one["level"] == "SEVERE"]
        events = [json.loads(one["message"])["message"] for one in self.command("/se/log", {"type": "performance"})]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return said, asked

    def screen(self, width, height=900):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def scheme(self, name):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def pdf(self):
        # Not by /print, which gives the browser ten seconds whatever the page and the machine.
        return base64.b64decode(self.devtools("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])

    def screenshot(self, file):
        pathlib.Path(file).write_bytes(base64.b64decode(self.command("/screenshot", method="GET")))


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
