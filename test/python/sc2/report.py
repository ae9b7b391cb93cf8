# SPDX-License-Identifier: MulanPSL-2.0
"""Reports of the simulated device: decoding, judging by a policy (docs/protocol.md, Report; docs/policy.md)."""
import datetime
import hmac
import json
import uuid as uuids

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import cbor
from .cert import CERT_SIGN, CRL_SIGN, SIGNATURE, Certificate, from_text
from .wire import BAD_EVIDENCE, REFUSED, Sc2Error

APP, CHANNEL, RA_TLS, LOCAL, CLIENT = 1, 2, 3, 4, 5
TA, HOST = 1, 2
PROFILES = ("tag:secgear,2026:simulated-tee/1", "tag:secgear,2026:simulated-tee/2")
LEVELS = {"embedded": 1, "installed": 2, "system": 3}
PROTECTIONS = {name: bit for bit, name in enumerate(
    "nodump seccomp namespaces landlock secretmem mseal mdwe persistent own_uid rootkey_private "
    "starter_clean rollback tpm".split())}
# key: name, type, and size or largest value
CLAIMS = {
    6: ("iat", int, 2**64 - 1), 10: ("user_data", bytes, 64), 256: ("ueid", bytes, 17),
    263: ("dbgstat", int, 2), 265: ("profile", str, 64), -65537: ("level", int, 3),
    -65538: ("protections", int, (1 << len(PROTECTIONS)) - 1), -65539: ("origin", int, 2),
    -65540: ("purpose", int, 5), -65541: ("uuid", bytes, 16), -65542: ("mrenclave", bytes, 32),
    -65543: ("mrsigner", bytes, 32), -65544: ("mrtcb", bytes, 32), -65545: ("prod_id", int, 65535),
    -65546: ("svn", int, 65535), -65547: ("registers", bytes, 128)}
PROTECTED = bytes.fromhex("a10126")


def to_be_signed(payload):
    return cbor.encode(["Signature1", PROTECTED, b"", payload])


class Report:
    """Attributes: the claims, ak and device (DER), payload, signature."""

    def __init__(self, data):
        try:
            self._decode(data)
        except (ValueError, TypeError, KeyError, AttributeError) as why:
            raise Sc2Error(BAD_EVIDENCE, "report: %s" % why) from why

    def _decode(self, data):
        if len(data) > 2048:
            raise ValueError("too large")
        message = cbor.decode(data)
        protected, unprotected, self.payload, self.signature = message.value
        if message.number != 18 or protected != PROTECTED or list(unprotected) != [33]:
            raise ValueError("no COSE_Sign1 of this form")
        self.ak, self.device = unprotected[33]
        if len(self.signature) != 64 or not all(0 < len(c) <= 768 for c in (self.ak, self.device)):
            raise ValueError("a size")
        claims = cbor.decode(self.payload)
        wanted = set(CLAIMS) if claims.get(265) == PROFILES[1] else set(CLAIMS) - {-65547}
        if set(claims) != wanted or claims[265] not in PROFILES:
            raise ValueError("claims or profile")
        for key, value in claims.items():
            name, kind, most = CLAIMS[key]
            if type(value) is not kind or (len(value) != most if kind is bytes else
                                           kind is int and not 0 <= value <= most):
                raise ValueError(name)
            setattr(self, name, value)
        if self.dbgstat == 1 or self.ueid[0] != 1 or not self.origin or not self.purpose:
            raise ValueError("a value")
        self.device_id, self.debug = self.ueid[1:], self.dbgstat == 0


def refuse(rule, text=""):
    raise Sc2Error(REFUSED, "verify: %s: %s" % (rule, text))


def _check_form(cert, path_length, name):
    """path_length None: an attestation key."""
    if cert.ca != (path_length is not None):
        refuse("ca", name)
    if cert.path_length != path_length:
        refuse("path_length", name)
    if (cert.usage & ~CRL_SIGN if cert.ca else cert.usage) != (CERT_SIGN if cert.ca else SIGNATURE):
        refuse("key_usage", name)
    if (cert.device_id is None) != (path_length == 1):
        refuse("device_id", name)


class Policy:
    def __init__(self, text):
        self.text = text
        self.json = json.loads(text)
        self.roots = [from_text(r) for r in self.json.get("device_roots", [])]

    def entry(self, uuid_bytes):
        for entry in self.json.get("enclaves", []):
            if uuids.UUID(entry["uuid"]).bytes == uuid_bytes:
                return entry
        return refuse("enclaves", "no entry")


