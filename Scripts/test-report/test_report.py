"""Opens reports of the program in Chromium over file://, and checks them as a reader uses them.

Called by run.sh: test_report.py PROGRAM CHROMIUM FOLDER. The folder gets the reports and a
screenshot of each view.
"""

import io
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

PROGRAM, CHROMIUM, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/photos"
MANY = int(os.environ.get("REPORT_PHOTOS", "10000"))
# The time in which a page with many photos must be ready.
PATIENCE = float(os.environ.get("REPORT_SECONDS", "2"))
NAMES = [
    b"<script>alert(1)</script>.jpg".replace(b"/", b":"),
    b'quotes " and \' & <b>.jpg',
    "line\u2028separator \u202egpj.jpg".encode(),
    b"new\nline.jpg",
    b"not utf-8 \xff\xfe.jpg",
    b"percent %41 # ? space.jpg",
]

checks = 0
failures = []


def check(holds, what):
    global checks
    checks += 1
    if not holds:
        failures.append(what)
    print(f"{'ok     ' if holds else 'FAILED '}{what}", flush=True)


def run(*arguments, exit_codes=(0,)):
    outcome = subprocess.run(
        [PROGRAM, *arguments], cwd=FOLDER, capture_output=True, text=True, errors="replace"
    )
    if outcome.returncode not in exit_codes:
        sys.exit(f"{arguments} ended with {outcome.returncode}: {outcome.stderr}")
    return outcome


def wait(page, expression, seconds=30):
    """Waits until JavaScript is true. The page's policy forbids Playwright's own function to try a
    text more than once."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > end:
            sys.exit(f"after {seconds} s this is still not true: {expression}")
        time.sleep(0.02)


def make_small_photos(folder, count):
    """Photos of 64 x 48 pixels: forty different ones, and links to them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rng = random.Random(7)
    sources = []
    for number in range(40):
        image = Image.new("RGB", (64, 48), tuple(rng.randrange(256) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        for _ in range(6):
            x, y = rng.randrange(64), rng.randrange(48)
            color = tuple(rng.randrange(256) for _ in range(3))
            draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=color)
        data = io.BytesIO()
        image.save(data, "JPEG", quality=85)
        source = folder / f"photo-{number:05}.jpg"
        source.write_bytes(data.getvalue())
        sources.append(source)
    for number in range(len(sources), count):
        os.link(sources[number % len(sources)], folder / f"photo-{number:05}.jpg")


def make_inputs():
    photos = FOLDER / "photos"
    shutil.rmtree(photos, ignore_errors=True)
    shutil.copytree(PHOTOS, photos)
    for name in NAMES:
        with open(os.path.join(os.fsencode(photos), name), "wb") as file:
            file.write((PHOTOS / "cat.jpg").read_bytes())
    (photos / "notes.jpg").write_text("no image")
    labelled = FOLDER / "labelled"
    shutil.rmtree(labelled, ignore_errors=True)
    for label, photo in [
        ("n07920052", "coffee.png"), ("Beacon", "rocket.jpg"), ("brain_coral", "cat.jpg"),
    ]:
        (labelled / label).mkdir(parents=True)
        shutil.copy(PHOTOS / photo, labelled / label)


class Browser:
    def __init__(self, playwright):
        # Chromium refuses its sandbox to root, as whom containers run.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        self.complaints = []

    def open(self, name, width=1280, height=800, scheme="light"):
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        page = context.new_page()
        page.on(
            "console",
            lambda message: message.type in ("error", "warning")
            and self.complaints.append(f"{name}: {message.text}"),
        )
        page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"{name}: a script ran"))
        page.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:"))
            or self.complaints.append(f"{name}: {request.url}"),
        )
        page.goto((FOLDER / name).as_uri())
        wait(page, "document.readyState === 'complete'")
        return page


def shot(page, name):
    page.wait_for_timeout(250)
    page.screenshot(path=FOLDER / f"{name}.png")


def active(page):
    return page.evaluate("list.active")


