# SPDX-License-Identifier: MulanPSL-2.0
"""The enclave's end of SC2 (docs/protocol.md, States of a session): process() answers each request once."""
import hmac
import os
import struct
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import record, report, wire
from .device import uuid_bytes
from .schedule import SUITES, Schedule, Share, export, mac, sha256
from .wire import Sc2Error

HALF_OPEN_S, IDLE_S, COOKIE_S = 10, 16 * 60, 10


class Session:
    def __init__(self, born):
        self.born, self.used, self.bad, self.established = born, born, 0, False
        self.client_key = self.client_evidence = None


class Enclave:
    """options: suites, client_keys (points), require_client, judge (of client evidence), limits, half_open,
    cookies_from, clock, private, nonce, session_id."""

    def __init__(self, uuid, attest, **options):
        self.uuid, self.attest, self.options = uuid_bytes(uuid), attest, options
        self.suites = options.get("suites", SUITES)
        self.clock = options.get("clock", time.monotonic)
        self.sessions, self.half_open, self.cookie_key = {}, {}, os.urandom(32)
        self.handlers = {wire.HELLO: self._hello, wire.FINISH: self._finish, wire.DESTROY: self._destroy}

    def process(self, data):
        session_id = 0
        try:
            message = wire.Message.decode(data)
            session_id = message.session_id
            if message.type not in self.handlers:
                raise Sc2Error(wire.BAD_KIND, "no request")
            return self.handlers[message.type](message).encode()
        except Sc2Error as why:
            body = why.body if hasattr(why, "body") else wire.ext_encode({})
            return wire.Message(wire.ERROR, session_id, why.code, body).encode()

    def _retry(self, kind, data):
        error = Sc2Error(wire.RETRY, "retry")
        error.body = wire.ext_encode({kind: data})
        raise error

    def _forget_old(self):
        now = self.clock()
        for table, limit in ((self.half_open, HALF_OPEN_S), (self.sessions, IDLE_S)):
            for key in [k for k, s in table.items() if now - s.used >= limit]:
                del table[key]

    def _cookie(self, base, born):
        return struct.pack("<Q", born) + mac(self.cookie_key, b"sc2 cookie" + struct.pack("<Q", born) + sha256(base))

    def _cookie_good(self, hello):
        cookie = hello.ext.get(wire.COOKIE, b"")
        if len(cookie) != 40:
            return False
        born = struct.unpack("<Q", cookie[:8])[0]
        return (hmac.compare_digest(cookie, self._cookie(hello.base(), born))
                and 0 <= int(self.clock() * 1000) - born < COOKIE_S * 1000)

    def _suite(self, hello):
        refused = struct.unpack("<H", hello.ext.get(wire.RETRIED, b"\0\0"))[0]
        if refused in self.suites:
            raise Sc2Error(wire.BAD_MAC, "somebody forged the RETRY")
        if hello.suites[0] in self.suites:
            return hello.suites[0]
        other = next((s for s in hello.suites if s in self.suites), None)
        if other is None or refused:
            raise Sc2Error(wire.BAD_MAC, "no suite in common")
        return self._retry(wire.SUITE, struct.pack("<H", other))

    def _hello(self, message):
        if message.session_id:
            raise Sc2Error(wire.BAD_SESSION, "HELLO in a session")
        hello = wire.Hello.decode(message.body)
        self._forget_old()
        try:
            wanted = uuid_bytes(hello.uuid)
        except ValueError as why:
            raise Sc2Error(wire.BAD_FORM, "uuid") from why
        if wanted != self.uuid:
            raise Sc2Error(wire.REFUSED, "another enclave is wanted")
        if any(s.nonce_c == hello.nonce_c for s in self.half_open.values()):
            raise Sc2Error(wire.BAD_SESSION, "sent again")
        suite = self._suite(hello)
        if len(self.half_open) >= self.options.get("cookies_from", 256) and not self._cookie_good(hello):
            self._retry(wire.COOKIE, self._cookie(hello.base(), int(self.clock() * 1000)))
        return self._answer(hello, suite, message.body)

    def _answer(self, hello, suite, body):
        share = Share(suite, self.options.get("private"))
        session_id = self.options.get("session_id") or (
            int.from_bytes(os.urandom(8), "little") | 1 << 63)
        rsp = wire.HelloRsp(suite, session_id, self.options.get("nonce") or os.urandom(32), share.public)
        schedule = Schedule(body)
        schedule.agreed(rsp.head(), share.agree(hello.pk_c))
        rsp.evidence = self.attest(schedule.user_data)
        self._check_own(rsp.evidence, schedule.user_data)
        schedule.attested(rsp.evidence)
        rsp.fin_s = schedule.fin_s
        session = Session(self.clock())
        session.schedule, session.nonce_c = schedule, hello.nonce_c
        if len(self.half_open) >= 512:
            del self.half_open[min(self.half_open, key=lambda k: self.half_open[k].born)]
        self.half_open[session_id] = session
        return wire.Message(wire.HELLO_RSP, session_id, 0, rsp.encode())

    def _check_own(self, evidence, user_data):
        if self.options.get("opaque_evidence"):
            return  # vectors
        own = report.Report(evidence)
        if (own.origin, own.purpose, own.uuid, own.user_data) != (report.TA, report.CHANNEL, self.uuid, user_data):
            raise Sc2Error(wire.NO_EVIDENCE, "the report is not the one that was asked for")

    def _finish(self, message):
        self._forget_old()
        session = self.half_open.get(message.session_id)
        if session is None:
            raise Sc2Error(wire.BAD_SESSION, "no such session")
        try:
            f, ext, fin_c = wire.finish_decode(message.body)
            session.schedule.finished(f)
            if not hmac.compare_digest(fin_c, session.schedule.fin_c):
                raise Sc2Error(wire.BAD_MAC, "fin_c")
            self._client(session, ext)
        except Sc2Error:
            session.bad += 1
            if session.bad == 3:
                del self.half_open[message.session_id]
            raise
        del self.half_open[message.session_id]
        return self._establish(message.session_id, session)

    def _establish(self, session_id, session):
        s = session.schedule
        session.sender, session.receiver = record.pair(session_id, s.secrets, False,
                                                       **self.options.get("limits", {}))
        session.xs, session.schedule, session.used = s.xs, None, self.clock()
        self.sessions[session_id] = session
        return wire.Message(wire.FINISH_RSP, session_id, 0, s.ack)

    def _client(self, session, ext):
        if wire.CLIENT_KEY in ext:
            self._client_key(session, ext[wire.CLIENT_KEY])
        elif wire.CLIENT_EVIDENCE in ext:
            judge = self.options.get("judge")
            if judge is None or not judge(ext[wire.CLIENT_EVIDENCE], session.schedule.client_user_data):
                raise Sc2Error(wire.REFUSED, "client evidence")
            session.client_evidence = ext[wire.CLIENT_EVIDENCE]
        elif self.options.get("require_client"):
            raise Sc2Error(wire.REFUSED, "no proof")

    def _client_key(self, session, data):
        point, r, s = data[:65], int.from_bytes(data[65:97], "big"), int.from_bytes(data[97:], "big")
        if self.options.get("client_keys") and point not in self.options["client_keys"]:
            raise Sc2Error(wire.REFUSED, "a key that is not listed")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point).verify(
                encode_dss_signature(r, s), session.schedule.client_auth, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError) as why:
            raise Sc2Error(wire.BAD_MAC, "client's signature") from why
        session.client_key = point

    def _destroy(self, message):
        self._session(message.session_id).receiver.open(message.body, True)
        del self.sessions[message.session_id]
        return wire.Message(wire.DESTROY_RSP, message.session_id)

    def _session(self, session_id):
        self._forget_old()
        if session_id not in self.sessions:
            raise Sc2Error(wire.BAD_SESSION, "no such session")
        return self.sessions[session_id]

    def seal(self, session_id, plain):
        return self._session(session_id).sender.seal(plain)

    def open(self, session_id, data):
        session = self._session(session_id)
        plain = session.receiver.open(data)
        session.used = self.clock()
        return plain

    def export(self, session_id, label, context, size):
        return export(self._session(session_id).xs, label, context, size)
