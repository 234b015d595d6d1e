"""danelab deliver as a user starts it: the whole way of a message, kills at any moment, two at a time, bad input."""
import collections, json, os, pathlib, random, re, resource, signal, socket, sqlite3, subprocess, threading, time

import json_schema
from support import DANELAB, Case, danelab, main, schema

MESSAGE = "Subject: hello\n\nHello.\n.\nend\n"


class MailServer(threading.Thread):
    """An SMTP server without TLS that takes its time and remembers what it was given."""

    def __init__(self, pause=0.0):
        super().__init__(daemon=True)
        self.pause, self.received, self.lock = pause, collections.Counter(), threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.socket.getsockname()[1]
        self.refusal = None  # octets said to MAIL
        self.reached = lambda step: None  # told what the client has come to, before it is answered

    def run(self):
        while True:
            threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, connection):
        try:
            with connection, connection.makefile("rwb") as stream:
                def say(line):
                    time.sleep(random.random() * self.pause)
                    stream.write(line.encode() + b"\r\n")
                    stream.flush()
                self.reached("CONNECT")
                say("220 slow.example")
                recipient = None
                for line in stream:
                    verb = line[:4].upper()
                    self.reached(verb.decode())
                    if verb == b"MAIL" and self.refusal:
                        stream.write(self.refusal + b"\r\n")
                        stream.flush()
                        continue
                    if verb == b"RCPT":
                        recipient = line.split(b"<")[1].split(b">")[0].decode()
                    if verb == b"DATA":
                        say("354 go on")
                        for text in stream:
                            if text == b".\r\n":
                                break
                        else:
                            return
                        with self.lock:
                            self.received[recipient] += 1
                        self.reached("DOT")
                    say("221 bye" if verb == b"QUIT" else "250 2.0.0 taken")
                    if verb == b"QUIT":
                        return
        except OSError:
            pass


class Deliver(Case):
    def setUp(self):
        super().setUp()
        self.message = self.folder / "hello.eml"
        self.message.write_text(MESSAGE)

    def config(self, **members):
        path = self.folder / "deliver.json"
        document = {"queue": "queue.db", "hostname": "mail.client.example", "log": {"file": "mail.log", "level": "debug"}, **members}
        self.assertEqual(json_schema.errors(document, schema("deliver-config")), [])
        path.write_text(json.dumps(document, indent=1))
        return path

    def to_server(self, server, **members):
        return self.config(smtp_routes=[{"domain": "all", "hosts": [f"[127.0.0.1]:{server.port}"]}], timeouts={"smtp_s": 10}, **members)

    def send(self, config, *recipients, at=None):
        arguments = [a for r in recipients for a in ("--to", r)] + (["--at", at] if at else [])
        return danelab("deliver", "send", "--config", config, self.message, "--from", "me@client.example", *arguments)

    def log(self):
        return (self.folder / "mail.log").read_text()


