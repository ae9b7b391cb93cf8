# SPDX-License-Identifier: MulanPSL-2.0
"""Key agreement and key schedule of SC2 (docs/protocol.md, Key schedule)."""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from .wire import BAD_SHARE, Sc2Error

X25519, P256 = 0x0001, 0x0002
SUITES = (X25519, P256)
C2S, S2C = b"sc2 c2s", b"sc2 s2c"
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key, info, size):
    return HKDFExpand(algorithm=hashes.SHA256(), length=size, info=info).derive(key)


def sized(data):
    return struct.pack("<I", len(data)) + data


class Share:
    """One ephemeral key of a suite; `private` fixes it, for vectors."""

    def __init__(self, suite, private=None):
        self.suite = suite
        if suite == X25519:
            self.key = (x25519.X25519PrivateKey.from_private_bytes(private) if private
                        else x25519.X25519PrivateKey.generate())
            self.public = self.key.public_key().public_bytes(*RAW)
        elif suite == P256:
            self.key = (ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1()) if private
                        else ec.generate_private_key(ec.SECP256R1()))
            self.public = self.key.public_key().public_bytes(*POINT)
        else:
            raise Sc2Error(BAD_SHARE, "suite %04x" % suite)

    def agree(self, peer):
        try:
            if self.suite == X25519:
                if len(peer) != 32:
                    raise ValueError("size")
                return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
            if len(peer) != 65 or peer[0] != 4:
                raise ValueError("size or form")
            return self.key.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), peer))
        except ValueError as why:  # among them an all-zero result, and a point off the curve
            raise Sc2Error(BAD_SHARE, "bad public key: %s" % why) from why


class Schedule:
    """What both ends compute. Attributes have the names of the document."""

    def __init__(self, hello_body):
        self.th0 = sha256(b"secgear-sc/2" + sized(hello_body))

    def agreed(self, r, z):
        self.th1 = sha256(self.th0 + sized(r))
        self.hs = mac(self.th1, z)  # HKDF-Extract: RFC 5869, 2.2
        self.binder = expand(self.hs, b"sc2 binder" + self.th1, 32)
        self.user_data = hashlib.sha512(b"secgear-sc/2 evidence" + self.th1 + self.binder).digest()

    def attested(self, evidence):
        self.th2 = sha256(self.th1 + sized(evidence))
        self.client_auth = b"secgear-sc/2 client-auth\x00" + self.th2
        self.client_user_data = hashlib.sha512(b"secgear-sc/2 client" + self.th2 + self.binder).digest()
        self.fin_s = mac(expand(self.hs, b"sc2 fin s" + self.th2, 32), self.th2)

    def finished(self, f):
        self.th3 = sha256(self.th2 + self.fin_s + sized(f))
        self.fin_c = mac(expand(self.hs, b"sc2 fin c" + self.th3, 32), self.th3)
        self.ack = mac(expand(self.hs, b"sc2 ack" + self.th3, 32), self.fin_c)
        ms = expand(self.hs, b"sc2 master" + self.th3, 32)
        self.secrets = {C2S: expand(ms, C2S, 32), S2C: expand(ms, S2C, 32)}
        self.xs = expand(ms, b"sc2 exp", 32)


def export(xs, label, context, size):
    if not 1 <= len(label) <= 64 or not 1 <= size <= 8160:
        raise ValueError("label or size")
    return expand(xs, bytes([len(label)]) + label + sha256(context), size)
