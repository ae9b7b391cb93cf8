# SPDX-License-Identifier: MulanPSL-2.0
"""Message header, EXT and the bodies of SC2 (docs/protocol.md, Message)."""
import struct
from dataclasses import dataclass, field

HELLO, HELLO_RSP, FINISH, FINISH_RSP, ERROR, DESTROY, DESTROY_RSP = 1, 2, 5, 6, 7, 10, 12
TYPES = (HELLO, HELLO_RSP, FINISH, FINISH_RSP, ERROR, DESTROY, DESTROY_RSP)
RETRY = 0x53430001
COOKIE, SUITE, RETRIED, CLIENT_KEY, CLIENT_EVIDENCE, EVIDENCE_KIND = 1, 2, 3, 4, 5, 6
CRITICAL = 0x8000
VERSION, HEADER_SIZE, BODY_MAX, MESSAGE_MAX = 2, 32, 10000, 12288
BAD_MAC, BAD_FORM, BAD_KIND, TOO_LARGE, BAD_SHARE = 75, 76, 74, 71, 77
REFUSED, BAD_EVIDENCE, NO_EVIDENCE, NO_ROOM, BAD_SESSION = 90, 91, 89, 87, 93
BAD_RECORD, BAD_LENGTH, WRONG_SESSION, NOT_READY = 83, 66, 67, 86


class Sc2Error(Exception):
    """An error with its code of status.h."""

    def __init__(self, code, text):
        super().__init__("%d: %s" % (code, text))
        self.code = code


class Reader:
    """Takes fields off bytes; what is missing is an error with `code`."""

    def __init__(self, data, code=BAD_FORM):
        self.data, self.code = data, code

    def take(self, size):
        if size > len(self.data):
            raise Sc2Error(self.code, "cut short")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def sized(self, width, least, most):
        size = self.number(width)
        if not least <= size <= most:
            raise Sc2Error(self.code, "a size of %d" % size)
        return self.take(size)

    def end(self):
        if self.data:
            raise Sc2Error(self.code, "%d bytes too many" % len(self.data))


@dataclass
class Message:
    type: int
    session_id: int = 0
    status: int = 0
    body: bytes = b""

    def encode(self):
        return struct.pack("<IIQIHHII", self.type, 0, self.session_id, self.status, VERSION,
                           HEADER_SIZE, len(self.body), 0) + self.body

    @classmethod
    def decode(cls, data):
        """Bytes behind the body are ignored."""
        if len(data) > MESSAGE_MAX:
            raise Sc2Error(TOO_LARGE, "%d bytes" % len(data))
        if len(data) < HEADER_SIZE:
            raise Sc2Error(BAD_FORM, "%d bytes are no message" % len(data))
        kind, flags, session, status, version, head, size, zero = struct.unpack("<IIQIHHII", data[:32])
        if version != VERSION:
            raise Sc2Error(BAD_KIND, "version %d" % version)
        if head != HEADER_SIZE or flags or zero:
            raise Sc2Error(BAD_FORM, "hdr_len, flags or zero")
        if kind not in TYPES:
            raise Sc2Error(BAD_KIND, "type %d" % kind)
        if size > BODY_MAX:
            raise Sc2Error(TOO_LARGE, "a body of %d bytes" % size)
        if size > len(data) - HEADER_SIZE:
            raise Sc2Error(BAD_FORM, "body cut short")
        return cls(kind, session, status, bytes(data[32:32 + size]))


def ext_encode(items):
    """items: {type without its upper bit: data}."""
    body = b""
    for kind in sorted(items):
        critical = 0 if kind == COOKIE else CRITICAL
        body += struct.pack("<HH", kind | critical, len(items[kind])) + items[kind]
    return struct.pack("<H", len(body)) + body


def ext_decode(reader, known):
    """{type: data} of those in known; a critical one that is not is an error."""
    inner, found, last = Reader(reader.sized(2, 0, 4096)), {}, 0
    count = 0
    while inner.data:
        kind = inner.number(2)
        data = inner.sized(2, 0, 4096)
        number = kind & ~CRITICAL
        count += 1
        if number <= last or count > 8:
            raise Sc2Error(BAD_FORM, "EXT: order or number")
        last = number
        if number in known and bool(kind & CRITICAL) == (number != COOKIE):
            found[number] = data
        elif kind & CRITICAL:
            raise Sc2Error(BAD_FORM, "EXT: a critical one that is not known here: %04x" % kind)
    return found


@dataclass
class Hello:
    suites: list
    uuid: bytes
    nonce_c: bytes
    pk_c: bytes
    ext: dict = field(default_factory=dict)

    def base(self):
        return (struct.pack("<H", len(self.suites)) + b"".join(struct.pack("<H", s) for s in self.suites)
                + self.uuid + self.nonce_c + struct.pack("<H", len(self.pk_c)) + self.pk_c)

    def encode(self):
        return self.base() + ext_encode(self.ext)

    @classmethod
    def decode(cls, body):
        r = Reader(body)
        count = r.number(2)
        if not 1 <= count <= 8:
            raise Sc2Error(BAD_FORM, "%d suites" % count)
        suites = [r.number(2) for _ in range(count)]
        if len(set(suites)) != count:
            raise Sc2Error(BAD_FORM, "a suite twice")
        hello = cls(suites, r.take(36), r.take(32), r.sized(2, 1, 1280))
        hello.ext = ext_decode(r, (COOKIE, RETRIED))
        r.end()
        if not 1 <= len(hello.ext.get(COOKIE, b"x")) <= 64 or len(hello.ext.get(RETRIED, b"xx")) != 2:
            raise Sc2Error(BAD_FORM, "EXT: size")
        return hello


@dataclass
class HelloRsp:
    suite: int
    session_id: int
    nonce_s: bytes
    pk_s: bytes
    evidence: bytes = b""
    fin_s: bytes = b""
    ext: dict = field(default_factory=dict)
    r: bytes = b""

    def head(self):
        return (struct.pack("<HQ", self.suite, self.session_id) + self.nonce_s
                + struct.pack("<H", len(self.pk_s)) + self.pk_s + ext_encode(self.ext))

    def encode(self):
        return self.head() + struct.pack("<I", len(self.evidence)) + self.evidence + self.fin_s

    @classmethod
    def decode(cls, body):
        r = Reader(body)
        rsp = cls(r.number(2), r.number(8), r.take(32), r.sized(2, 1, 1280))
        rsp.ext = ext_decode(r, ())
        rsp.r = body[:len(body) - len(r.data)]
        rsp.evidence = r.sized(4, 1, 8192)
        rsp.fin_s = r.take(32)
        r.end()
        return rsp


def finish_decode(body):
    """F as sent, its EXT, fin_c."""
    r = Reader(body)
    ext = ext_decode(r, (CLIENT_KEY, CLIENT_EVIDENCE))
    f = body[:len(body) - len(r.data)]
    fin_c = r.take(32)
    r.end()
    if len(ext.get(CLIENT_KEY, bytes(129))) != 129 or not 1 <= len(ext.get(CLIENT_EVIDENCE, b"x")) <= 3072:
        raise Sc2Error(BAD_FORM, "EXT: size")
    if len(ext) > 1:
        raise Sc2Error(BAD_FORM, "two proofs")
    return f, ext, fin_c
