#!/usr/bin/env python3
"""tools/picture.py [REPORT [OUT]]: the picture of README, examples/report.png, from the report of `make demo` (build/demo/report.html):
its head with what it says first, and two of its charts, taken by chromium without a window.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WIDTH, HEIGHT = 1000, 812
FIGURES = ("Right calls over time", "Equity")


def main():
    report = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "demo", "report.html")
    out = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else os.path.join(ROOT, "examples", "report.png"))
    browser = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None)
    if not browser:
        sys.exit("picture.py: no browser (package chromium)")
    with open(report, encoding="utf-8") as file:
        text = file.read()
    head, _, rest = text.partition("<h2>")
    figures = re.findall(r"<figure>.*?</figure>", rest, re.S)
    chosen = [figure for title in FIGURES for figure in figures if "<figcaption><b>%s<" % title in figure]
    if len(chosen) != len(FIGURES) or "SYNTHETIC" not in head:
        sys.exit("picture.py: %s is not the report of make demo" % report)
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "page.html")
        with open(page, "w", encoding="utf-8") as file:
            file.write(head + '<div class="charts" style="margin-top:1rem">' + "".join(chosen) + "</div></main></body></html>")
        subprocess.run([browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=0.9",
                        "--window-size=%d,%d" % (WIDTH, HEIGHT), "--screenshot=" + out, "file://" + page],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print("%s: %d bytes" % (out, os.path.getsize(out)))


if __name__ == "__main__":
    main()
