# SPDX-License-Identifier: MulanPSL-2.0
"""A device of a test's own: root, device and attestation key, reports that it signs, a policy that lists it."""
import datetime
import json
import os
import uuid as uuids

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import cbor, cert, report


class Device:
    def __init__(self, name="Test Root (embedded device)"):
        self.device_id = os.urandom(16)
        self.keys = {k: ec.generate_private_key(ec.SECP256R1()) for k in ("root", "device", "ak")}
        public = {k: key.public_key() for k, key in self.keys.items()}
        self.root = cert.make(name, name, public["root"], self.keys["root"], 1)
        self.device = cert.make("Test Device", name, public["device"], self.keys["root"], 0, self.device_id)
        self.ak = cert.make("Test Attestation Key", "Test Device", public["ak"], self.keys["device"], None,
                            self.device_id)
        self.claims = {
            "level": 1, "protections": 3, "mrenclave": b"\x11" * 32, "mrsigner": b"\x22" * 32,
            "mrtcb": b"\x33" * 32, "prod_id": 0, "svn": 0, "registers": bytes(128), "dbgstat": 2,
            "origin": report.TA, "purpose": report.CHANNEL, "profile": report.PROFILES[1],
            "ueid": b"\x01" + self.device_id}

    def report(self, uuid_bytes, user_data, **other):
        """A report with the device's claims; `other` replaces some."""
        claims = dict(self.claims, uuid=uuid_bytes, user_data=user_data,
                      iat=int(datetime.datetime.now(datetime.timezone.utc).timestamp()))
        claims.update(other)
        payload = cbor.encode({key: claims[name] for key, (name, _, _) in report.CLAIMS.items()})
        r, s = decode_dss_signature(
            self.keys["ak"].sign(report.to_be_signed(payload), ec.ECDSA(hashes.SHA256())))
        return cbor.encode(cbor.Tag(18, [report.PROTECTED, {33: [self.ak.der, self.device.der]}, payload,
                                         r.to_bytes(32, "big") + s.to_bytes(32, "big")]))

    def policy(self, *uuid_texts):
        return json.dumps({
            "schema": 1, "device_roots": [self.root.pem()], "allow_embedded_device_insecure": True,
            "enclaves": [{"uuid": u, "mrenclave": self.claims["mrenclave"].hex(),
                          "mrtcb": self.claims["mrtcb"].hex(), "min_level": "embedded"}
                         for u in uuid_texts]})


def uuid_bytes(text):
    return uuids.UUID(text.decode() if isinstance(text, bytes) else text).bytes
