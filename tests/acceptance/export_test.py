"""`danelab export`: other people's tools accept its zones, keys and certificates, and a stock name server that loads them
gives a stock validator what is expected."""
import contextlib
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import time
import unittest

from support import Case, danelab, main

EXPIRED = "table/mandatory/05/mx=nsec,a=nsec,tlsa=rrsig-expired"
NSD_TREE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "danelab" / "sut" / "nsd"


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def run(*words, **options):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options)


def nsd():
    """The program and its environment: installed, or unpacked by `danelab sut fetch tests/acceptance/nsd.json`."""
    if tool("nsd"):
        return tool("nsd"), dict(os.environ)
    program = NSD_TREE / "usr" / "sbin" / "nsd"
    if not program.exists():
        raise unittest.SkipTest("NSD is neither installed nor unpacked: `danelab sut fetch tests/acceptance/nsd.json`")
    libraries = sorted({str(path.parent) for path in NSD_TREE.glob("**/*.so.*")})
    return str(program), {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}


def free_port():
    """A port of 127.0.0.1 that neither UDP nor TCP has in use at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                continue
            return udp.getsockname()[1]


def stop(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Bundles(Case):
    def export(self, *arguments, name="bundle", code=0):
        done = danelab("export", *arguments, "-o", self.folder / name)
        self.assertEqual(done.returncode, code, done.stderr)
        return self.folder / name

    def read(self, folder):
        scenario, expected = (json.loads((folder / f"{name}.json").read_text()) for name in ("scenario", "expected"))
        self.assert_fits(scenario, "export-scenario")
        self.assert_fits(expected, "export-expected")
        return scenario, expected


class Contents(Bundles):
    def test_one_case(self):
        folder = self.export(EXPIRED, "--at", "2026-06-01T00:00:00Z", "--valid-for", "10d")
        scenario, expected = self.read(folder)
        self.assertEqual((scenario["top"], scenario["domain"], scenario["expires"]), (".", "shop.example.", "2026-06-11T00:00:00Z"))
        self.assertEqual(scenario["faults"], ["rrsig-expired _25._tcp.mx.mail.example. TLSA"])
        self.assertEqual(expected["states"], {"mx": "secure", "a": "secure", "tlsa": "bogus"})
        self.assertIn({"profile": "rfc7672", "mode": "mandatory", "outcomes": ["deferred"]}, expected["allowed"])
        self.assertIn({"profile": "cisco-esa", "mode": "mandatory", "outcomes": ["deferred"]}, expected["allowed"])
        readme = (folder / "README.md").read_text()
        for word in ("2026-06-11T00:00:00Z", "rrsig-expired", "anchors/top.ds", "| _25._tcp.mx.mail.example. TLSA | bogus |", "192.0.2.53", "192.0.2.25"):
            self.assertIn(word, readme)
        for zone in scenario["zones"]:
            self.assertTrue((folder / zone["file"]).stat().st_size)
        for key in [*folder.glob("keys/*.private"), *folder.glob("mail/*/*.key.pem")]:
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)

    def test_the_examples_of_the_help_work(self):
        examples = [shlex.split(line)[2:] for line in danelab("export", "--help").stdout.splitlines() if line.startswith("  danelab export ")]
        self.assertEqual(len(examples), 3)
        for number, example in enumerate(examples):
            with self.subTest(example):
                self.assertEqual(example[-2:], ["-o", "bundle"])
                self.export(*example[:-2], name=str(number))

    def test_the_same_seed_and_clock_give_the_same_bundle(self):
        folders = [self.export(EXPIRED, "--at", "2026-06-01T00:00:00Z", name=name) for name in ("one", "two")]
        files = [{path.relative_to(folder): path.read_bytes() for path in folder.glob("**/*") if path.is_file()} for folder in folders]
        self.assertGreater(len(files[0]), 20)
        self.assertEqual(*files)

    def test_certificates_and_records_belong_together(self):
        if not tool("openssl"):
            self.skipTest("openssl is not installed")
        folder = self.export("seed/success", "--under", "lab.example.net")
        server, = self.read(folder)[0]["servers"]
        chain, key = (folder / server["files"] / f"default.{part}.pem" for part in ("chain", "key"))
        public = run("openssl", "x509", "-in", chain, "-noout", "-pubkey").stdout
        self.assertEqual(public, run("openssl", "pkey", "-in", key, "-pubout").stdout)
        self.assertIn("mail.ietf.org.lab.example.net", run("openssl", "x509", "-in", chain, "-noout", "-ext", "subjectAltName").stdout)
        self.assertIn("_25._tcp.mail.ietf.org.lab.example.net. 3600 IN TLSA 3 ", (folder / "tlsa.txt").read_text())
        self.assertIn(f"{server['files']}/default.chain.pem", (folder / server["files"] / "main.cf").read_text())

    def test_other_names_and_addresses(self):
        folder = self.export("mx/downgrade", "--under", "lab.example.net", "--address", "203.0.113.5=192.0.2.53", "--address", "203.0.113.9=192.0.2.25")
        scenario, expected = self.read(folder)
        self.assertEqual((scenario["top"], scenario["name_server"]), ("lab.example.net.", "203.0.113.5"))
        self.assertTrue(scenario["domain"].endswith(".lab.example.net."))
        self.assertIn("203.0.113.9", [server["address"] for server in scenario["servers"]])
        text = "".join(path.read_text() for path in folder.glob("zones/*.zone"))
        self.assertNotIn("192.0.2.53", text)
        self.assertNotRegex(text, r"(?m) (?!\S*lab\.example\.net\.)[\w.]*\w\.example\.( |$)")
        delegation = (folder / "delegation.zone").read_text()
        self.assertRegex(delegation, r"(?m)^lab\.example\.net\. 3600 IN NS ns\.lab\.example\.net\.$")
        self.assertRegex(delegation, r"(?m)^ns\.lab\.example\.net\. 3600 IN A 203\.0\.113\.5$")
        self.assertRegex(delegation, r"(?m)^lab\.example\.net\. 3600 IN DS ")
        self.assertFalse((folder / "zones" / "root.zone").exists())
        expected = self.read(self.export(EXPIRED, "--under", "lab.example.net", name="judged"))[1]
        self.assertTrue(expected["judged"])
        self.assertTrue(all(judged["question"].split()[0].endswith("lab.example.net.") for judged in expected["judged"]))

    def test_a_case_that_mail_does_not_play_says_what_the_client_is_told(self):
        for name, words in (("srv/target/usable", "RFC 7673"), ("mx/relay/alias-original-name", "relay host"),
                            ("mx/self/better-left", "is itself the MX host")):
            with self.subTest(name):
                folder = self.export(name, name=name.replace("/", "-"))
                expected = self.read(folder)[1]
                self.assertEqual(expected["allowed"], [])
                self.assertIn(words, " ".join(expected["client"]))
                readme = (folder / "README.md").read_text()
                self.assertIn(words, readme)
                self.assertNotIn("anybody@", readme)
        self.assertNotIn("client", self.read(self.export("seed/success"))[1])

    def test_the_command_that_changes_the_place_changes_every_file(self):
        for name in ("seed/success", "certificates/sni-base-domain", "dnssec/secure/p256"):
            with self.subTest(name):
                folder = self.export(name, name=name.replace("/", "-"))
                command = re.search(r"(?m)^`(sed -i .*)`$", (folder / "README.md").read_text())[1]
                self.assertEqual(subprocess.run(command, shell=True, cwd=folder, capture_output=True).stderr, b"")
                left = [str(path) for path in folder.glob("**/*") if path.is_file() and "/srv/danelab" in path.read_text(errors="replace")]
                self.assertEqual(left, [str(folder / "README.md")])

    def test_what_no_stock_server_does_is_said(self):
        folder = self.export("smtp/handshake/breaks-off-after-60-octets")
        server, = self.read(folder)[0]["servers"]
        self.assertEqual(server["not_stock"], ["closes after 60 octets of its handshake"])
        readme = (folder / "README.md").read_text()
        self.assertIn("The settings here do not bring these about", readme)
        self.assertIn(": closes after 60 octets of its handshake", readme)
        folder = self.export("smtp/handshake/certificate-by-sni", name="good")
        server, = self.read(folder)[0]["servers"]
        self.assertEqual(server["not_stock"], [])
        self.assertIn("tls_server_sni_maps", (folder / server["files"] / "main.cf").read_text())
        self.assertNotIn("The settings here do not bring these about", (folder / "README.md").read_text())


class Tools(Bundles):
    def judge(self, *words):
        if not tool(words[0]):
            self.skipTest(f"{words[0]} is not installed: ./dev test installs it")
        return run(tool(words[0]), *words[1:])

    def test_whole_zones_are_accepted_and_broken_ones_are_not(self):
        for arguments in ((), ("--under", "lab.example.net", "--address", "203.0.113.5")):
            folder = self.export(EXPIRED, *arguments, name=f"bundle{len(arguments)}")
            scenario, _ = self.read(folder)
            for zone in scenario["zones"]:
                path, broken = folder / zone["file"], zone["apex"].startswith("mail.example.")
                with self.subTest(zone["apex"]):
                    done = self.judge("named-checkzone", zone["apex"], path)
                    self.assertEqual(done.returncode, 0, done.stdout)
                    for done in (self.judge("ldns-verify-zone", path), self.judge("dnssec-verify", "-o", zone["apex"], path)):
                        self.assertEqual(done.returncode != 0, broken, done.stdout + done.stderr)

    def test_the_keys_sign_in_other_hands(self):
        for algorithm in ("RSASHA256", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "ED448"):
            file = self.copy_of("seed/success", lambda document: document.update(signing={"algorithm": algorithm}))
            folder = self.export(file, name=algorithm)
            keys = sorted(path.with_suffix("") for path in (folder / "keys").glob("Kietf.org.*.private"))
            self.assertEqual(len(keys), 2)
            plain = self.folder / "plain.zone"
            plain.write_text("ietf.org. 3600 IN SOA ns.ietf.org. hostmaster.ietf.org. 1 3600 600 604800 300\nietf.org. 3600 IN NS ns.ietf.org.\n"
                             "ns.ietf.org. 3600 IN A 192.0.2.53\n" + "".join(key.with_name(key.name + ".key").read_text() for key in keys))
            signed = self.folder / "signed.zone"
            with self.subTest(algorithm):
                done = self.judge("dnssec-signzone", "-d", self.folder, "-o", "ietf.org", "-f", signed, plain, *keys)
                self.assertEqual(done.returncode, 0, done.stderr)
                done = self.judge("ldns-verify-zone", signed)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Served(Bundles):
    """NSD loads the zones, unbound-host asks it for them; nothing of ours is in between."""

    def start(self, folder, environment, program):
        """NSD takes no port 0, and between the choice of a port and its own bind another process can take it: then a second choice."""
        for number in range(10):
            port, log = self.start_once(folder, environment, program, self.folder / f"nsd-{number}")
            if "Address already in use" not in log:
                return port, log
        self.fail(log)

    def start_once(self, folder, environment, program, state):
        port = free_port()
        state.mkdir()
        configuration = state / "nsd.conf"
        stanzas = "".join(path.read_text() for path in sorted(folder.glob("**/dns/nsd.conf")))
        configuration.write_text(
            f'server:\n  ip-address: 127.0.0.1@{port}\n  username: ""\n  chroot: ""\n  zonesdir: "{state}"\n  pidfile: ""\n  database: ""\n'
            f'  xfrdfile: ""\n  zonelistfile: "{state}/zone.list"\n  xfrdir: "{state}"\n  server-count: 1\n  logfile: "{state}/log"\n'
            f"remote-control:\n  control-enable: no\n" + stanzas.replace("/srv/danelab", str(folder)))
        process = subprocess.Popen([program, "-d", "-c", str(configuration)], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(stop, process)
        log = state / "log"
        deadline = time.monotonic() + 30
        while not log.exists() or "nsd started" not in log.read_text():
            if process.poll() is not None:
                said = log.read_text() if log.exists() else configuration.read_text()
                self.assertIn("Address already in use", said)
                return port, said
            self.assertLess(time.monotonic(), deadline, log.read_text() if log.exists() else "no log")
            time.sleep(0.02)
        return port, log.read_text()

    def test_a_stock_validator_finds_the_states_at_a_stock_server(self):
        program, environment = nsd()
        if not tool("unbound-host"):
            self.skipTest("unbound-host is not installed: ./dev test installs it")
        names = [line.split("\t")[0] for line in danelab("run", "--tables", "--list").stdout.splitlines()]
        folder = self.export(*names[::6], "mx/downgrade", "--under", "lab.example.net", "--address", "127.0.0.1=192.0.2.53")
        cases = [folder / case["folder"] for case in json.loads((folder / "bundle.json").read_text())["cases"]]
        self.assertGreaterEqual(len(cases), 20)
        port, log = self.start(folder, environment, program)
        self.assertNotIn("error", log)
        asked = {"secure": 0, "insecure": 0, "bogus": 0}
        for case in cases:
            scenario, expected = self.read(case)
            configuration = (case / "anchors" / "unbound.conf").read_text().replace("/srv/danelab", str(folder))
            (case / "unbound.conf").write_text(configuration.replace("127.0.0.1\n", f"127.0.0.1@{port}\n")
                                               .replace("server:\n", "server:\n  do-not-query-localhost: no\n"))
            for judged in expected["judged"] if not scenario["limits"] else []:
                name, kind = judged["question"].split()
                done = run(tool("unbound-host"), "-C", case / "unbound.conf", "-v", "-t", kind, name)
                with self.subTest(f"{scenario['scenario']}: {judged['question']}"):
                    self.assertEqual(verdict(done.stdout), judged["security"], done.stdout + done.stderr)
                asked[judged["security"]] += 1
        for security, count in asked.items():
            self.assertGreaterEqual(count, 3, security)


def verdict(output):
    for mark, word in (("(BOGUS", "bogus"), ("(insecure)", "insecure"), ("(secure)", "secure")):
        if mark in output:
            return word
    return output


class BadInput(Bundles):
    def refused(self, code, words, *arguments, target="bundle", **options):
        self.assert_one_line(danelab("export", *arguments, "-o", self.folder / target, **options), code, *words)

    def test_one_line_each(self):
        good = "seed/success"
        for words, arguments in (
            (["no/such/scenario"], ["no/such/scenario"]), (["scenario"], []), (["--under", "a..b"], [good, "--under", "a..b"]),
            (["--under", "'.'"], [good, "--under", "."]), (["--address", "203.0.113"], [good, "--address", "203.0.113"]),
            (["--address", "IPv4"], [good, "--address", "2001:db8::1=192.0.2.25"]), (["--valid-for", "2w"], [good, "--valid-for", "2w"]),
            (["--valid-for", "0d"], [good, "--valid-for", "0d"]), (["--valid-for", "999d"], [good, "--valid-for", "999d"]),
            (["--at", "yesterday"], [good, "--at", "yesterday"]), (["too long"], [good, "--under", ".".join(["x" * 60] * 4)]),
            (["two of its mail servers", "--address"], ["mx/downgrade", "--address", "203.0.113.5"]),
            (["changes while it is played"], ["rollovers"]),
        ):
            with self.subTest(arguments=arguments):
                self.refused(2, words, *arguments)
                self.assertEqual(list(self.folder.iterdir()), [])
        self.assert_one_line(danelab("export", good), 2, "--output")

    def test_the_current_folder(self):
        inside = self.folder / "inside"
        inside.mkdir()
        danelab("export", "seed/success", "-o", ".", cwd=inside)
        self.assertTrue((inside / "bundle.json").exists())
        before = sorted(path.relative_to(inside) for path in inside.glob("**/*"))
        self.assert_one_line(danelab("export", "seed/success", "-o", ".", "--force", cwd=inside), 3, "current folder")
        self.assertEqual(sorted(path.relative_to(inside) for path in inside.glob("**/*")), before)
        self.assertEqual(danelab("export", "mx/downgrade", "-o", "../inside", "--force", cwd=self.folder / "inside" / "zones").returncode, 0)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["inside"])

    def test_folders_that_are_somebodys(self):
        foreign = self.folder / "bundle" / "mine"
        foreign.parent.mkdir()
        foreign.write_text("mine")
        self.refused(3, ["bundle", "--force"], "seed/success")
        self.assertEqual([path.name for path in foreign.parent.iterdir()], ["mine"])
        self.export("seed/success", "--force")
        self.assertEqual(foreign.read_text(), "mine")
        self.assertTrue((foreign.parent / "zones" / "root.zone").exists())
        (self.folder / "file").write_text("a file")
        self.refused(3, ["file", "no folder"], "seed/success", "--force", target="file")
        self.assertEqual((self.folder / "file").read_text(), "a file")

    def test_a_bundle_of_earlier_is_replaced_when_asked(self):
        folder = self.export("seed/success")
        self.refused(3, ["--force"], EXPIRED)
        self.export(EXPIRED, "--force")
        self.assertFalse((folder / "zones" / "ietf.org.zone").exists())
        self.assertTrue((folder / "zones" / "shop.example.zone").exists())
        self.assertEqual([path.name for path in self.folder.iterdir()], ["bundle"])

    def test_a_full_disk_leaves_nothing(self):
        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        self.refused(3, ["bundle", "nothing was changed"], "seed/success", preexec_fn=no_room)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    main()