class TheWholeWay(Deliver):
    def test_success(self):
        at = "2026-06-01T10:00:00Z"
        config = self.config(destination_controls=[{"domain": "default", "tls": "preferred", "dane": "mandatory"}],
                             tls_report={"organization": "Client", "contact": "tls@client.example"})
        sent = self.send(config, "you@ietf.org", at=at)
        self.assertEqual((sent.returncode, sent.stdout), (0, "queued as MID 1 for 1 recipient(s)\n"), sent)
        done = danelab("deliver", "run", "--config", config, "--scenario", "seed/success", "--at", at)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("delivered 1, deferred 0, bounced 0; 0 active", done.stdout)
        self.assertIn("Mon Jun  1 10:00:00 2026 Info: DCID 1 TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384 for ietf.org\n",
                      self.log())
        order = [f"DNS query: Q('{name}', '{kind}')" for name, kind in
                 [("ietf.org", "MX"), ("mail.ietf.org", "A"), ("mail.ietf.org", "AAAA"), ("mail.ietf.org", "CNAME"),
                  ("_25._tcp.mail.ietf.org", "TLSA")]]
        self.assertEqual(re.findall(r"DNS query: Q\('.*?'\)", self.log()), order)
        for line in self.log().splitlines():
            self.assertRegex(line, r"^Mon Jun  1 10:00:00 2026 (Debug|Info|Warning): \S")
        report = danelab("deliver", "report", "--config", config, "--day", "2026-06-01")
        document = json.loads(report.stdout)
        self.assert_fits(document, "tls-report")
        self.assertEqual(document["policies"][0]["summary"]["total-successful-session-count"], 1)

    def test_waiting_bouncing_and_the_report(self):
        at = "2026-06-01T10:00:00Z"
        config = self.config(destination_controls=[{"domain": "default", "tls": "preferred", "dane": "mandatory"}])
        self.assertEqual(self.send(config, "you@cisco.com", at=at).returncode, 0)
        done = danelab("deliver", "run", "--config", config, "--scenario", "seed/no-dane", "--at", at)
        self.assertEqual(done.returncode, 1, done)
        status = json.loads(danelab("deliver", "status", "--config", config, "--at", at, "--format", "json").stdout)
        self.assert_fits(status, "deliver-status")
        entry = status["destinations"][0]
        self.assertEqual((entry["domain"], entry["active_recipients"], entry["next_try"]), ("cisco.com", 1, "2026-06-01T10:01:00Z"))
        self.assertIn("4.7.5 - DANE FAILED for cisco.com: MX insecure", entry["last_error"])
        self.assertIn("cisco.com", danelab("deliver", "status", "--config", config).stdout)
        report = json.loads(danelab("deliver", "report", "--config", config, "--day", "2026-06-01").stdout)
        self.assert_fits(report, "tls-report")
        self.assertEqual({f["result-type"] for f in report["policies"][0]["failure-details"]}, {"dane-required"})
        written = danelab("deliver", "report", "--config", config, "--day", "2026-06-01", "--folder", self.folder)
        self.assertEqual(written.returncode, 0, written)
        self.assertEqual(len(list(self.folder.glob("localhost!cisco.com!*.json"))), 1)
        started = time.monotonic()
        done = danelab("deliver", "run", "--config", config, "--scenario", "seed/no-dane", "--at", "2026-06-01T10:01:00Z", "--until-empty",
                       "--format", "json")
        document = json.loads(done.stdout)
        self.assertEqual((document["active"], document["at"]), (0, "2026-06-04T10:00:00Z"), "72 hours later")
        self.assertLess(time.monotonic() - started, 60)
        self.assertIn("5.4.7 - Delivery expired (message too old)", self.log())


    def test_requiretls_that_is_not_offered_is_told_at_once(self):
        at = "2026-06-01T10:00:00Z"
        config = self.config(destination_controls=[{"domain": "default", "tls": "preferred", "dane": "opportunistic"}])
        sent = danelab("deliver", "send", "--config", config, self.message, "--to", "you@ietf.org", "--require-tls", "--at", at)
        self.assertEqual(sent.returncode, 0, sent)
        done = danelab("deliver", "run", "--config", config, "--scenario", "seed/success", "--at", at)
        self.assertIn("delivered 1, deferred 0, bounced 0", done.stdout, "without a sender it is a bounce, which goes out all the same")
        danelab("deliver", "send", "--config", config, self.message, "--to", "you@ietf.org", "--from", "me@none.example", "--require-tls", "--at", at)
        done = danelab("deliver", "run", "--config", config, "--scenario", "seed/success", "--at", at)
        self.assertIn("delivered 0, deferred 0, bounced 2; 0 active", done.stdout)
        self.assertIn("5.7.30 - REQUIRETLS support required", self.log())


class Killed(Deliver):
    def test_killed_at_any_moment_nothing_is_lost_and_doubles_are_told(self):
        server = MailServer(pause=0.02)
        server.start()
        config = self.to_server(server)
        recipients = [f"user{i}@a{i % 3}.example" for i in range(40)]
        self.assertEqual(self.send(config, *recipients).returncode, 0)
        for _ in range(12):
            process = subprocess.Popen([DANELAB, "deliver", "run", "--config", str(config), "--jobs", "4"], stdout=subprocess.DEVNULL)
            time.sleep(0.05 + random.random() * 0.4)
            process.kill()
            process.wait()
        done = danelab("deliver", "run", "--config", config, "--jobs", "4")
        self.assertIn("0 active", done.stdout, done)
        self.assertEqual(set(server.received), set(recipients), "none is lost")
        log = self.log()
        for recipient, times in server.received.items():
            told = log.count(f"this delivery to {recipient} is the second")
            self.assertLessEqual(times, 1 + told, f"{recipient} came {times} times: the log must say why")
        with sqlite3.connect(self.folder / "queue.db") as database:
            self.assertEqual(database.execute("SELECT COUNT(*) FROM recipients WHERE state = 'delivered'").fetchone(), (40,))
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(list(self.folder.glob("queue.db.owner.*")), [])

    def test_killed_at_each_step_of_a_session(self):
        for step in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT"]:
            with self.subTest(step):
                server = MailServer()
                server.start()
                for old in self.folder.glob("queue.db*"):
                    old.unlink()
                config = self.to_server(server, log={"file": f"{step}.log"})
                self.assertEqual(self.send(config, "you@a.example").returncode, 0)
                process = subprocess.Popen([DANELAB, "deliver", "run", "--config", str(config)], stdout=subprocess.DEVNULL)
                server.reached = lambda reached: process.kill() if reached == step else None
                self.assertEqual(process.wait(timeout=60), -signal.SIGKILL)
                server.reached = lambda reached: None
                self.assertIn("0 active", danelab("deliver", "run", "--config", config).stdout)
                log = (self.folder / f"{step}.log").read_text()
                told = "this delivery to you@a.example is the second" in log
                times = server.received["you@a.example"]
                self.assertTrue(times == 1 or times == 2 and told, (times, log))
                self.assertEqual(times, {"DOT": 2}.get(step, times if step == "QUIT" else 1))
                if step != "QUIT":
                    self.assertIn("was cut off by the end of its process: it is queued again", log)

    def test_two_processes_share_the_work(self):
        server = MailServer(pause=0.01)
        server.start()
        config = self.to_server(server)
        recipients = [f"user{i}@a{i % 3}.example" for i in range(40)]
        self.send(config, *recipients)
        runs = [subprocess.Popen([DANELAB, "deliver", "run", "--config", str(config), "--jobs", "3"], stdout=subprocess.PIPE, text=True)
                for _ in range(2)]
        words = [run.communicate(timeout=60)[0] for run in runs]
        self.assertEqual(server.received, collections.Counter(recipients), "each exactly once")
        self.assertEqual(sum(int(re.match(r"delivered (\d+)", w)[1]) for w in words), 40, words)

    def test_a_full_disk_takes_nothing_and_loses_nothing(self):
        server = MailServer()
        server.start()
        config = self.to_server(server)
        self.send(config, "first@a.example")
        self.message.write_text("Subject: big\n\n" + "x" * 70 * 1000 * 20)

        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        refused = danelab("deliver", "send", "--config", config, self.message, "--to", "second@a.example", preexec_fn=small)
        self.assert_one_line(refused, 3, "queue.db", "the disk is full")
        self.assertIn("0 active", danelab("deliver", "run", "--config", config).stdout)
        self.assertEqual(dict(server.received), {"first@a.example": 1})


