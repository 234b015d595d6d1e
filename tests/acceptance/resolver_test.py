"""`--resolver`: validating resolvers of others in front of a scenario's Internet, and what is said where there are none."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

import json_schema
from support import DANELAB, HERE, SOURCE, Case, danelab, main, schema

STATES = HERE / "states.json"
OBSTACLE = danelab("shell", "-q", STATES, "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""
FILES = sorted((SOURCE / "harness" / "sut" / "resolvers").glob("*.json"))
# Asks the first nameserver of resolv.conf with DO; prints name, RCODE, AD and the number of answers.
ASK = r"""
import re, socket, struct, sys
server = re.search(r"(?m)^nameserver (\S+)", open("/etc/resolv.conf").read())[1]
for question in sys.argv[1:]:
    name, kind = question.split("/")
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    query = struct.pack(">6H", 7, 0x0120, 1, 0, 0, 1) + labels + b"\0" + struct.pack(">HH", int(kind), 1)
    query += b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000, 0)
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(20)
        udp.connect((server, 53))
        udp.send(query)
        flags, _, answers = struct.unpack(">3H", udp.recv(4096)[2:8])
    print(name, flags & 15, "AD" if flags & 32 else "-", answers > 0)
"""
A, TLSA = 1, 52


def installed(name):
    return danelab("sut", "check", name).returncode == 0


class Files(Case):
    def test_every_resolver_fits_the_schema(self):
        self.assertGreaterEqual({file.stem for file in FILES}, {"unbound", "bind"})
        for file in FILES:
            with self.subTest(file.name):
                self.assertEqual(json_schema.errors(json.loads(file.read_text()), schema("resolver")), [])

    def test_bad_input_is_one_line(self):
        def broken(text):
            file = self.folder / "resolver.json"
            file.write_text(text)
            return danelab("shell", "--resolver", file, "--", "true")

        self.assert_one_line(danelab("shell", "--resolver", "unbuond", "--", "true"), 2, "unbuond", "builtin", "unbound")
        self.assert_one_line(danelab("run", "--resolver", "unbound"), 2, "--sut")
        self.assert_one_line(danelab("run", "--sut", "openssl", "--resolver", "unbuond"), 2, "unbuond")
        self.assert_one_line(danelab("shell", "--resolver", self.folder / "none.json", "--", "true"), 2, "none.json")
        self.assert_one_line(broken('{"name": "x"}'), 2, "resolver.json:1", "command")
        self.assert_one_line(broken('{"name": "x", "command": ["x"], "files": {"a/b": ""}}'), 2, "/files/a~1b", "without folders")
        missing = broken('{"name": "x", "command": ["x"], "programs": ["no-such-resolver"], "packages": ["no-such"]}')
        self.assert_one_line(missing, 3, "x: missing: no-such-resolver", "Debian: no-such")
        self.assert_one_line(danelab("shell", "--resolver", self.own("x", ["true"]), "--at", "2026-06-01T00:00:00Z", "--", "true"), 2, "--at")

    def own(self, name, command, **more):
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps({"name": name, "command": command, **more}))
        return file

    @unittest.skipIf(OBSTACLE, OBSTACLE)
    def test_a_resolver_that_fails_is_said_with_its_own_words(self):
        for command, ready_ms, words in ((["no-such-resolver"], 10_000, "no-such-resolver"),
                                         (["sh", "-c", "echo bad luck; exit 1"], 10_000, "ended before it answered: bad luck"),
                                         (["sh", "-c", "echo still here; sleep 600"], 2_000, "answers nothing at 127.0.0.1:53: still here")):
            with self.subTest(words):
                done = danelab("shell", "-q", "--resolver", self.own("x", command, ready_ms=ready_ms), STATES, "--", "true")
                self.assert_one_line(done, 3, words)
        done = danelab("shell", "-q", "--resolver", self.own("x", ["true"], prepare=[["sh", "-c", "echo no; exit 4"]]), STATES, "--", "true")
        self.assert_one_line(done, 3, "cannot be prepared", "exit status 4: no")
        claims = [{"exit": 0, "outcome": "deferred"}]
        done = danelab("run", "--sut", self.own("sut", ["true"], claims=claims), "--resolver", self.own("x", ["false"]),
                       "--filter", "table/opportunistic/01/*", "--shard", "1/9", "--format", "json")
        self.assertIn("x ended before it answered", json.loads(done.stdout)["cells"][0]["trouble"])


def running_resolvers():
    """Processes of the whole machine that are one of ours in an enclosure."""
    found = set()
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"/mnt/resolver-127.0.0.1" in file.read_bytes():
                found.add(file.parent.name)
    return found


@unittest.skipIf(OBSTACLE, OBSTACLE)
class InFront(Case):
    def ask(self, resolver, scenario, *questions, **options):
        done = danelab("shell", "-q", "--resolver", resolver, scenario, "--", "python3", "-c", ASK, *questions, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def each(self, test):
        here = [file.stem for file in FILES if installed(file.stem)]
        if not here:
            self.skipTest("no resolver is installed or unpacked: `danelab sut fetch unbound bind`")
        for name in here:
            with self.subTest(name):
                test(name)

    def test_it_validates_as_ours_does(self):
        questions = [f"{name}.example/{A}" for name in ("www.good", "www.plain", "old.good", "lost.good", "none.good")]
        ours = self.ask("builtin", STATES, *questions)
        self.assertEqual(ours, ["www.good.example 0 AD True", "www.plain.example 0 - True", "old.good.example 2 - False",
                                "lost.good.example 2 - False", "none.good.example 3 AD False"])
        self.each(lambda name: self.assertEqual(self.ask(name, STATES, *questions), ours))

    def test_it_asks_the_resolver_that_it_replaces_exceptions_and_names_of_its_own_included(self):
        def change(document):
            document["zones"].append({"apex": "lab.test.", "records": ["www A 192.0.2.9"]})
            document["resolvers"] = [{"address": "127.0.0.5", "exceptions": [{"question": "mx.mail.example. A", "recursion": "servfail"}]},
                                     {"address": "127.0.0.6", "priority": 1, "recursion": "strips-rrsig"}]

        scenario = self.copy_of("resolvers/capable-first", change)
        questions = [f"mx.mail.example/{A}", f"_25._tcp.mx.mail.example/{TLSA}", f"www.lab.test/{A}"]
        wanted = ["mx.mail.example 2 - False", "_25._tcp.mx.mail.example 0 AD True", "www.lab.test 0 AD True"]
        self.assertEqual(self.ask("builtin", scenario, *questions), wanted)
        self.each(lambda name: self.assertEqual(self.ask(name, scenario, *questions), wanted))

    def test_it_answers_at_an_ipv6_address(self):
        if not pathlib.Path("/proc/net/if_inet6").exists():
            self.skipTest("this machine has no IPv6")
        scenario = self.copy_of("resolvers/capable-first", lambda document: document.update(resolvers=[{"address": "2001:db8::53"}]))
        wanted = ["mx.mail.example 0 AD True"]
        self.each(lambda name: self.assertEqual(self.ask(name, scenario, f"mx.mail.example/{A}"), wanted))

    def test_without_root_too(self):
        if os.geteuid() != 0 or not hasattr(os, "setgroups"):
            self.skipTest("needs root to become somebody else")
        nobody = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"}
        try:
            obstacle = danelab("shell", "-q", "--", "true", **nobody)
        except PermissionError:
            self.skipTest("the programs are not for everybody here")
        if obstacle.returncode != 0:
            self.skipTest(obstacle.stderr)
        here = [name for name, program in (("unbound", "unbound"), ("bind", "named")) if shutil.which(program, path="/usr/sbin")]
        if not here:
            self.skipTest("neither Unbound nor BIND is installed")
        for name in here:
            with self.subTest(name):
                self.assertEqual(self.ask(name, "seed/success", f"mail.ietf.org/{A}", **nobody), ["mail.ietf.org 0 AD True"])

    def test_the_report_says_who_was_in_front(self):
        def run(name):
            file = self.folder / "sut.json"
            file.write_text(json.dumps({"name": "looks", "command": ["true"], "claims": [{"exit": 0, "outcome": "deferred"}]}))
            done = danelab("run", "--sut", file, "--resolver", name, "--filter", "table/opportunistic/01/*", "--shard", "1/9", "--format", "json")
            document = json.loads(done.stdout)
            self.assert_fits(document, "sut-report")
            self.assertEqual(document["cells"][0]["trouble"], "")
            return document

        self.assertEqual(run("builtin")["resolver"], "builtin")
        ours = self.folder / "ours.json"
        ours.write_text(json.dumps(run("builtin")))

        def check(name):
            document = run(name)
            self.assertRegex(document["resolver"], rf"^{name} \(.*[0-9]\.[0-9]")
            theirs = self.folder / "theirs.json"
            theirs.write_text(json.dumps(document))
            self.assertIn(f"validated in front of them: {name}", danelab("report", "merge", theirs).stdout)
            self.assertIn(name, danelab("report", "merge", theirs, "--format", "html").stdout)
            self.assert_one_line(danelab("report", "merge", ours, theirs), 2, "resolvers differ")

        self.each(check)

    def test_everything_ends_with_danelab(self):
        def check(name):
            before = running_resolvers()
            done = danelab("shell", "-q", "--resolver", name, STATES, "--", "sh", "-c", "cd /proc; cat [0-9]*/cmdline | tr '\\0' ' '")
            self.assertIn("/mnt/resolver-127.0.0.1", done.stdout)
            deadline = time.monotonic() + 10
            while running_resolvers() - before and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(running_resolvers() - before, set())

        self.each(check)


@unittest.skipIf(OBSTACLE, OBSTACLE)
class Misordered(Case):
    """The rows of resolvers/product, seen by a client that believes AD and one that looks at nothing."""

    def cells(self, *scenarios):
        file = self.folder / "sut.json"
        script = self.folder / "send.py"
        script.write_text(SEND)
        os.chmod(self.folder, 0o755)
        file.write_text(json.dumps({"name": "careless", "command": ["python3", str(script), "${address}", "${recipient}"],
                                    "claims": [{"exit": 0, "outcome": "unauthenticated-tls"}, {"exit": 1, "outcome": "deferred"}]}))
        done = danelab("run", "--sut", file, *scenarios, "--format", "json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)["cells"]

    def test_what_the_resolvers_hide_is_a_deviation(self):
        folder = "resolvers/product/opportunistic"
        cells = {cell["scenario"].removeprefix(folder + "/"): cell for cell in
                 self.cells(f"{folder}/healthy/strips-rrsig", f"{folder}/bogus/passes-bogus", f"{folder}/healthy/good")}
        self.assertEqual(cells["healthy/strips-rrsig"]["allowed"], ["verified", "deferred"])
        self.assertEqual(cells["bogus/passes-bogus"]["allowed"], ["deferred"])
        self.assertEqual(cells["healthy/good"]["allowed"], ["verified"])
        for name, cell in cells.items():
            with self.subTest(name):
                self.assertEqual((cell["outcome"], cell["agrees"]), ("unauthenticated-tls", False))
                self.assertIn("RFC 7672 §2", cell["basis"][0])

    def test_what_each_resolver_says_to_a_client_that_believes_ad(self):
        asked = {"good": (0, "AD", 2, "-"), "strips-rrsig": (0, "-", 0, "-"), "passes-bogus": (0, "-", 0, "-"), "refuses-edns": (1, "-", 1, "-")}
        for kind, (rcode, ad, bogus_rcode, bogus_ad) in asked.items():
            for state, wanted in (("healthy", (rcode, ad)), ("bogus", (bogus_rcode, bogus_ad))):
                with self.subTest(f"{state} {kind}"):
                    done = danelab("shell", "-q", f"resolvers/product/mandatory/{state}/{kind}", "--", "python3", "-c", ASK, "shop.example/15")
                    self.assertEqual(done.stdout.split()[1:3], [str(wanted[0]), wanted[1]], done.stderr)


SEND = r"""
import smtplib, ssl, sys
with smtplib.SMTP(sys.argv[1], 25, "client.danelab.example", 5) as server:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    server.starttls(context=context)
    server.ehlo()
    server.sendmail("test@client.danelab.example", [sys.argv[2]], "Subject: x\r\n\r\nx\r\n")
"""


if __name__ == "__main__":
    main()
