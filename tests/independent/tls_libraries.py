"""What two TLS libraries say of certificate chains and TLSA records, without a handshake.

The file named by the first argument: JSON, {"name", "cases": [{"id", "chain": [hex...], "tlsa": [hex...], "root": hex, "ee_name_checks": false}]}.
Standard output: JSON, {"versions": {tool: text}, "verdicts": {tool: {id: verdict}}}, with the tools
  openssl  X509_verify_cert() with SSL_dane_tlsa_add(), as s_client and Postfix use it: "match at DEPTH", or "refused: WHY"
  gnutls   dane_verify_crt_raw() of libdane, as danetool and Exim use it, and for usage 2 the caller's part, the host name:
           "match" or "refused: WHY". Usages 0 and 1 are left to the caller there and not asked.
A library that is not installed is left out.
"""
import ctypes
import json
import sys
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_uint, c_void_p, create_string_buffer


def library(name):
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


class OpenSsl:
    """DANE of libssl, with the settings of a client."""

    def __init__(self, ssl, crypto):
        self.ssl, self.crypto = ssl, crypto
        pointers = {
            ssl: ["TLS_client_method", "SSL_CTX_new", "SSL_new", "SSL_get0_param", "SSL_get0_dane"],
            crypto: ["X509_STORE_new", "X509_STORE_CTX_new", "X509_STORE_CTX_get0_param", "OPENSSL_sk_new_null", "X509_verify_cert_error_string"]}
        for where, names in pointers.items():
            for name in names:
                getattr(where, name).restype = c_void_p
        crypto.d2i_X509.restype = c_void_p
        crypto.d2i_X509.argtypes = [c_void_p, c_void_p, c_long]
        crypto.X509_verify_cert_error_string.argtypes = [c_long]
        crypto.OpenSSL_version.restype = c_char_p
        self.context = c_void_p(ssl.SSL_CTX_new(c_void_p(ssl.TLS_client_method())))
        ssl.SSL_CTX_dane_enable(self.context)

    def version(self):
        return self.crypto.OpenSSL_version(0).decode()

    def certificate(self, der):
        octets = create_string_buffer(der, len(der))
        place = c_void_p(ctypes.addressof(octets))
        return self.crypto.d2i_X509(None, byref(place), len(der))

    def judge(self, name, case):
        ssl, crypto = self.ssl, self.crypto
        chain = [self.certificate(der) for der in case["chain"]]
        if not all(chain):
            return "refused: a certificate cannot be read"
        connection = c_void_p(ssl.SSL_new(self.context))
        ssl.SSL_dane_enable(connection, name.encode())
        if not case["ee_name_checks"]:
            ssl.SSL_dane_set_flags(connection, c_long(1))  # DANE_FLAG_NO_DANE_EE_NAMECHECKS (RFC 7671 §5.1)
        for data in case["tlsa"]:
            ssl.SSL_dane_tlsa_add(connection, c_ubyte(data[0]), c_ubyte(data[1]), c_ubyte(data[2]), data[3:], c_size_t(len(data) - 3))
        store, run = c_void_p(crypto.X509_STORE_new()), c_void_p(crypto.X509_STORE_CTX_new())
        crypto.X509_STORE_add_cert(store, c_void_p(self.certificate(case["root"])))
        stack = c_void_p(crypto.OPENSSL_sk_new_null())
        for certificate in chain:
            crypto.OPENSSL_sk_push(stack, c_void_p(certificate))
        crypto.X509_STORE_CTX_init(run, store, c_void_p(chain[0]), stack)
        crypto.X509_STORE_CTX_set_default(run, b"ssl_server")
        parameters = c_void_p(ssl.SSL_get0_param(connection))
        crypto.X509_VERIFY_PARAM_set_auth_level(parameters, 1)
        crypto.X509_VERIFY_PARAM_set1(c_void_p(crypto.X509_STORE_CTX_get0_param(run)), parameters)
        crypto.X509_STORE_CTX_set0_dane(run, c_void_p(ssl.SSL_get0_dane(connection)))
        good = crypto.X509_verify_cert(run)
        error = crypto.X509_STORE_CTX_get_error(run)
        if good == 1 and error == 0:
            return f"match at {ssl.SSL_get0_dane_authority(connection, None, None)}"
        return "refused: " + ctypes.string_at(crypto.X509_verify_cert_error_string(error)).decode()


class Datum(ctypes.Structure):
    _fields_ = [("data", c_char_p), ("size", c_uint)]


class GnuTls:
    """libdane, record by record: it knows no digest agility."""

    differs = 1 | 2 | 4  # DANE_VERIFY_CA_CONSTRAINTS_VIOLATED, _CERT_DIFFERS, _UNKNOWN_DANE_INFO

    def __init__(self, dane, gnutls):
        self.dane, self.gnutls = dane, gnutls
        gnutls.gnutls_check_version.restype = c_char_p
        self.state = c_void_p()
        dane.dane_state_init(byref(self.state), 4)  # DANE_F_IGNORE_DNSSEC

    def version(self):
        return "GnuTLS " + self.gnutls.gnutls_check_version(None).decode()

    def has_name(self, der, name):
        certificate = c_void_p()
        self.gnutls.gnutls_x509_crt_init(byref(certificate))
        if self.gnutls.gnutls_x509_crt_import(certificate, byref(Datum(der, len(der))), 0) < 0:
            return False
        return self.gnutls.gnutls_x509_crt_check_hostname(certificate, name.encode()) != 0

    def judge_record(self, name, case, data):
        query, verify = c_void_p(), c_uint(0)
        octets, lengths = create_string_buffer(data, len(data)), (c_int * 1)(len(data))
        pointers = (c_void_p * 2)(ctypes.addressof(octets), None)
        if self.dane.dane_raw_tlsa(self.state, byref(query), pointers, lengths, 1, 0) < 0:
            return "refused: the record cannot be used"
        chain = (Datum * len(case["chain"]))(*[Datum(der, len(der)) for der in case["chain"]])
        code = self.dane.dane_verify_crt_raw(self.state, chain, len(case["chain"]), 1, query, 0, 0, byref(verify))
        if code < 0:
            return f"refused: error {code}"
        if verify.value & self.differs:
            return f"refused: status {verify.value}"
        if (data[0] != 3 or case["ee_name_checks"]) and not self.has_name(case["chain"][0], name):
            return "refused: host name"
        return "match"

    def judge(self, name, case):
        if any(data[0] < 2 for data in case["tlsa"]):
            return None
        sayings = [self.judge_record(name, case, data) for data in case["tlsa"]]
        return "match" if "match" in sayings else sayings[0]


def judges():
    ssl, crypto = library("libssl.so.3"), library("libcrypto.so.3")
    if ssl and crypto:
        yield "openssl", OpenSsl(ssl, crypto)
    dane, gnutls = library("libgnutls-dane.so.0"), library("libgnutls.so.30")
    if dane and gnutls:
        yield "gnutls", GnuTls(dane, gnutls)


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    for case in request["cases"]:
        for key in "chain", "tlsa":
            case[key] = [bytes.fromhex(text) for text in case[key]]
        case["root"] = bytes.fromhex(case["root"])
    versions, verdicts = {}, {}
    for tool, judge in judges():
        versions[tool] = judge.version()
        said = {case["id"]: judge.judge(request["name"], case) for case in request["cases"]}
        verdicts[tool] = {case: verdict for case, verdict in said.items() if verdict is not None}
    json.dump({"versions": versions, "verdicts": verdicts}, sys.stdout)


if __name__ == "__main__":
    main()
