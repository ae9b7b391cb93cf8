#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Known answers for SC2, computed from docs/protocol.md with hashlib and hmac alone.

X25519 is the ladder of RFC 7748, 5; P-256 is affine arithmetic on the curve of FIPS 186-5; AES-256
and GHASH are written out from FIPS 197 and SP 800-38D. Slow and not constant time: tests only.
Usage: python3 test/vectors/sc2.py > test/vectors/sc2.txt
"""
import hashlib
import hmac
import struct


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(prk, info, size):
    out, block, n = b"", b"", 1
    while len(out) < size:
        block = mac(prk, block + info + bytes([n]))
        out, n = out + block, n + 1
    return out[:size]


def sized(data):
    return struct.pack("<I", len(data)) + data


# --- X25519 -------------------------------------------------------------------------------------
P25519 = 2**255 - 19


def x25519(scalar, u):
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = (k[31] & 127) | 64
    k = int.from_bytes(k, "little")
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = (k >> t) & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P25519, x1 * (da - cb) ** 2 % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P25519 - 2, P25519) % P25519).to_bytes(32, "little")


# --- P-256 --------------------------------------------------------------------------------------
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    total = None
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def encode(point):
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


# --- AES-256-GCM --------------------------------------------------------------------------------
def xtime(a):
    return (a << 1) ^ (0x11B if a & 0x80 else 0)


def gmul(a, b):
    total = 0
    while b:
        if b & 1:
            total ^= a
        a, b = xtime(a), b >> 1
    return total


def make_sbox():
    box = []
    for value in range(256):
        inverse = next((x for x in range(256) if gmul(value, x) == 1), 0)
        total = 0x63
        for shift in range(5):
            total ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xFF
        box.append(total)
    return box


SBOX = make_sbox()


def key_words(key):
    words = [list(key[i:i + 4]) for i in range(0, 32, 4)]
    rcon = 1
    for i in range(8, 60):
        t = list(words[-1])
        if i % 8 == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = xtime(rcon)
        elif i % 8 == 4:
            t = [SBOX[b] for b in t]
        words.append([a ^ b for a, b in zip(words[-8], t)])
    return words


def aes(words, block):
    def add_key(state, n):
        flat = sum(words[4 * n:4 * n + 4], [])
        return [a ^ b for a, b in zip(state, flat)]

    state = add_key(list(block), 0)
    for n in range(1, 15):
        state = [SBOX[b] for b in state]
        state = [state[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if n < 14:
            mixed = []
            for c in range(0, 16, 4):
                col = state[c:c + 4]
                mixed += [gmul(col[i], 2) ^ gmul(col[(i + 1) % 4], 3) ^ col[(i + 2) % 4]
                          ^ col[(i + 3) % 4] for i in range(4)]
            state = mixed
        state = add_key(state, n)
    return bytes(state)


def ghash_multiply(x, y):
    z = 0
    for i in range(128):
        if (x >> (127 - i)) & 1:
            z ^= y
        y = (y >> 1) ^ (0xE1 << 120 if y & 1 else 0)
    return z


def gcm_seal(key, nonce, aad, plain):
    words = key_words(key)
    h = int.from_bytes(aes(words, bytes(16)), "big")
    cipher = b""
    for i in range(0, len(plain), 16):
        pad = aes(words, nonce + struct.pack(">I", i // 16 + 2))
        cipher += bytes(a ^ b for a, b in zip(plain[i:i + 16], pad))
    y = 0
    for part in (aad, cipher):
        part += bytes(-len(part) % 16)
        for i in range(0, len(part), 16):
            y = ghash_multiply(y ^ int.from_bytes(part[i:i + 16], "big"), h)
    y = ghash_multiply(y ^ (len(aad) * 8 << 64 | len(cipher) * 8), h)
    tag = int.from_bytes(aes(words, nonce + b"\0\0\0\1"), "big") ^ y
    return cipher, tag.to_bytes(16, "big")


# --- SC2 ----------------------------------------------------------------------------------------
def show(name, data):
    print(f"{name} {data.hex()}")


def header(kind, session, body, status=0):
    return struct.pack("<IIQIHHII", kind, 0, session, status, 2, 32, len(body), 0) + body


def record(key, iv, session, flags, seq, plain, epoch=0):
    head = struct.pack("<QIHBBQ", session, len(plain), epoch, 2, flags, seq)
    nonce = bytes(a ^ b for a, b in zip(iv, bytes(4) + struct.pack(">Q", seq)))
    cipher, tag = gcm_seal(key, nonce, head[:16], plain)
    return head + cipher + tag


def handshake(suite, suites, share_c, share_s, shared):
    session = 0x1122334455667788
    uuid = b"f68fd704-6eb1-4d14-b218-722850eb3ef0"
    hello = (struct.pack("<H", len(suites)) + b"".join(struct.pack("<H", s) for s in suites) + uuid
             + sha256(b"nonce c") + struct.pack("<H", len(share_c)) + share_c + b"\0\0")
    head = (struct.pack("<HQ", suite, session) + sha256(b"nonce s")
            + struct.pack("<H", len(share_s)) + share_s + b"\0\0")
    evidence = b"evidence of vector %d" % suite
    finish = b"\0\0"

    th0 = sha256(b"secgear-sc/2" + sized(hello))
    th1 = sha256(th0 + sized(head))
    hs = mac(th1, shared)
    binder = expand(hs, b"sc2 binder" + th1, 32)
    user_data = hashlib.sha512(b"secgear-sc/2 evidence" + th1 + binder).digest()
    th2 = sha256(th1 + sized(evidence))
    client_user_data = hashlib.sha512(b"secgear-sc/2 client" + th2 + binder).digest()
    client_auth = b"secgear-sc/2 client-auth\0" + th2
    fin_s = mac(expand(hs, b"sc2 fin s" + th2, 32), th2)
    th3 = sha256(th2 + fin_s + sized(finish))
    fin_c = mac(expand(hs, b"sc2 fin c" + th3, 32), th3)
    ack = mac(expand(hs, b"sc2 ack" + th3, 32), fin_c)
    master = expand(hs, b"sc2 master" + th3, 32)

    print(f"suite {suite:04x}")
    show("shared", shared)
    show("hello", header(1, 0, hello))
    show("hello_rsp", header(2, session, head + sized(evidence) + fin_s))
    show("user_data", user_data)
    show("client_auth", client_auth)
    show("client_user_data", client_user_data)
    show("finish", header(5, session, finish + fin_c))
    show("finish_rsp", header(6, session, ack))
    keys = []
    later = []
    for label in (b"sc2 c2s", b"sc2 s2c"):
        direction = expand(master, label, 32)
        update = expand(direction, b"upd", 32)
        later.append((expand(update, b"key", 32), expand(update, b"iv", 12)))
        keys.append((expand(direction, b"key", 32), expand(direction, b"iv", 12)))
    show("key_c2s", keys[0][0] + keys[0][1])
    show("key_s2c", keys[1][0] + keys[1][1])
    show("record_c2s_0", record(*keys[0], session, 0, 0, b"first from the client"))
    show("record_c2s_1", record(*keys[0], session, 0, 1, bytes(range(100))))
    show("record_s2c_0", record(*keys[1], session, 1, 0, b"!"))
    show("record_c2s_epoch1", record(*later[0], session, 0, 2, b"after the turn", 1))
    show("record_s2c_epoch1", record(*later[1], session, 1, 1, b"here, too", 1))
    exporter = expand(master, b"sc2 exp", 32)
    show("export_48", expand(exporter, b"\x0eaccounts of x1" + sha256(b"some context"), 48))
    show("destroy", header(10, session, record(*keys[0], session, 2, 2, b"")))


def main():
    # Self-checks: RFC 7748, 5.2 (one iteration); test case 14 of the GCM specification.
    a = sha256(b"ephemeral c")
    b = sha256(b"ephemeral s")
    base = (9).to_bytes(32, "little")
    assert x25519(base, base).hex() == (
        "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
    assert x25519(a, x25519(b, base)) == x25519(b, x25519(a, base))
    assert gcm_seal(bytes(32), bytes(12), b"", bytes(16)) == (
        bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18"),
        bytes.fromhex("d0d1c8a799996bf0265b98b5d48ab919"))
    n = int.from_bytes(a, "big"), int.from_bytes(b, "big")

    print("# SC2 known answers, written by test/vectors/sc2.py (Python 3, no other library)")
    show("private_c", a)
    show("private_s", b)
    handshake(1, [1, 2], x25519(a, base), x25519(b, base), x25519(a, x25519(b, base)))
    share = [multiply(k, G) for k in n]
    assert multiply(n[0], share[1]) == multiply(n[1], share[0])
    handshake(2, [2], encode(share[0]), encode(share[1]),
              multiply(n[0], share[1])[0].to_bytes(32, "big"))


if __name__ == "__main__":
    main()