def test_classification(browser):
    outcome = run("photos", "--jsonl", "--report", "photos.html", exit_codes=(1,))
    plain = run("photos", "--jsonl", exit_codes=(1,))
    check(outcome.stdout == plain.stdout, "the records are the same with and without a report")
    size = (FOLDER / "photos.html").stat().st_size
    check(f"{size / 1e6:.1f} MB" in outcome.stderr, "the size is on standard error")

    page = browser.open("photos.html")
    count = outcome.stdout.count("\n")
    check(page.locator(".card").count() == count, "every photo has a card")
    check(
        page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)"),
        "every thumbnail is a picture",
    )
    check(page.evaluate("data.bytes") == size, "the page knows its own size")
    check("MB" in page.inner_text("footer") or "KB" in page.inner_text("footer"), "and says it")
    text = page.inner_text("#list")
    check("<script>alert(1)<:script>.jpg" in text, "a name with markup is shown as it is")
    check("new\\nline.jpg" in text and "\\u{202e}" in text, "control characters are spelled out")
    check("this is a text file" in text, "the reason of a failure is shown")
    shot(page, "photos")

    page.keyboard.press("j")
    check(active(page) == 1, "j goes to the next photo")
    page.keyboard.press("k")
    check(active(page) == 0, "k goes back")
    page.keyboard.press("ArrowDown")
    columns = page.evaluate("list.columns")
    check(columns > 1 and active(page) == columns, "the arrow goes down by a row")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    check(active(page) == 1, "arrows go up and to the right")
    page.keyboard.press("End")
    check(active(page) == count - 1, "End goes to the last photo")
    page.keyboard.press("Home")
    check(active(page) == 0, "Home goes to the first photo")
    check(
        page.evaluate(
            "document.getElementById(element('list').getAttribute('aria-activedescendant'))"
            ".getAttribute('aria-selected')"
        )
        == "true",
        "assistive technology is told which photo is active",
    )

    page.keyboard.press("Enter")
    check(page.locator("#enlarged").is_visible(), "Enter enlarges")
    wait(page, "document.querySelector('#enlarged img.large')?.naturalWidth > 160")
    check(True, "the enlarged view loads the photo itself")
    page.keyboard.press("ArrowRight")
    check(active(page) == 1, "arrows go on in the enlarged view")
    shot(page, "enlarged")
    page.keyboard.press("Escape")
    check(not page.locator("#enlarged").is_visible(), "Escape closes it")

    # Every photo whose name is hard to write in an address.
    wanted = page.evaluate("rows.filter(row => !hasFailed(row)).length")
    loaded = page.evaluate(
        """Promise.all(rows.filter(row => !hasFailed(row)).map(row => new Promise(done => {
          const image = new Image();
          image.onload = () => done(1);
          image.onerror = () => done(0);
          image.src = address(row);
        }))).then(all => all.reduce((a, b) => a + b))"""
    )
    check(loaded == wanted, "the address of every photo leads to it")

    page.keyboard.press("Home")
    page.keyboard.press("c")
    page.keyboard.press("j")
    page.keyboard.press("c")
    check(page.locator("#comparison article").count() == 2, "c on two photos compares them")
    shot(page, "comparison")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    check(page.evaluate("list.marked.length") == 0, "Escape takes the marks away")

    page.keyboard.press("?")
    check(page.locator("#help").is_visible(), "? shows the help")
    page.keyboard.press("Escape")

    page.keyboard.press("/")
    page.keyboard.type("coffee")
    wait(page, "list.shown.length === 1")
    check(page.inner_text("#count").startswith("1 of"), "/ searches, and the number is shown")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    check("coffee" in page.inner_text("#enlarged-title"), "Escape leads back to the list")
    page.keyboard.press("Escape")
    page.fill("#search", "")
    page.select_option("#outcome-filter", "failed")
    check(page.locator(".card .failure").count() == page.locator(".card").count() == 1,
          "failures can be shown alone")
    page.select_option("#outcome-filter", "all")
    page.select_option("#class-filter", index=1)
    check(
        page.evaluate("list.shown.length > 0 && list.shown.every("
                      "n => topClass(rows[n]) === Number(element('class-filter').value))"),
        "one class can be shown alone",
    )
    page.select_option("#class-filter", "")
    page.select_option("#order", "sure")
    check(
        page.evaluate("list.shown.every((n, i) => i === 0 ||"
                      " confidence(rows[list.shown[i - 1]]) >= confidence(rows[n]))"),
        "the surest come first",
    )
    page.select_option("#order", "unsure")
    check(
        page.evaluate("hasFailed(rows[list.shown.at(-1)]) && list.shown.slice(0, -1).every("
                      "(n, i) => i === 0 ||"
                      " confidence(rows[list.shown[i - 1]]) <= confidence(rows[n]))"),
        "the least sure come first, and failures last",
    )
    page.select_option("#order", "failed")
    check(page.evaluate("hasFailed(rows[list.shown[0]])"), "failures come first")
    page.fill("#search", "no such photo")
    wait(page, "list.shown.length === 0")
    check(page.locator("#nothing").is_visible(), "the page says when nothing fits")
    page.fill("#search", "")
    wait(page, f"list.shown.length === {count}")
    page.emulate_media(media="print")
    page.evaluate("list.print()")
    check(page.locator(".card").count() == count, "all cards are printed")
    page.screenshot(path=FOLDER / "print.png", full_page=True)

    dark = browser.open("photos.html", scheme="dark")
    color = dark.evaluate("getComputedStyle(document.body).backgroundColor")
    check(color != page.evaluate("'rgb(244, 245, 247)'") and color == "rgb(20, 23, 28)",
          "the page is dark where that is preferred")
    shot(dark, "dark")
    phone = browser.open("photos.html", width=375, height=740)
    check(
        phone.evaluate("list.columns === 1 && document.documentElement.scrollWidth <= 375"),
        "a phone shows one column, and nothing is wider than the screen",
    )
    shot(phone, "phone")


