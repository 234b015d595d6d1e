"""Reports of runs that never were: small, of judges, and as large as they come."""
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">&amp;\\xff"
SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" viewBox="0 0 200 60" onload="document.title = \'taken\'"><script>document.title = \'taken\'</script>'
       '<rect x="8" y="8" width="180" height="40" rx="6" class="{0}" fill="#d7f0dd" stroke="#555"/><text x="20" y="30" font-size="12">zone example.: {0}</text>'
       '<foreignObject><a href="https://danelab.example/">out</a></foreignObject></svg>')
PROGRAMS = [("careful", "dane-only"), ("careful", "dane"), ("<b>odd</b>", "a \"mode\"")]


def cell(scenario, program, outcome, allowed, **more):
    base = {"scenario": scenario, "about": f"What {scenario} is about", "states": {}, "basis": ["RFC 7672 §2.2: a line"], "sut": program[0], "mode": program[1], "profile": "rfc7672", "allowed": allowed,
            "agrees": outcome in allowed, "skipped": False, "trouble": "", "contradictions": [], "command": "send --to user@mail.example",
            "log": ["connected", HOSTILE], "sessions": ["192.0.2.25:25 TLSv1.3, SNI mx.mail.example, message of 153 octets inside TLS, quit"],
            "queries": ["mail.example. MX", "_25._tcp.mx.mail.example. TLSA"], "elapsed_ms": 12.5,
            "proofs": [{"question": "mail.example. MX", "wanted": "secure", "seen": "secure", "by": "unbound-host"}]}
    if outcome:
        base["outcome"] = outcome
    return {**base, **more}


def exhibit(scenario):
    return {"scenario": scenario, "about": f"What {scenario} is about", "faults": ["mail.example. A: the signature has expired"], "resolvers": [],
            "zones": [{"apex": "mail.example.", "signing": "signed", "lines": [{"text": "@ MX 10 mx"}, {"text": "mx A 192.0.2.25", "fault": "rrsig-expired"}]}],
            "chains": [{"title": "mail.example. MX: secure", "svg": SVG.format("secure")}, {"title": "mx.mail.example. A: bogus", "svg": SVG.format("bogus")}]}


def report(cells):
    names = list(dict.fromkeys(one["sut"] for one in cells))
    systems = [{"name": name, "version": f"{name} 1.0", "about": f"a {name} program",
                "modes": [{"name": mode, "about": "one line"} for mode in dict.fromkeys(one["mode"] for one in cells if one["sut"] == name)]} for name in names]
    skipped, agree = sum(one["skipped"] for one in cells), sum(one["agrees"] and not one["skipped"] for one in cells)
    return {"profile": "rfc7672", "resolver": "unbound <1.17>", "systems": systems, "cells": cells, "scenarios": [exhibit(one) for one in dict.fromkeys(one["scenario"] for one in cells)],
            "notes": [f"absent was not tried: {HOSTILE}"], "totals": {"cells": len(cells), "agree": agree, "skipped": skipped, "deviate": len(cells) - agree - skipped}}


def judged():
    """Two programs that judge DNSSEC, beside one that delivers, in a row of a table and in a case of their own."""
    row, own = "table/mandatory/07/mx=nsec,a=rdata-altered", "dnssec/forged"
    table = {"table": "mandatory", "row": 7, "states": {"mx": "secure", "a": "bogus"}}
    def answers(said):
        return {"answers": [{"question": "mx.mail.example. A", "said": said, "expected": "bogus"}], "sessions": []}
    return report([cell(row, PROGRAMS[0], "deferred", ["deferred"], **table), cell(row, ("drill", "default"), "bogus", ["bogus"], **table, **answers("bogus")),
                   cell(row, ("trusting", "default"), "secure", ["bogus"], **table, **answers("secure")),
                   cell(own, ("drill", "default"), "bogus", ["bogus"], **answers("bogus"))])


def small():
    """Nine results: a deviation, a contradiction, trouble, one not asked, the others agree."""
    row, plain, quoted = "table/opportunistic/05/mx=nsec,a=rrsig-expired,tlsa=nsec3", "aliases/secure-alias", "odd/\"quoted\" <name>"
    table = {"table": "opportunistic", "row": 5, "states": {"mx": "secure", "a": "bogus"}}
    first, second, third = PROGRAMS
    return report([
        cell(row, first, "deferred", ["deferred"], **table), cell(row, second, "cleartext", ["deferred"], explanation={"text": f"It goes on. {HOSTILE}", "rfc": "RFC 7672 §2.1.2"}, **table),
        cell(row, third, None, ["deferred"], trouble="hung: killed after 3 s", **table),
        cell(plain, first, "verified", ["verified"], twin="deferred"), cell(plain, second, "verified", ["verified"], twin="deferred"),
        cell(plain, third, "cleartext", ["verified"], contradictions=["the program says \"verified\", but a server received the message in clear"]),
        cell(quoted, first, "bounced", ["bounced", "deferred"]), cell(quoted, second, "bounced", ["bounced", "deferred"]),
        cell(quoted, third, None, ["bounced"], skipped=True, agrees=True, trouble="asks no DNS itself", sessions=[], log=[], queries=[])])


def large(cases=150, columns=13):
    lines = [f"postfix/smtp[{n}]: {n:04d}: TLS connection established to mx.mail.example[192.0.2.25]:25" for n in range(12)]
    return report([cell(f"records/case-{n:03d}", (f"program-{c // 3}", f"mode-{c % 3}"), "cleartext" if (n + c) % 9 == 0 else "verified", ["verified"], log=lines)
                   for c in range(columns) for n in range(cases)])
