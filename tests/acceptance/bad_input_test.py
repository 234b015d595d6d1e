"""Bad input: one clear line, the right exit code, no hang, nothing half-written."""
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import threading
import time

from support import DANELAB, DANEVERIFY, HERE, PATIENCE, Case, danelab, main

STATES = str(HERE / "states.json")


class Garbage(threading.Thread):
    """A resolver whose answers are no DNS messages."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            query, client = self.socket.recvfrom(65535)
            self.socket.sendto(self.answer(query), client)


class Usage(Case):
    def test_arguments_that_do_not_fit(self):
        for arguments, words in [
            (["frobnicate"], ["frobnicate", "--help"]), (["run", "--frobnicate"], ["--frobnicate"]), (["resolve"], ["name"]),
            (["resolve", "a..b"], ["a..b"]), (["resolve", "x" * 64 + ".example"], ["63"]), (["resolve", "a.example", "NOTYPE"], ["NOTYPE"]),
            (["resolve", "a.example", "A", "B"], ["B"]), (["resolve", "--at", "yesterday", "a.example"], ["--at", "yesterday"]),
            (["resolve", "--format", "yaml", "a.example"], ["--format", "yaml"]), (["verify"], ["domain"]), (["verify", "."], ["."]),
            (["verify", "--port", "0", "a.example"], ["--port"]), (["verify", "--policy", "maybe", "a.example"], ["maybe"]),
            (["run", "--shard", "4/3"], ["--shard", "4/3"]), (["run", "--jobs", "-1"], ["--jobs"]), (["run", "--sut", "nobody"], ["nobody"]),
            (["run", "--filter", "no/such/*"], ["--list"]), (["run", "no/such/scenario"], ["no/such/scenario"]),
            (["serve", "--recursion", "sometimes"], ["sometimes"]), (["serve", "no/such/scenario"], ["no/such/scenario"]),
        ]:
            with self.subTest(arguments=arguments):
                self.assert_one_line(danelab(*arguments), 2, *words)

    def test_a_wrong_server(self):
        for server in ["127.0.0.1:99999", "127.0.0.1:0", "127.0.0.1:dns", "resolver.example", "127.0.0.1:53/high", "[::1", ""]:
            with self.subTest(server):
                self.assert_one_line(danelab("resolve", "--server", server, "a.example"), 2, "--server")

    def test_a_scenario_brings_its_own_resolvers(self):
        self.assert_one_line(danelab("resolve", "--scenario", STATES, "--server", "127.0.0.1", "a.example"), 2, "--scenario")


class Files(Case):
    def test_missing_file(self):
        for arguments in (["run", self.folder / "none.json"], ["resolve", "--scenario", self.folder / "none.json", "a.example"],
                          ["resolve", "--anchor", self.folder / "none.key", "--server", "127.0.0.1", "a.example"]):
            with self.subTest(arguments=arguments):
                self.assert_one_line(danelab(*arguments), 2, "none.")

    def refused(self, change, *words):
        document = json.loads(pathlib.Path(STATES).read_text())
        change(document)
        path = self.folder / "broken.json"
        path.write_text(json.dumps(document, indent=2))
        self.assert_one_line(danelab("run", path), 2, "broken.json:", *words)

    def test_scenarios_that_are_refused(self):
        for change, words in [
            (lambda s: s.update(colour="blue"), ["colour"]),
            (lambda s: s["zones"][0].update(serial=1), ["/zones/0", "serial"]),
            (lambda s: s.update(expect={"security": "bogus"}), ["/expect", "reasons"]),
            (lambda s: s.update(expect={"security": "bogus", "reasons": ["it-is-broken"]}), ["it-is-broken"]),
            (lambda s: s.update(expect={"security": "perhaps"}), ["/expect/security", "perhaps"]),
            (lambda s: s.update(faults=[{"rrsig-boring": {"owner": "a.example."}}]), ["rrsig-boring"]),
            (lambda s: s.update(faults=[{"rrsig-expired": {"owner": "a.example."}}]), ["type"]),
            (lambda s: s.pop("now"), ["now"]),
            (lambda s: s.pop("ask"), ["ask"]),
            (lambda s: s["zones"][0]["records"].append("www A 300.1.2.3"), ["/zones/0/records/6"]),
            (lambda s: s["zones"].append({"apex": "good.example."}), ["good.example."]),
            (lambda s: s.update(zones="none"), ["/zones"]),
        ]:
            with self.subTest(words=words):
                self.refused(change, *words)

    def test_the_line_is_named(self):
        text = pathlib.Path(STATES).read_text().replace('"now":', '"later": 1,\n  "now":')
        path = self.folder / "line.json"
        path.write_text(text)
        self.assert_one_line(danelab("run", path), 2, "line.json:3:", "/later")

    def test_files_that_are_no_scenarios(self):
        for name, content in [("empty.json", b""), ("noise.json", os.urandom(4096)), ("cut.json", pathlib.Path(STATES).read_bytes()[:200]),
                              ("deep.json", b"[" * 100_000), ("list.json", b"[]"), ("twice.json", b'{"about": "a", "about": "b"}')]:
            with self.subTest(name):
                path = self.folder / name
                path.write_bytes(content)
                self.assert_one_line(danelab("run", path), 2, name)
        self.assert_one_line(danelab("run", str(self.folder) + "/"), 2)

    def test_anchor_files(self):
        for content in ["", "this is no zone file\n", ". DS 1 2 3\n", "example. A 192.0.2.1\n"]:
            with self.subTest(content):
                path = self.folder / "anchor.key"
                path.write_text(content)
                self.assert_one_line(danelab("resolve", "--anchor", path, "--server", "127.0.0.1:1", "a.example"), 2, "anchor.key")


class Network(Case):
    def quick(self, limit, *arguments, program=None):
        started = time.monotonic()
        done = danelab(*arguments, program=program, limit=limit)
        self.assertLess(time.monotonic() - started, limit * PATIENCE)
        return done

    def test_nobody_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.connect(taken.getsockname())  # the port is refused to others, and is nobody else's meanwhile
            closed = taken.getsockname()[1]
            self.check_nobody_listens(closed)

    def check_nobody_listens(self, closed):
        done = self.quick(60, "resolve", "--server", f"127.0.0.1:{closed}", "--format", "json", "a.example")
        self.assertEqual(done.returncode, 3)
        document = json.loads(done.stdout)
        self.assert_fits(document, "resolve")
        self.assertEqual((document["security"], document["reasons"][0]["id"]), ("indeterminate", "no-answer"))
        self.assertIn(str(closed), document["reasons"][0]["text"], "the resolver is named")
        done = self.quick(60, "--server", f"127.0.0.1:{closed}", "a.example", program=DANEVERIFY)
        self.assertEqual(done.returncode, 3)
        self.assertIn("MX lookup failed for a.example", done.stdout)

    def test_a_resolver_that_says_nothing(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            done = self.quick(60, "resolve", "--server", f"127.0.0.1:{silent.getsockname()[1]}", "a.example")
        self.assertEqual(done.returncode, 3)
        self.assertIn("no-answer", done.stdout)

    def test_a_resolver_that_answers_garbage(self):
        for about, answer in [("noise", lambda query: os.urandom(200)), ("nothing", lambda query: b""), ("the query", lambda query: query),
                              ("the id and noise", lambda query: query[:2] + b"\x81\x80" + os.urandom(100)),
                              ("a cut header", lambda query: query[:7]),
                              ("a name that points to itself", lambda query: query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + b"\xc0\x0c" * 40)]:
            with self.subTest(about):
                server = Garbage(answer)
                server.start()
                done = self.quick(60, "resolve", "--server", f"127.0.0.1:{server.port}", "--format", "json", "a.example")
                self.assertEqual(done.returncode, 3, done)
                self.assertEqual(json.loads(done.stdout)["security"], "indeterminate")

    def test_a_mail_server_that_says_nothing(self):
        path = self.copy_of("seed/success", lambda s: s["servers"][0].setdefault("behaviour", {}).update(silent_at="banner"))
        done = self.quick(60, "--scenario", path, "--timeout", "1", "ietf.org", program=DANEVERIFY)
        self.assertIn(done.returncode, (3, 9), done.stdout)
        self.assertIn("DANE FAILED for ietf.org", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^SMTP session .* failed: |^Connection .* failed: ")

    def test_a_port_that_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            self.assert_one_line(danelab("serve", "--port", taken.getsockname()[1], STATES), 3, str(taken.getsockname()[1]))


class Output(Case):
    def report(self, target, **options):
        return danelab("resolve", "--scenario", STATES, "--format", "json", "--output", target, "www.good.example", **options)

    def test_a_folder_that_cannot_be_written(self):
        file = self.folder / "file"
        file.write_text("what was there")
        for target in (self.folder / "none" / "report.json", file / "report.json", self.folder):
            with self.subTest(target=target):
                self.assert_one_line(self.report(target), 3, str(target))
        self.assertEqual([p.name for p in self.folder.iterdir()], ["file"])
        self.assertEqual(file.read_text(), "what was there")

    def test_a_disk_that_gets_full_loses_nothing(self):
        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead, as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
        target = self.folder / "report.json"
        target.write_text("what was there")
        self.assert_one_line(self.report(target, preexec_fn=small), 3, "report.json")
        self.assertEqual(target.read_text(), "what was there")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["report.json"])

    def test_standard_output_that_is_full_or_closed(self):
        for verb in (["resolve", "--scenario", STATES, "www.good.example"], ["run", "--list"], ["run", "--help"],
                     ["verify", "--scenario", "seed/no-dane", "cisco.com"]):
            with self.subTest(verb=verb), open("/dev/full", "w") as full:
                done = danelab(*verb, capture_output=False, stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertRegex(done.stderr, r"^dane\w+: standard output: .+\n$")

    def test_a_pipe_stays_a_pipe(self):
        """Renaming onto what is no file would destroy it: /dev/stdout, a device, a pipe."""
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        received = []
        reader = threading.Thread(target=lambda: received.append(pipe.read_text()), daemon=True)
        reader.start()
        self.assertEqual(self.report(pipe).returncode, 0)
        reader.join(5)
        self.assertTrue(pipe.is_fifo(), "the pipe was replaced by a file")
        self.assert_fits(json.loads(received[0]), "resolve")

    def test_a_link_stays_a_link(self):
        target, link = self.folder / "target.json", self.folder / "link.json"
        target.write_text("old")
        link.symlink_to(target)
        self.assertEqual(self.report(link).returncode, 0)
        self.assertTrue(link.is_symlink())
        self.assert_fits(json.loads(target.read_text()), "resolve")


if __name__ == "__main__":
    main()
