# SPDX-License-Identifier: MulanPSL-2.0
"""The narrow form of X.509 that docs/protocol.md describes (Certificates), read and written in DER by hand: the
packaged libraries do not all take an arc of 128 bits in an OID."""
import base64
import datetime
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .schedule import POINT

UTC = datetime.timezone.utc


def tlv(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else None
    if size is None:
        raw = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
        size = bytes([0x80 | len(raw)]) + raw
    return bytes([tag]) + size + body


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    body = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        piece = [arc & 127]
        while arc > 127:
            arc >>= 7
            piece.append(arc & 127 | 128)
        body += bytes(reversed(piece))
    return tlv(6, body)


ECDSA_SHA256 = tlv(0x30, oid("1.2.840.10045.4.3.2"))
P256_KEY = tlv(0x30, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
COMMON_NAME, BASIC, USAGE = oid("2.5.4.3"), oid("2.5.29.19"), oid("2.5.29.15")
DEVICE_ID = oid("2.25.191081637295540040392427963371062938496")
CERT_SIGN, CRL_SIGN, SIGNATURE = 1 << 5, 1 << 6, 1 << 0  # named bits of keyUsage


class Der:
    """Takes elements off DER; a size that is not in its shortest form is an error."""

    def __init__(self, data):
        self.data = data

    def next(self, tag):
        """(body, the whole element)"""
        data = self.data
        if len(data) < 2 or data[0] != tag:
            raise ValueError("DER: expected tag %02x" % tag)
        size, at = data[1], 2
        if size >= 128:
            count = size - 128
            size, at = int.from_bytes(data[2:2 + count], "big"), 2 + count
        if size > len(data) - at or tlv(tag, data[at:at + size]) != data[:at + size]:
            raise ValueError("DER: size")
        self.data = data[at + size:]
        return data[at:at + size], data[:at + size]

    def inner(self, tag):
        return Der(self.next(tag)[0])

    def end(self):
        if self.data:
            raise ValueError("DER: something follows")


def _name_read(der):
    whole = der.next(0x30)[1]
    attribute = Der(whole).inner(0x30).inner(0x31).inner(0x30)
    attribute.next(6)
    text = attribute.next(0x0c)[0].decode("ascii")
    if not 1 <= len(text) <= 64 or not text.isprintable() or name(text) != whole:
        raise ValueError("a name")
    return text


def name(text):
    return tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0c, text.encode("ascii")))))


def _time_read(der):
    tag = der.data[0] if der.data else 0
    text = der.next(tag)[0].decode("ascii")
    if tag == 0x17:  # UTCTime through 2049
        year = int(text[:2])
        text = ("20" if year < 50 else "19") + text
    elif tag != 0x18:
        raise ValueError("a time")
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def time_write(when):
    text = when.strftime("%Y%m%d%H%M%SZ")
    return tlv(0x17, text[2:].encode()) if when.year < 2050 else tlv(0x18, text.encode())


class Certificate:
    """Attributes: subject, issuer, first, last, point, ca, path_length, usage, device_id (or None)."""

    def __init__(self, data):
        outer = Der(data)
        whole = outer.inner(0x30)
        outer.end()
        body, self.tbs = whole.next(0x30)
        if whole.next(0x30)[1] != ECDSA_SHA256:
            raise ValueError("signature algorithm")
        self.signature = whole.next(3)[0][1:]
        whole.end()
        self.der = data
        self._body(Der(body))

    def _body(self, der):
        if der.inner(0xa0).next(2)[0] != b"\x02":
            raise ValueError("version")
        serial = der.next(2)[0]
        if not 1 <= len(serial) <= 20 or serial[0] & 128 or serial == b"\0":
            raise ValueError("serial number")
        if der.next(0x30)[1] != ECDSA_SHA256:
            raise ValueError("signature algorithm")
        self.issuer = _name_read(der)
        times = der.inner(0x30)
        self.first, self.last = _time_read(times), _time_read(times)
        times.end()
        self.subject = _name_read(der)
        key = der.inner(0x30)
        if key.next(0x30)[1] != P256_KEY:
            raise ValueError("no P-256 key")
        bits = key.next(3)[0]
        self.point = bits[1:]
        self.key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)
        self._extensions(der.inner(0xa3).inner(0x30))
        der.end()

    def _extensions(self, der):
        self.ca, self.path_length, self.device_id, found = False, None, None, []
        while der.data:
            one = der.inner(0x30)
            kind = one.next(6)[1]
            critical = bool(one.data) and one.data[0] == 1 and one.next(1)[0] == b"\xff"
            value = Der(one.next(4)[0])
            one.end()
            found.append((kind, critical))
            if kind == BASIC:
                inner = value.inner(0x30)
                if inner.data:
                    self.ca = inner.next(1)[0] == b"\xff"
                    self.path_length = int.from_bytes(inner.next(2)[0], "big") if inner.data else None
                inner.end()
            elif kind == USAGE:
                bits = value.next(3)[0]
                self.usage = int("".join(reversed(format(bits[1], "08b"))), 2)
            elif kind == DEVICE_ID:
                self.device_id = value.next(4)[0]
                if len(self.device_id) != 16:
                    raise ValueError("device id")
            value.end()
        if found not in ([(BASIC, True), (USAGE, True)], [(BASIC, True), (USAGE, True), (DEVICE_ID, False)]):
            raise ValueError("extensions")

    def signed(self, other):
        """Whether this key signed other, and is named there."""
        try:
            self.key.verify(other.signature, other.tbs, ec.ECDSA(hashes.SHA256()))
            return other.issuer == self.subject
        except InvalidSignature:
            return False

    def pem(self):
        text = base64.encodebytes(self.der).decode().replace("\n", "")
        lines = [text[i:i + 64] for i in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def from_text(text):
    """A PEM certificate, or base64 of its DER."""
    lines = [line for line in text.split("\n") if line and not line.startswith("-----")]
    return Certificate(base64.b64decode("".join(lines), validate=True))


def make(subject, issuer, public_key, signing_key, path_length=None, device_id=None):
    """A certificate that is good from yesterday for 30 days; path_length None: no CA."""
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    basic = b"" if path_length is None else tlv(1, b"\xff") + tlv(2, bytes([path_length]))
    usage = b"\x07\x80" if path_length is None else b"\x02\x04"
    extensions = (tlv(0x30, BASIC, tlv(1, b"\xff"), tlv(4, tlv(0x30, basic)))
                  + tlv(0x30, USAGE, tlv(1, b"\xff"), tlv(4, tlv(3, usage))))
    if device_id is not None:
        extensions += tlv(0x30, DEVICE_ID, tlv(4, tlv(4, device_id)))
    tbs = tlv(0x30, tlv(0xa0, tlv(2, b"\x02")), tlv(2, bytes([os.urandom(1)[0] & 127 | 1]) + os.urandom(15)),
              ECDSA_SHA256, name(issuer),
              tlv(0x30, time_write(now - datetime.timedelta(days=1)), time_write(now + datetime.timedelta(days=30))),
              name(subject), tlv(0x30, P256_KEY, tlv(3, b"\0" + public_key.public_bytes(*POINT))),
              tlv(0xa3, tlv(0x30, extensions)))
    return Certificate(tlv(0x30, tbs, ECDSA_SHA256,
                           tlv(3, b"\0" + signing_key.sign(tbs, ec.ECDSA(hashes.SHA256())))))
