"""A headless Chromium, spoken to over two pipes in the DevTools protocol: no port, no driver, no other package.

    with Chromium() as browser:
        page = browser.page()
        page.open(Path("report.html"))
        page.evaluate("document.title")

Source: <https://chromedevtools.github.io/devtools-protocol/>
"""

import base64
import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import stack

UNPACKED = stack.ROOT / ".venv" / "reports" / "browser"
# Ours is built for Linux on x86-64; elsewhere name one that is installed.
PROGRAM = Path(os.environ.get("CHROMIUM", UNPACKED / "chromium"))
OURS = {} if "CHROMIUM" in os.environ else {"LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib")}
SECONDS = 60
# The same letters on every machine, whatever fonts it has.
FONTS = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{UNPACKED / "fonts"}</dir><cachedir prefix="cwd">fonts</cachedir></fontconfig>
"""
# The pages are our tests' own, and a container lets root have no sandbox.
ARGUMENTS = ["--headless", "--no-sandbox", "--remote-debugging-pipe", "--hide-scrollbars", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run", "--font-render-hinting=none", "--force-color-profile=srgb"]
# https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
LUMINANCE = """(async () => {
  const bytes = Uint8Array.from(atob("%s"), one => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const points = context.getImageData(0, 0, image.width, image.height).data;
  const linear = one => (one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
  let least = 1, most = 0;
  for (let at = 0; at < points.length; at += 4) {
    const one = 0.2126 * linear(points[at]) + 0.7152 * linear(points[at + 1]) + 0.0722 * linear(points[at + 2]);
    least = Math.min(least, one);
    most = Math.max(most, one);
  }
  return [least, most];
})()"""


class Chromium:
    """Starts on entry, stops on exit, and leaves nothing behind."""

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="lambda-warden-chromium-"))
        (self.home / "fonts.conf").write_text(FONTS)
        ours, theirs = os.pipe(), os.pipe()
        # It reads from 3 and writes to 4; a plain shell copies no descriptor above 9, but opens any.
        script = f'exec "$@" 3</dev/fd/{ours[0]} 4>/dev/fd/{theirs[1]}'
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", PROGRAM, *ARGUMENTS, f"--user-data-dir={self.home / 'profile'}"],
            pass_fds=(ours[0], theirs[1]), cwd=self.home, stdout=subprocess.DEVNULL, stderr=(self.home / "log").open("w"),
            start_new_session=True, env={**OURS, "PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.home),
                                         "LANG": "C.UTF-8", "FONTCONFIG_FILE": str(self.home / "fonts.conf")})
        os.close(ours[0])
        os.close(theirs[1])
        self.orders, self.answers = ours[1], theirs[0]
        self.buffer, self.number, self.events = b"", 0, []
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.orders)
        os.close(self.answers)
        shutil.rmtree(self.home, ignore_errors=True)

    def page(self) -> "Page":
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def luminance(self, picture: bytes) -> tuple[float, float]:
        """Of the darkest and of the lightest point of a PNG, between 0 and 1."""
        return tuple(self.page().evaluate(LUMINANCE % base64.b64encode(picture).decode()))

    def call(self, method: str, session: str | None = None, **parameters) -> dict:
        """The answer; what happens meanwhile is kept in `events`."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.orders, json.dumps(order).encode() + b"\0")
        answer = self._until(lambda message: message.get("id") == self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, session: str, method: str) -> dict:
        """An event that has happened since `events` was emptied, or happens now."""
        def wanted(message):
            return message.get("sessionId") == session and message.get("method") == method
        for event in self.events:
            if wanted(event):
                return event
        return self._until(wanted)

    def _until(self, wanted) -> dict:
        end = time.monotonic() + SECONDS
        while True:
            message = self._message(end)
            if "method" in message:
                self.events.append(message)
            if wanted(message):
                return message

    def _message(self, end: float) -> dict:
        with selectors.DefaultSelector() as selector:
            selector.register(self.answers, selectors.EVENT_READ)
            while b"\0" not in self.buffer:
                read = os.read(self.answers, 1 << 20) if selector.select(end - time.monotonic()) else b""
                if not read:
                    log = (self.home / "log").read_text()[-2_000:]
                    raise RuntimeError(f"`{PROGRAM}` says nothing more, or nothing for {SECONDS} s: {log}")
                self.buffer += read
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)


class Page:
    """A tab."""

    def __init__(self, browser: Chromium, session: str):
        self.browser, self.session = browser, session
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters) -> dict:
        return self.browser.call(method, self.session, **parameters)

    def open(self, path: Path):
        self.browser.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.browser.wait_for(self.session, "Page.loadEventFired")

    def look(self, width: int, scheme: str, media: str = "screen"):
        """As a window so wide shows it to somebody who prefers `light` or `dark`."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression: str):
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"]["exception"]["description"])
        return done["result"].get("value")

    def picture(self, of: dict | None = None) -> bytes:
        """PNG of the whole page, or of a rectangle of what is seen of it at once: x, y, width, height."""
        what = {"clip": {**of, "scale": 1}} if of else {"captureBeyondViewport": True}
        return base64.b64decode(self.call("Page.captureScreenshot", **what)["data"])

    def paper(self) -> bytes:
        """PDF, as the page itself wants to be printed."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"])

    def requests(self) -> list[str]:
        """Addresses asked for since `open`."""
        return [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """What the console has been told since `open`: by the page, or by the browser of it."""
        return [json.dumps(event["params"]) for name in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
                for event in self._events(name)]

    def _events(self, name: str) -> list[dict]:
        self.evaluate("0")  # what is on its way arrives before the answer
        return [event for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] == name]