def chain_check(report, policy, now):
    """The root that it leads to."""
    try:
        ak, device = Certificate(report.ak), Certificate(report.device)
        root = next((r for r in policy.roots if r.signed(device)), None)
    except (ValueError, IndexError) as why:
        refuse("chain", why)
    if root is None:
        refuse("device_roots", "no root of the policy signed this device")
    for cert, path_length, name in ((ak, None, "attestation key"), (device, 0, "device"), (root, 1, "root")):
        _check_form(cert, path_length, name)
    if not device.signed(ak) or not root.signed(root):
        refuse("chain", "the device did not sign this attestation key")
    if not all(c.first <= now <= c.last for c in (ak, device, root)):
        refuse("dates")
    r, s = (int.from_bytes(report.signature[i:i + 32], "big") for i in (0, 32))
    try:
        ak.key.verify(encode_dss_signature(r, s), to_be_signed(report.payload),
                      ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        refuse("signature")
    if not ak.device_id == device.device_id == report.device_id:
        refuse("device_id")
    return root


def _listed(value, listed):
    return value.hex() in ([x.lower() for x in listed] if isinstance(listed, list) else [listed.lower()])


def _level_check(report, policy, entry, root):
    name = root.subject
    highest = 1 if name.endswith(" (embedded device)") else 2 if name.endswith(" (installed device)") else 3
    weak = policy.json.get("allow_embedded_device_insecure", False)
    level = report.level
    if level > highest or (level < 2 and not weak):
        refuse("min_level", "level %d" % level)
    if level == 0 and not entry.get("allow_debug_enclave_insecure", False):
        refuse("min_level", "level 0")
    if "min_level" not in entry and not weak or max(level, 1) < LEVELS[entry.get("min_level", "embedded")]:
        refuse("min_level", "level %d" % level)


def _identity_check(report, entry):
    if "mrenclave" not in entry and "mrsigner" not in entry:
        refuse("mrenclave", "nothing is listed")
    if "mrenclave" in entry and not _listed(report.mrenclave, entry["mrenclave"]):
        refuse("mrenclave", report.mrenclave.hex())
    if "mrsigner" in entry:
        if not _listed(report.mrsigner, entry["mrsigner"]):
            refuse("mrsigner", report.mrsigner.hex())
        if report.prod_id != entry["prod_id"]:
            refuse("prod_id")
        if report.svn < entry["min_svn"]:
            refuse("min_svn")
    if not entry.get("any_tcb_insecure", False) and not _listed(report.mrtcb, entry.get("mrtcb", [])):
        refuse("mrtcb", report.mrtcb.hex())


def policy_check(report, policy, root, now):
    entry = policy.entry(report.uuid)
    _identity_check(report, entry)
    _level_check(report, policy, entry, root)
    for name in set(entry.get("require_protections", [])) | {"nodump", "seccomp"}:
        if not report.protections >> PROTECTIONS[name] & 1:
            refuse("require_protections", name)
    if report.debug and not entry.get("allow_debug_enclave_insecure", False):
        refuse("debug")
    if "device_ids" in entry and not _listed(report.device_id, entry["device_ids"]):
        refuse("device_ids")
    if _listed(report.device_id, policy.json.get("revoked_device_ids", [])):
        refuse("revoked_device_ids")
    for n in range(4):
        wanted = entry.get("register_%d" % n)
        have = getattr(report, "registers", None)
        if wanted is not None and (have is None or not _listed(have[32 * n:32 * n + 32], wanted)):
            refuse("register_%d" % n)
    age = now.timestamp() - report.iat
    if "max_age_s" in entry and not -300 <= age <= entry["max_age_s"]:
        refuse("max_age_s")


def verify(evidence, policy, uuid_bytes, user_data, purpose=CHANNEL, now=None):
    """The report, after all that docs/protocol.md (Order of checks) asks for; else Sc2Error 91 or 90."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    report = Report(evidence)
    root = chain_check(report, policy, now)
    if report.origin != TA:
        refuse("origin")
    if report.purpose != purpose:
        refuse("purpose")
    if uuid_bytes is not None and report.uuid != uuid_bytes:
        refuse("uuid")
    if not hmac.compare_digest(report.user_data, user_data):
        refuse("user_data")
    policy_check(report, policy, root, now)
    return report