def test_policy(browser):
    page = browser.open("photos.html")
    before = len(browser.complaints)
    page.evaluate(
        """() => { const script = document.createElement('script');
        script.textContent = 'window.intruder = true'; document.body.append(script);
        fetch('https://example.org/').catch(() => {}); }"""
    )
    page.wait_for_timeout(200)
    check(page.evaluate("window.intruder === undefined"), "no other script can run")
    # The refusals are what is wanted.
    check(len(browser.complaints) > before, "the network is refused")
    del browser.complaints[before:]


def test_evaluation(browser):
    run("evaluate", "labelled", "--report", "evaluation.html")
    page = browser.open("evaluation.html")
    check("33.33%" in page.inner_text("#overview"), "the accuracy is on the page")
    check("6.15% to 79.23%" in page.inner_text("#overview"), "and its interval")
    check(page.locator(".worst button").count() == 2, "the worst mistakes are shown first")
    shot(page, "evaluation")
    page.click("#tab-classes")
    check(page.locator("#classes tbody tr").count() == 3, "each class has a row")
    page.click("#classes thead button >> nth=0")
    shot(page, "evaluation-classes")
    names = page.locator("#classes tbody th").all_inner_texts()
    check(names == sorted(names), "a click on a title sorts by its column")
    page.click("#tab-matrix")
    shot(page, "evaluation-matrix")
    page.click("#matrix td button >> nth=0")
    check(
        page.locator("#photos").is_visible() and page.locator(".card").count() == 1,
        "a click on a field shows its photos",
    )
    page.keyboard.press("Enter")
    check(page.locator("#enlarged .maps img").count() == 2, "a mistake has two heat maps")
    check(
        page.evaluate("[...document.querySelectorAll('.maps img')].every(i => i.naturalWidth)"),
        "the heat maps are pictures",
    )
    shot(page, "evaluation-mistake")


