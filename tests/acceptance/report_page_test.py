"""The HTML pages in a browser: nothing fails, nothing is fetched, every way through works by keyboard, in light and dark, on a phone,
on paper and without the script."""
import json
import shutil
import unittest

import browser
from browser import CONTROL, DOWN, END, ENTER, ESCAPE, HOME, LEFT, RIGHT, TAB, UP
from report_samples import HOSTILE, judged, large, small
from support import HERE, Case, danelab, main

OBSTACLE = danelab("shell", "-q", str(HERE / "states.json"), "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""


@unittest.skipIf(browser.MISSING, browser.MISSING)
class InBrowser(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
        self.browser.devtools("Emulation.setEmulatedMedia", media="", features=[])
        self.browser.screen(1280)

    def page_of(self, document):
        self.assert_fits(document, "sut-report")
        source, page = self.folder / "report.json", self.folder / "report.html"
        source.write_text(json.dumps(document))
        done = danelab("report", "merge", source, "--format", "html", "--output", page)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return page

    def open(self, page, fragment=""):
        self.browser.open(page, fragment)

    def assert_quiet(self, page):
        """No error, nothing asked for but the page itself."""
        said, asked = self.browser.logs()
        self.assertEqual(said, [])
        self.assertEqual({one.split("#")[0] for one in asked} - {"about:blank"}, {page.as_uri()})
        self.assertEqual(self.browser.script("return performance.getEntriesByType('resource').length"), 0)
        self.assertNotEqual(self.browser.script("return document.title"), "taken")

    def assert_readable(self):
        colours = []
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            looked, poor = self.browser.script(browser.POOR_CONTRAST, 4.5)
            self.assertGreater(looked, 10)
            self.assertEqual(poor, [], scheme)
            colours.append(self.browser.script("const style = getComputedStyle(document.body); return [style.color, style.backgroundColor]"))
        self.assertNotEqual(colours[0][0], colours[1][0])
        self.assertNotEqual(colours[0][1], colours[1][1])

    def assert_fits_a_phone(self):
        self.browser.screen(360, 740)
        wide = self.browser.script("return [document.documentElement.scrollWidth, innerWidth]")
        self.assertEqual(wide, [360, 360])

    def open_everything(self):
        self.browser.script("for (const one of document.querySelectorAll('details')) one.open = true")

    def shown(self, what):
        return self.browser.script("return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility({ visibilityProperty: true })).length", what)

    def focused(self):
        return self.browser.script("const one = document.activeElement; return [one.tagName, one.textContent.trim().replace(/\\s+/g, ' ')]")


    def assert_focus(self, tag, *words):
        """Soon; what has the focus instead is in the failure's text."""
        try:
            self.browser.until("const one = document.activeElement; return one.tagName === arguments[0] && arguments[1].every((word) => one.textContent.includes(word))",
                               tag, list(words))
        except RuntimeError:
            self.fail(f"{self.focused()} has the focus, and not {[tag, *words]}")

    def assert_says(self, text):
        try:
            self.browser.until("return document.getElementById('shown').textContent === arguments[0]", text)
        except RuntimeError:
            self.assertEqual(self.browser.script("return document.getElementById('shown').textContent"), text)

    def assert_soon_shown(self, what):
        self.browser.until("return document.querySelector(arguments[0]).checkVisibility()", what)


class ReportPage(InBrowser):
    def setUp(self):
        super().setUp()
        self.page = self.page_of(small())

    def test_nothing_fails_and_nothing_is_fetched(self):
        self.open(self.page)
        self.open_everything()
        self.assert_quiet(self.page)
        policy = self.browser.script("return document.querySelector('meta[http-equiv]').content")
        for part in ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "script-src 'sha256-"):
            self.assertIn(part, policy)
        self.assertNotRegex(policy, "script-src[^;]*unsafe")

    def test_hostile_text_stays_text(self):
        self.open(self.page)
        self.open_everything()
        text = self.browser.script("return document.body.innerText")
        self.assertIn(HOSTILE, text)
        self.assertIn('odd/"quoted" <name>', text)
        self.assertIn('<b>odd</b> a "mode"', text)
        self.assertEqual(self.browser.script("return document.querySelectorAll('img, script[src], foreignObject, svg script, [onload], [href^=http], b b').length"), 0)
        self.assertEqual(self.browser.script("return document.querySelectorAll('script').length"), 1)
        self.assertEqual(self.shown("svg text"), 6)

    def test_headings_landmarks_and_numbers(self):
        self.open(self.page)
        levels = self.browser.script("return [...document.querySelectorAll('h1, h2, h3, h4, h5')].map((one) => Number(one.tagName[1]))")
        self.assertEqual(levels.count(1), 1)
        for above, below in zip(levels, levels[1:]):
            self.assertLessEqual(below, above + 1)
        self.assertEqual(self.browser.script("return ['main', 'nav', 'header'].map((one) => document.querySelectorAll(one).length)"), [1, 1, 1])
        ids = self.browser.script("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
        self.assertEqual(len(ids), len(set(ids)))
        dangling = self.browser.script("return [...document.querySelectorAll('a')].filter((one) => !document.getElementById(one.hash.slice(1))).length")
        self.assertEqual(dangling, 0)
        numbers = self.browser.script("return [...document.querySelectorAll('.numbers li')].map((one) => one.textContent)")
        self.assertEqual(numbers, ["9 results", "5 ✓ agree", "3 ✗ deviate", "1 – not asked"])
        deviations = self.browser.script("return document.getElementById('deviations').innerText")
        for said in ("cleartext where deferred is allowed", "It goes on.", "hung: killed after 3 s", "a server received the message in clear", "2 deviations"):
            self.assertIn(said, deviations)

    def test_programs_that_judge_have_tables_of_their_own(self):
        page = self.page_of(judged())
        self.open(page)
        titles = self.browser.script("return [...document.querySelectorAll('#results h3')].map((one) => one.textContent)")
        self.assertEqual(titles, ["Mandatory DANE: no delivery without a verified server", "DNSSEC judges: the cases of mandatory DANE",
                                  "DNSSEC judges, further cases: drill"])
        second = self.browser.script("return [...document.querySelectorAll('.matrix')[1].querySelectorAll('tbody td')].slice(-3).map((one) => one.textContent.replaceAll('\\xa0', ' '))")
        self.assertEqual(second, ["bogus", "✓ agrees: bogus", "✗ deviates: secure"])
        text = self.browser.script("return document.body.textContent")
        for said in ("Programs that judge DNSSEC agree where", "unbound <1.17>", "What it holds of each answer", "mx.mail.example. A: secure, expected bogus"):
            self.assertIn(said, text)
        self.browser.script("const one = document.getElementById('look'); one.value = 'bad'; one.dispatchEvent(new Event('input'))")
        self.assert_says("1 of 4 results shown, in 1 of 2 cases")
        self.assertEqual(self.shown(".matrix tbody tr"), 1)
        self.assert_quiet(page)

    def test_a_judge_that_comes_first_does_not_hide_what_the_rules_ask(self):
        document = judged()
        for one in document["cells"]:
            if "answers" in one:
                one.update(basis=[], proofs=[], profile="rfc4035")
        delivers, judges, *others = document["cells"]
        document["cells"] = [judges, delivers, *others]
        self.open(self.page_of(document))
        text = self.browser.script("return document.querySelector('details.case').textContent")
        for said in ("What the rules ask", "RFC 7672 §2.2: a line", "mail.example. MX: unbound-host says secure"):
            self.assertIn(said, text)

    def test_judges_alone_are_judged_by_what_answers_are(self):
        document = judged()
        document["cells"] = [one for one in document["cells"] if one["sut"] == "drill"]
        document["cells"][0]["answers"] += [{"question": "mail.example. MX", "said": "insecure", "expected": "insecure"}, {"question": "x. A", "expected": "secure"}]
        self.open(self.page_of(document))
        summary = self.browser.script("return document.getElementById('summary').textContent")
        self.assertIn("Programs that judge DNSSEC agree where", summary)
        self.assertNotIn("rfc7672", summary)
        words = self.browser.script("return [...document.querySelectorAll('#words dt')].map((one) => one.textContent)")
        for word in ("insecure", "no verdict", "secure"):
            self.assertIn(word, words)

    def test_filters_narrow_and_say_so(self):
        self.open(self.page)
        choose = lambda where, what: self.browser.script("const one = document.getElementById(arguments[0]); one.value = arguments[1];"
                                                         "one.dispatchEvent(new Event('input', { bubbles: true }))", where, what)
        self.assert_says("9 of 9 results shown, in 3 of 3 cases")
        choose("look", "bad")
        self.assert_says("3 of 9 results shown, in 2 of 3 cases")
        self.assertEqual((self.shown(".matrix tbody tr"), self.shown("details.case")), (2, 2))
        choose("system", "1")
        self.assert_says("1 of 9 results shown, in 1 of 3 cases")
        self.assertEqual((self.shown(".matrix tbody td[data-c]"), self.shown(".matrix")), (1, 1))
        # By keyboard alone: the field of words, then the button that shows all again.
        choose("system", "")
        self.browser.script("document.getElementById('word').focus()")
        self.browser.press(*"row 5 dane-only")
        self.assert_says("0 of 9 results shown, in 0 of 3 cases")
        self.browser.press(ENTER, TAB, ENTER)
        self.assertEqual(self.focused(), ["BUTTON", "Show all"])
        self.assert_says("9 of 9 results shown, in 3 of 3 cases")
        self.assert_quiet(self.page)

    def test_keyboard_to_a_detail_and_back(self):
        self.open(self.page)
        self.browser.press(TAB)
        self.assert_focus("A", "Skip to the results")
        self.assertNotEqual(self.browser.script("return getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.browser.press(ENTER)
        self.browser.until("return document.activeElement.id === 'results'")
        for _ in range(8):
            self.browser.press(TAB)
            if self.browser.script("return document.activeElement.closest('.matrix') !== null"):
                break
        self.assert_focus("A", "row 5")
        self.browser.press(RIGHT, RIGHT)
        self.assert_focus("A", "deviates: cleartext")
        self.browser.press(LEFT, END)
        self.assert_focus("A", "deviates: trouble")
        self.browser.press(HOME, DOWN, UP, RIGHT, ENTER)
        self.assert_focus("SUMMARY", "careful dane-only", "deferred")
        self.assertEqual((self.shown("#r0"), self.shown("#r1")), (1, 0))
        self.browser.press(ENTER)
        self.assertEqual(self.shown("#r0"), 0)
        self.browser.press(" ")
        self.assertEqual(self.shown("#r0"), 1)
        self.browser.press(ESCAPE)
        self.assert_focus("A", "agrees: deferred")
        # Once more to the same place, which is no change of the address.
        self.browser.script("document.querySelector('#r0').parentElement.querySelector('summary').focus()")
        self.browser.press(ESCAPE)
        self.assert_focus("A", "agrees: deferred")
        self.browser.press(CONTROL + END)
        self.assert_focus("A", "deviates: trouble")
        self.browser.press(LEFT, " ")
        self.assert_soon_shown("#r1")
        self.assert_focus("SUMMARY", "careful dane", "cleartext")
        # Tab leaves a table at once: one stop in it, and the region that scrolls.
        stops = self.browser.script("return [...document.querySelectorAll('.matrix')].map((one) => one.querySelectorAll('a[tabindex=\"0\"]').length)")
        self.assertEqual(stops, [1] * len(stops))
        self.assert_quiet(self.page)

    def test_a_link_from_elsewhere_opens_what_it_names(self):
        for script in (True, False):
            with self.subTest(script=script):
                self.browser.devtools("Emulation.setScriptExecutionDisabled", value=not script)
                self.open(self.page, "#r7")
                self.assert_soon_shown("#r7")
                self.assertEqual(self.shown("#r6"), 0)
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
        self.open(self.page)
        self.browser.script("const one = document.getElementById('look'); one.value = 'bad'; one.dispatchEvent(new Event('input'))")
        self.assertEqual(self.shown("[data-s='2']"), 0)
        self.browser.script("location.hash = 'r0'")
        self.assert_says("9 of 9 results shown, in 3 of 3 cases")
        self.assert_focus("SUMMARY", "careful dane-only", "deferred")
        for nonsense in ("#r999", "#%E0%A4%A", "#"):
            self.open(self.page, nonsense)
            self.assert_quiet(self.page)

    def test_readable_in_light_and_dark(self):
        self.open(self.page)
        self.open_everything()
        self.assert_readable()

    def test_fits_a_phone(self):
        self.open(self.page)
        self.assert_fits_a_phone()
        self.open_everything()
        self.assert_fits_a_phone()

    def test_without_the_script_all_can_be_read(self):
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
        self.open(self.page)
        self.assertEqual(self.shown(".filters"), 0)
        self.assertEqual(self.shown(".matrix td[id]"), 9)
        self.assertEqual(self.shown("details.case > summary"), 3)
        self.assert_quiet(self.page)

    def test_paper_takes_what_is_open(self):
        self.open(self.page)
        on_paper = lambda: [self.shown(what) for what in (".matrix td[id]", "#deviations li", ".filters", "details.case", "details.result")]
        self.assertLessEqual(browser.pages_of(self.browser.pdf()), 3)
        self.browser.devtools("Emulation.setEmulatedMedia", media="print", features=[])
        self.assertEqual(on_paper(), [9, 3, 0, 0, 0])
        self.browser.script("for (let one = document.getElementById('r1').parentElement; one; one = one.parentElement.closest('details')) one.open = true")
        self.assertEqual(on_paper(), [9, 3, 0, 1, 1])
        self.open_everything()
        self.assertEqual(on_paper(), [9, 3, 0, 3, 9])

    def test_a_full_report_is_of_a_bearable_size(self):
        page = self.page_of(large())
        self.assertLess(page.stat().st_size, 6_000_000)
        self.open(page)
        self.browser.script("const one = document.getElementById('look'); one.value = 'bad'; one.dispatchEvent(new Event('input'))")
        self.assertRegex(self.browser.script("return document.getElementById('shown').textContent"), r"^\d+ of 1950 results shown")
        self.assert_fits_a_phone()
        self.browser.screen(1280)
        self.browser.script("document.querySelector('.filters button').click()")
        self.assertLessEqual(browser.pages_of(self.browser.pdf()), 30)
        self.assert_quiet(page)

    @unittest.skipIf(OBSTACLE, OBSTACLE)
    def test_a_real_run(self):
        driver = self.folder / "odd.json"
        driver.write_text(json.dumps({"name": "odd", "command": ["printf", "%b", "caf\\0303\\0251 \\0377<b>&\\001\\n"], "claims": [{"exit": 0, "outcome": "deferred"}]}))
        suts = f"{driver},openssl" if shutil.which("openssl") else str(driver)
        page = self.folder / "real.html"
        done = danelab("run", "--sut", suts, "--filter", "table/opportunistic/0[15]/*", "--format", "html", "--output", page)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.open(page)
        self.open_everything()
        text = self.browser.script("return document.body.innerText")
        self.assertIn("café \\xff<b>&\\x01", text)
        self.assertIn("zone example.: secure", text)
        self.assertGreater(self.shown("pre mark"), 0)
        self.assert_readable()
        self.assert_fits_a_phone()
        self.assert_quiet(page)


class LookupPage(InBrowser):
    def test_one_lookup_of_each_verdict(self):
        for name in ("www.good.example", "www.plain.example", "old.good.example", "lost.good.example"):
            with self.subTest(name):
                page = self.folder / f"{name}.html"
                danelab("resolve", "--scenario", HERE / "states.json", "--format", "html", "--output", page, name)
                self.browser.screen(1280)
                self.open(page)
                self.open_everything()
                self.assert_readable()
                self.assert_fits_a_phone()
                self.assert_quiet(page)


if __name__ == "__main__":
    main()
