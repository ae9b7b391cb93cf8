#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Sealed data of each version of its format, computed from docs/protocol.md without this SDK.

What stands in seal.txt stays for ever: later releases must open it. A new version adds lines.
Usage: python3 test/vectors/seal.py > test/vectors/seal.txt
"""
import struct
from sc2 import expand, gcm_seal, mac, sha256, show

ROOT = sha256(b"root secret of the vectors")
DEVICE_ID = sha256(b"device id")[:16]
MEASUREMENTS = {1: sha256(b"mrenclave"), 2: sha256(b"mrsigner")}


def version_1(name, policy, debug, svn, plain, text):
    measurement, prod_id, tcb_svn = MEASUREMENTS[policy], 7, 1
    sealing = expand(mac(b"secgear-sim-v1", ROOT), b"sealing", 32)
    origin = b"SEAL-1" + struct.pack("<BB32sHHH", policy, debug, measurement, prod_id, svn, tcb_svn)
    base = expand(sealing, origin, 32)
    salt, nonce = sha256(b"salt " + name), sha256(b"nonce " + name)[:12]
    key = expand(base, b"SEALED-1" + salt, 32)
    total = 140 + len(text) + len(plain)
    head = struct.pack("<I8sHBBHHHHII16s32s32s12s", total, b"SGSEALED", 1, policy, debug, prod_id,
                       svn, tcb_svn, 0, len(text), len(plain), DEVICE_ID, measurement, salt,
                       nonce) + text
    cipher, tag = gcm_seal(key, nonce, head, plain)
    show(name.decode() + "_key", base)
    show(name.decode() + "_plain", plain)
    show(name.decode() + "_text", text)
    show(name.decode() + "_sealed", head + tag + cipher)


print("# sealed data of each version, written by test/vectors/seal.py (Python 3, no other library)")
show("root", ROOT)
show("device_id", DEVICE_ID)
show("mrenclave", MEASUREMENTS[1])
show("mrsigner", MEASUREMENTS[2])
version_1(b"v1_signer", 2, 0, 3, b"sealed by version 1 for its signer", b"with a text in clear")
version_1(b"v1_enclave", 1, 0, 3, bytes(range(100)), b"")
version_1(b"v1_older", 2, 0, 1, b"sealed by an older release", b"x" * 300)