class BadInput(Deliver):
    def test_a_servers_octets_that_are_no_text(self):
        server = MailServer()
        server.refusal = b"451 4.3.0 caf\xe9 \x1b[31m " + "ä".encode() * 400
        server.start()
        config = self.to_server(server)
        self.assertEqual(self.send(config, "you@a.example").returncode, 0)
        done = danelab("deliver", "run", "--config", config)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        status = danelab("deliver", "status", "--config", config, "--format", "json")
        self.assertEqual((status.returncode, status.stderr), (0, ""))
        error, = (one["last_error"] for one in json.loads(status.stdout)["destinations"])
        self.assertIn("451 4.3.0 caf", error)
        self.assertLessEqual(len(error.encode()), 700)
        self.assertNotIn("\x1b", danelab("deliver", "status", "--config", config).stdout)

    def test_arguments(self):
        config = self.config()
        for arguments, words in [
            (["--config", config], ["deliver", "--config"]), (["send", "--config", config], ["file"]),
            (["send", "--config", config, self.message], ["--to"]), (["send", "--config", config, self.message, "--to", "nobody"], ["nobody"]),
            (["send", "--config", config, self.message, "--to", "a@b", "--from", "a b@c"], ["--from"]),
            (["send", "--config", config, self.message, "--to", "a@b", "--mail-flow-policy", "X"], ["X"]),
            (["send", "--config", config, self.folder / "none.eml", "--to", "a@b"], ["none.eml"]),
            (["run"], ["--config"]), (["run", "--config", self.folder / "none.json"], ["none.json"]),
            (["run", "--config", config, "--jobs", "0"], ["--jobs"]), (["status", "--config", config, "--at", "noon"], ["noon"]),
            (["report", "--config", config, "--day", "yesterday"], ["yesterday"]), (["deliver.eml"], ["--to"]),
        ]:
            with self.subTest(arguments=arguments):
                self.assert_one_line(danelab("deliver", *arguments), 2, *words)

    def test_configurations(self):
        path = self.folder / "bad.json"
        for text, words in [
            ('{"queue": "q.db",\n "colour": 1}', ["bad.json:2:", "/colour"]), ("{}", ["queue"]), ("[]", ["bad.json"]), ("", ["bad.json"]),
            ('{"queue": "q.db",\n\n"destination_controls": [{"domain": "a.example", "dane": "mandatory"}]}', ["bad.json:3:", "contradicts"]),
            ('{"queue": "q.db", "resolvers": [{"address": "::1", "priority": 1},\n{"address": "::2", "priority": 1}]}',
             ["bad.json:2:", "/resolvers/1/priority", "twice"]),
        ]:
            with self.subTest(text):
                path.write_text(text)
                self.assert_one_line(danelab("deliver", "status", "--config", path), 2, *words)
        self.assertFalse((self.folder / "q.db").exists())

    def test_a_queue_that_is_none(self):
        config = self.config()
        (self.folder / "queue.db").write_text("a letter\n" * 1000)
        self.assert_one_line(danelab("deliver", "status", "--config", config), 3, "queue.db")
        self.assertEqual((self.folder / "queue.db").read_text(), "a letter\n" * 1000)

    def test_a_log_that_cannot_be_written_is_said_before_anything_is_taken(self):
        config = self.config(log={"file": "no/such/folder/mail.log"})
        self.assert_one_line(self.send(config, "a@b"), 3, "mail.log")
        self.assertFalse((self.folder / "queue.db").exists())

    def test_mail_is_nobody_elses_business(self):
        self.send(self.config(), "a@b.example")
        self.assertEqual((self.folder / "queue.db").stat().st_mode & 0o077, 0)


if __name__ == "__main__":
    main()