def test_similar(browser):
    run("index", "photos", "--output", "photos.index", exit_codes=(1,))
    arguments = ["similar", "photos/cat.jpg", "photos/coffee.png", "photos/notes.jpg", "--top", "4",
                 "--index", "photos.index", "--jsonl"]
    plain = run(*arguments, exit_codes=(1,))
    outcome = run(*arguments, "--report", "similar.html", exit_codes=(1,))
    check(outcome.stdout == plain.stdout, "similar writes the same with and without a report")
    page = browser.open("similar.html")
    check(page.locator(".card").count() == 11, "each query and each similar photo has a card")
    check(page.locator(".card.query").count() == 3, "queries look different")
    check(page.locator(".card img").count() == 10, "all photos that can be read have thumbnails")
    text = page.inner_text("#summary")
    check("3 queries" in text and "8 similar photos" in text and "fc7" in text,
          "the page says what was searched")
    text = page.inner_text("#list")
    check("Query: 4 similar photos" in text, "a query says how many were found")
    check("1.0000" in text and "No. 1" in text and "like cat.jpg" in text,
          "ranks and similarities are shown")
    check("<script>alert(1)<:script>.jpg" in text, "a found name with markup is shown as it is")
    shot(page, "similar")
    page.select_option("#class-filter", index=2)
    check(
        page.locator(".card").count() == 5 and "like coffee.png" in page.inner_text("#list")
        and "like cat.jpg" not in page.inner_text("#list"),
        "one query can be shown alone, with its photos",
    )
    page.select_option("#class-filter", "")
    page.select_option("#order", "sure")
    check(
        page.evaluate("list.shown.slice(0, 8).every((n, i) => queryOf(rows[n]) >= 0 && (i === 0 ||"
                      " similarity(rows[list.shown[i - 1]]) >= similarity(rows[n])))"),
        "the most similar come first, and queries last",
    )
    page.select_option("#order", "input")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    wait(page, "document.querySelector('#enlarged img.large')?.naturalWidth > 160")
    check("like cat.jpg" in page.inner_text("#enlarged"), "a found photo can be enlarged")
    shot(page, "similar-enlarged")
    page.keyboard.press("Escape")
    phone = browser.open("similar.html", width=375, height=740, scheme="dark")
    check(
        phone.evaluate("list.columns === 1 && document.documentElement.scrollWidth <= 375"),
        "similar photos fit a phone",
    )
    shot(phone, "similar-phone")


def test_many(browser):
    make_small_photos(FOLDER / "many", MANY)
    run("many", "--jsonl", "--output", "many.jsonl", "--report", "many.html",
        "--report-size", "500M")
    run("report", "many.jsonl", "--output", "parts.html", "--report-size", "1M")
    check(len(list((FOLDER / "parts.files").iterdir())) > 1, "thumbnails go to several files")
    for name in ["many", "parts"]:
        start = time.monotonic()
        page = browser.open(f"{name}.html")
        page.wait_for_selector(".card img")
        seconds = time.monotonic() - start
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        ready = page.evaluate("performance.timing.domContentLoadedEventEnd"
                              " - performance.timing.navigationStart")
        print(f"        {name}.html: first paint {paint:.0f} ms, ready {ready} ms, first "
              f"thumbnail {seconds * 1000:.0f} ms")
        check(max(paint, ready) < PATIENCE * 1000, f"{name}.html opens in {PATIENCE:g} s")
        check(page.evaluate("rows.length") == MANY, f"{name}.html has {MANY} photos")
        most, longest = page.evaluate(
            """async () => {
              const view = element("list");
              let [most, longest, last] = [0, 0, performance.now()];
              const room = view.scrollHeight - view.clientHeight;
              for (let step = 0; step <= 120; step += 1) {
                view.scrollTop = room * step / 120;
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                most = Math.max(most, document.querySelectorAll("#list *").length);
                const now = performance.now();
                longest = Math.max(longest, now - last);
                last = now;
              }
              return [most, longest];
            }"""
        )
        print(f"        at most {most} elements in the list, longest pause {longest:.0f} ms")
        check(most < 3000, f"{name}.html has few elements while it scrolls")
        wait(page, "document.querySelectorAll('.card img').length > 3")
        last = page.evaluate("Math.max(...list.cards.keys())")
        check(last == MANY - 1, f"{name}.html scrolls to the last photo")
        shot(page, name)
        page.fill("#search", f"photo-{MANY - 1:05}")
        wait(page, "list.shown.length === 1")
        page.wait_for_selector(".card img")
        check(True, f"{name}.html finds one photo of all")


make_inputs()
with sync_playwright() as playwright:
    browser = Browser(playwright)
    test_classification(browser)
    test_policy(browser)
    test_evaluation(browser)
    test_similar(browser)
    test_many(browser)
    check(not browser.complaints, f"no errors, and no requests: {browser.complaints[:5]}")
    browser.browser.close()
print(f"{checks - len(failures)} of {checks} checks hold; screenshots are in {FOLDER}")
sys.exit(1 if failures else 0)
