# SPDX-License-Identifier: MulanPSL-2.0
"""Records and epochs of SC2 (docs/protocol.md, Records)."""
import struct
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .schedule import C2S, S2C, expand
from .wire import BAD_LENGTH, BAD_RECORD, NOT_READY, WRONG_SESSION, Sc2Error

S2C_FLAG, CLOSE_FLAG, WINDOW, GRACE_S = 1, 2, 1024, 30


class Epoch:
    def __init__(self, number, secret):
        self.number, self.secret = number, secret
        self.aead = AESGCM(expand(secret, b"key", 32))
        self.iv = expand(secret, b"iv", 12)

    def next(self):
        return Epoch(self.number + 1, expand(self.secret, b"upd", 32))

    def nonce(self, seq):
        return bytes(a ^ b for a, b in zip(self.iv, bytes(4) + struct.pack(">Q", seq)))


class Sender:
    """One direction of one end. The limits are those of the document unless lowered."""

    def __init__(self, session_id, direction, secret, records=2**24, size=2**36, seconds=3600,
                 clock=time.monotonic):
        self.session_id, self.flag = session_id, S2C_FLAG if direction == S2C else 0
        self.epoch, self.seq, self.clock = Epoch(0, secret), 0, clock
        self.limits = records, size, seconds
        self.turned = self.count = self.bytes = 0
        self._begin()

    def _begin(self):
        self.count, self.bytes, self.turned = 0, 0, self.clock()

    def turn(self):
        if self.epoch.number == 65535:
            raise Sc2Error(NOT_READY, "the last epoch is over")
        self.epoch = self.epoch.next()
        self._begin()

    def seal(self, plain, close=False):
        if bool(plain) == close or len(plain) > 2**30:
            raise ValueError("size")
        records, size, seconds = self.limits
        if (self.count >= records or self.bytes + len(plain) > size
                or self.clock() - self.turned >= seconds):
            self.turn()
        head = struct.pack("<QIHBB", self.session_id, len(plain), self.epoch.number, 2,
                           self.flag | (CLOSE_FLAG if close else 0))
        sealed = self.epoch.aead.encrypt(self.epoch.nonce(self.seq), bytes(plain), head)
        record = head + struct.pack("<Q", self.seq) + sealed
        self.seq += 1
        self.count += 1
        self.bytes += len(plain)
        return record


class Receiver:
    def __init__(self, session_id, direction, secret, clock=time.monotonic):
        self.session_id, self.flag = session_id, S2C_FLAG if direction == S2C else 0
        self.now, self.old, self.clock = Epoch(0, secret), None, clock
        self.seen, self.highest, self.first, self.turned = set(), -1, 0, 0.0

    def _epoch(self, number, seq):
        """The epoch to open with, and whether it would be a turn."""
        if number == self.now.number:
            return self.now, False
        if number == self.now.number + 1 and seq > self.highest:
            return self.now.next(), True
        if (number == self.now.number - 1 and self.old is not None and seq < self.first
                and self.clock() - self.turned < GRACE_S):
            return self.old, False
        raise Sc2Error(BAD_RECORD, "epoch %d" % number)

    def open(self, record, close=False):
        if len(record) < 40:
            raise Sc2Error(BAD_LENGTH, "%d bytes are no record" % len(record))
        session, size, number, version, flags = struct.unpack("<QIHBB", record[:16])
        seq = struct.unpack("<Q", record[16:24])[0]
        if len(record) != 40 + size or size > 2**30 or (size == 0) != close:
            raise Sc2Error(BAD_LENGTH, "size")
        if session != self.session_id:
            raise Sc2Error(WRONG_SESSION, "session")
        if version != 2 or flags != self.flag | (CLOSE_FLAG if close else 0):
            raise Sc2Error(BAD_RECORD, "version, direction or kind")
        if seq in self.seen or seq + WINDOW <= self.highest:
            raise Sc2Error(BAD_RECORD, "seen, or too old")
        epoch, turns = self._epoch(number, seq)
        try:
            plain = epoch.aead.decrypt(epoch.nonce(seq), record[24:], record[:16])
        except InvalidTag as why:
            raise Sc2Error(BAD_RECORD, "tag") from why
        if turns:
            self.old, self.now, self.first, self.turned = self.now, epoch, seq, self.clock()
        self.highest = max(self.highest, seq)
        self.seen = {s for s in self.seen if s + WINDOW > self.highest} | {seq}
        return plain


def pair(session_id, secrets, client, **limits):
    """Sender and receiver of one end."""
    mine, theirs = (C2S, S2C) if client else (S2C, C2S)
    clock = {"clock": limits["clock"]} if "clock" in limits else {}
    return (Sender(session_id, mine, secrets[mine], **limits),
            Receiver(session_id, theirs, secrets[theirs], **clock))
