"""How long a page of ``srgan compare`` takes to open from the disk, in a browser without a network.

    srgan compare --hr Set14/HR -m x4-fidelity -m x4 -m bicubic -m lanczos -o comparison
    python benchmarks/comparison_page.py comparison/index.html --shots shots

Prints the median, over new browser processes, of the seconds from the start of the navigation until every picture of
the first view is decoded. ``--shots`` saves what the page looks like in each of its views. Needs Chromium, and the
package playwright.
"""

import argparse
import shutil
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_LOADED = "[...document.querySelectorAll('#panes img')].every((img) => img.complete && img.naturalWidth)"
_PATIENCE = 60


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", type=Path, help="index.html, or a page in one file")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--shots", type=Path, help="folder for pictures of its views")
    options = parser.parse_args()
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None or not options.page.is_file():
        sys.stderr.write(f"comparison_page: no Chromium, or no page {options.page}\n")
        return 2
    seconds = []
    with sync_playwright() as running:
        for _ in range(options.rounds):
            browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_context(viewport={"width": 1600, "height": 1000}, offline=True).new_page()
            seconds.append(_opened(page, options.page))
            browser.close()
        if options.shots is not None:
            options.shots.mkdir(parents=True, exist_ok=True)
            browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_context(viewport={"width": 1600, "height": 1000}, offline=True).new_page()
            _opened(page, options.page)
            for mode in page.eval_on_selector_all("[data-mode]", "all => all.map((one) => one.dataset.mode)"):
                page.click(f"[data-mode={mode}]")
                _decoded(page)
                page.screenshot(path=str(options.shots / f"{mode}.png"))
            page.screenshot(path=str(options.shots / "whole.png"), full_page=True)
            browser.close()
    sys.stdout.write(f"{options.page}: {statistics.median(seconds):.2f} s until all pictures of the view are there\n")
    return 0


def _opened(page: Page, path: Path) -> float:
    began = time.perf_counter()
    page.goto(path.resolve().as_uri())
    _decoded(page)
    return time.perf_counter() - began


def _decoded(page: Page) -> None:
    """The browser's own waiting evaluates text, which the page's policy forbids."""
    end = time.monotonic() + _PATIENCE
    while not page.evaluate(_LOADED):
        if time.monotonic() > end:
            raise TimeoutError(f"pictures are missing after {_PATIENCE} s")
        page.wait_for_timeout(10)


if __name__ == "__main__":
    sys.exit(main())
