# SPDX-License-Identifier: MulanPSL-2.0
"""The client's end of SC2 (docs/protocol.md, States of the client): bytes in, bytes out, no socket."""
import hmac
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import record, report, wire
from .device import uuid_bytes
from .schedule import POINT, SUITES, Schedule, Share, export
from .wire import Sc2Error


class Client:
    """hello() gives the first message; receive() takes an answer and gives the next one, or None when open."""

    def __init__(self, policy, uuid, suites=SUITES, **options):
        """options: key (P-256 private key), evidence (function of user_data), limits (of Sender), private, nonce, share."""
        self.policy, self.uuid, self.suites = policy, uuid.encode(), list(suites)
        self.options, self.state, self.ext, self.retried = options, "start", {}, set()

    def _hello(self):
        self.share = self.options.get("share", Share)(self.suites[0], self.options.get("private"))
        self.nonce = self.options.get("nonce") or os.urandom(32)
        return self._hello_again()

    def _hello_again(self):
        body = wire.Hello(self.suites, self.uuid, self.nonce, self.share.public, self.ext).encode()
        self.schedule, self.state = Schedule(body), "wait-rsp"
        return wire.Message(wire.HELLO, 0, 0, body).encode()

    hello = _hello

    def receive(self, data):
        if self.state not in ("wait-rsp", "wait-ack"):
            return None  # dropped
        try:
            return self._answer(wire.Message.decode(data))
        except Sc2Error:
            self.state = "failed"
            raise

    def _answer(self, message):
        if message.type == wire.ERROR:
            return self._error(message)
        if self.state == "wait-rsp" and message.type == wire.HELLO_RSP:
            return self._hello_rsp(message)
        if self.state == "wait-ack" and message.type == wire.FINISH_RSP:
            return self._finish_rsp(message)
        raise Sc2Error(wire.BAD_KIND, "type %d is not expected now" % message.type)

    def _error(self, message):
        if message.status != wire.RETRY or self.state != "wait-rsp":
            raise Sc2Error(message.status if 64 <= message.status <= 94 else 0xFFFF5002, "answered")
        reader = wire.Reader(message.body)
        ext = wire.ext_decode(reader, (wire.COOKIE, wire.SUITE))
        reader.end()
        if wire.SUITE in ext and "suite" not in self.retried:
            self.retried.add("suite")
            wanted = struct.unpack("<H", ext[wire.SUITE])[0]
            if wanted in self.suites[1:]:
                self.ext = {wire.RETRIED: struct.pack("<H", self.suites[0])}
                self.suites = [wanted] + [s for s in self.suites if s != wanted]
                return self._hello()
        elif wire.COOKIE in ext and "cookie" not in self.retried:
            self.retried.add("cookie")
            self.ext[wire.COOKIE] = ext[wire.COOKIE]
            return self._hello_again()
        raise Sc2Error(wire.NO_ROOM, "RETRY for a reason that was given before, or none that helps")

    def _hello_rsp(self, message):
        rsp = wire.HelloRsp.decode(message.body)
        if rsp.session_id != message.session_id or rsp.session_id >> 32 == 0:
            raise Sc2Error(wire.BAD_MAC, "session ids disagree")
        if rsp.suite != self.suites[0]:
            raise Sc2Error(wire.BAD_MAC, "another suite than the key was for")
        s = self.schedule
        s.agreed(rsp.r, self.share.agree(rsp.pk_s))
        self.report = report.verify(rsp.evidence, self.policy, uuid_bytes(self.uuid), s.user_data)
        s.attested(rsp.evidence)
        if not hmac.compare_digest(s.fin_s, rsp.fin_s):
            raise Sc2Error(wire.BAD_MAC, "fin_s")
        self.session_id, f = rsp.session_id, self._f(s)
        s.finished(f)
        self.state = "wait-ack"
        return wire.Message(wire.FINISH, self.session_id, 0, f + s.fin_c).encode()

    def _f(self, s):
        if self.options.get("key"):
            key = self.options["key"]
            r, t = decode_dss_signature(key.sign(s.client_auth, ec.ECDSA(hashes.SHA256())))
            return wire.ext_encode({wire.CLIENT_KEY: key.public_key().public_bytes(*POINT)
                                    + r.to_bytes(32, "big") + t.to_bytes(32, "big")})
        if self.options.get("evidence"):
            return wire.ext_encode({wire.CLIENT_EVIDENCE: self.options["evidence"](s.client_user_data)})
        return wire.ext_encode({})

    def _finish_rsp(self, message):
        if message.session_id != self.session_id or not hmac.compare_digest(message.body, self.schedule.ack):
            raise Sc2Error(wire.BAD_MAC, "ack")
        self.sender, self.receiver = record.pair(self.session_id, self.schedule.secrets, True,
                                                 **self.options.get("limits", {}))
        self.xs, self.state = self.schedule.xs, "open"

    def seal(self, plain):
        return self.sender.seal(plain)

    def open(self, data):
        return self.receiver.open(data)

    def export(self, label, context, size):
        return export(self.xs, label, context, size)

    def destroy(self):
        self.state = "start"
        return wire.Message(wire.DESTROY, self.session_id, 0, self.sender.seal(b"", True)).encode()
