# SPDX-License-Identifier: MulanPSL-2.0
"""The second implementation against the fixed vectors, and both of its ends against each other."""
import hashlib
import os
import struct
import unittest

from cryptography.hazmat.primitives.asymmetric import ec

from rig import HERE, OTHER_UUID, UUID, code_of, handshake, own
from sc2 import client, device, report, wire
from sc2.record import Sender, pair
from sc2.schedule import C2S, POINT, S2C, Schedule, Share, expand, export
from sc2.wire import Sc2Error


def ours(policy, **options):
    return client.Client(report.Policy(policy), UUID, **options)


def vectors():
    """test/vectors/sc2.txt: one dictionary for each suite, and what stands before the first."""
    sections = [{}]
    with open(os.path.join(HERE, "sc2.txt"), encoding="ascii") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            name, value = line.split()
            if name == "suite":
                sections.append({})
            sections[-1][name] = bytes.fromhex(value)
    return sections[0], sections[1:]


class Vectors(unittest.TestCase):
    """Made again from the fixed inputs alone, byte for byte."""

    def made(self, keys, suite, suites):
        session, share_c, share_s = 0x1122334455667788, Share(suite, keys["private_c"]), Share(suite, keys["private_s"])
        hello = wire.Hello(suites, UUID.encode(), hashlib.sha256(b"nonce c").digest(), share_c.public)
        rsp = wire.HelloRsp(suite, session, hashlib.sha256(b"nonce s").digest(), share_s.public)
        rsp.evidence = b"evidence of vector %d" % suite
        s, z = Schedule(hello.encode()), share_c.agree(share_s.public)
        self.assertEqual(z, share_s.agree(share_c.public))
        s.agreed(rsp.head(), z)
        s.attested(rsp.evidence)
        s.finished(b"\0\0")
        rsp.fin_s = s.fin_s
        mine, theirs = Sender(session, C2S, s.secrets[C2S]), Sender(session, S2C, s.secrets[S2C])
        out = {
            "suite": struct.pack(">H", suite), "shared": z, "hello": wire.Message(1, 0, 0, hello.encode()).encode(),
            "hello_rsp": wire.Message(2, session, 0, rsp.encode()).encode(), "user_data": s.user_data,
            "client_auth": s.client_auth, "client_user_data": s.client_user_data,
            "finish": wire.Message(5, session, 0, b"\0\0" + s.fin_c).encode(),
            "finish_rsp": wire.Message(6, session, 0, s.ack).encode(),
            "key_c2s": expand(s.secrets[C2S], b"key", 32) + expand(s.secrets[C2S], b"iv", 12),
            "key_s2c": expand(s.secrets[S2C], b"key", 32) + expand(s.secrets[S2C], b"iv", 12),
            "record_c2s_0": mine.seal(b"first from the client"), "record_c2s_1": mine.seal(bytes(range(100))),
            "record_s2c_0": theirs.seal(b"!"), "destroy": wire.Message(10, session, 0, mine.seal(b"", True)).encode(),
            "export_48": export(s.xs, b"accounts of x1", b"some context", 48)}
        mine.seq -= 1  # DESTROY and the first record of epoch 1 have the same number here
        mine.turn()
        theirs.turn()
        out["record_c2s_epoch1"], out["record_s2c_epoch1"] = mine.seal(b"after the turn"), theirs.seal(b"here, too")
        return out

    def test_vectors_are_made_again_byte_for_byte(self):
        keys, sections = vectors()
        for section, (suite, suites) in zip(sections, ((1, [1, 2]), (2, [2]))):
            made = self.made(keys, suite, suites)
            self.assertEqual(set(made), set(section))
            for name in section:
                self.assertEqual(made[name].hex(), section[name].hex(), "suite %d: %s" % (suite, name))


class Sessions(unittest.TestCase):
    def test_both_ends_agree_in_each_suite(self):
        for suites in ([1, 2], [2, 1], [1], [2]):
            e, _, policy = own()
            c = handshake(ours(policy, suites=suites), e.process)
            self.assertEqual(e.open(c.session_id, c.seal(b"there")), b"there")
            self.assertEqual(c.open(e.seal(c.session_id, b"back")), b"back")
            self.assertEqual(c.export(b"x", b"y", 100), e.export(c.session_id, b"x", b"y", 100))
            self.assertEqual(wire.Message.decode(e.process(c.destroy())).type, wire.DESTROY_RSP)
            self.assertEqual(e.sessions, {})

    def test_a_suite_is_changed_once_when_the_enclave_asks(self):
        e, _, policy = own(suites=(2,))
        c = handshake(ours(policy), e.process)
        self.assertEqual((c.state, c.suites, c.ext), ("open", [2, 1], {wire.RETRIED: b"\x01\0"}))

    def test_a_forged_retry_is_noticed(self):
        e, _, policy = own()
        c = ours(policy)
        c.hello()
        forged = wire.Message(wire.ERROR, 0, wire.RETRY, wire.ext_encode({wire.SUITE: b"\x02\0"})).encode()
        self.assertEqual(code_of(c.receive, e.process(c.receive(forged))), wire.BAD_MAC)

    def test_cookie_opens_when_many_are_half_open_and_only_for_its_hello_and_time(self):
        now = [1000.0]
        e, _, policy = own(cookies_from=0, clock=lambda: now[0])
        self.assertEqual(handshake(ours(policy), e.process).state, "open")
        c = ours(policy)
        again = c.receive(e.process(c.hello()))
        now[0] += 10
        self.assertEqual(wire.Message.decode(e.process(again)).status, wire.RETRY)
        other = ours(policy)
        other.hello()
        other.ext = c.ext
        self.assertEqual(wire.Message.decode(e.process(other._hello_again())).status, wire.RETRY)

    def test_client_key_is_known_and_another_or_none_is_refused(self):
        key, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        point = key.public_key().public_bytes(*POINT)
        e, _, policy = own(client_keys=[point], require_client=True)
        c = handshake(ours(policy, key=key), e.process)
        self.assertEqual(e.sessions[c.session_id].client_key, point)
        for options in ({"key": stranger}, {}):
            with self.assertRaises(Sc2Error) as caught:
                handshake(ours(policy, **options), e.process)
            self.assertEqual(caught.exception.code, wire.REFUSED)

    def test_client_evidence_is_for_its_purpose_and_handshake(self):
        theirs = device.Device()
        judge = lambda evidence, data: code_of(
            report.verify, evidence, report.Policy(theirs.policy(OTHER_UUID)), device.uuid_bytes(OTHER_UUID), data,
            report.CLIENT) is None
        e, _, policy = own(judge=judge)
        make = lambda data, **other: theirs.report(device.uuid_bytes(OTHER_UUID), data, **other)
        c = handshake(ours(policy, evidence=lambda d: make(d, purpose=report.CLIENT)), e.process)
        self.assertIsNotNone(e.sessions[c.session_id].client_evidence)
        for wrong in (lambda d: make(d, purpose=report.CHANNEL), lambda d: make(bytes(64), purpose=report.CLIENT)):
            with self.assertRaises(Sc2Error):
                handshake(ours(policy, evidence=wrong), e.process)

    def test_evidence_that_is_not_what_the_policy_lists_is_refused(self):
        for claims in ({"origin": report.HOST}, {"purpose": report.APP}, {"purpose": report.CLIENT}, {"dbgstat": 0},
                       {"uuid": device.uuid_bytes(OTHER_UUID)}, {"mrenclave": bytes(32)}, {"mrtcb": bytes(32)},
                       {"level": 2}, {"level": 0}, {"protections": 1}, {"user_data": bytes(64)},
                       {"ueid": b"\x01" + bytes(16)}):
            e, _, policy = own(claims=claims)
            c = ours(policy)
            self.assertEqual(code_of(c.receive, e.process(c.hello())), wire.REFUSED, claims)
        self.assertEqual(code_of(report.Report, b"\xd2"), wire.BAD_EVIDENCE)

    def test_third_bad_finish_ends_a_half_open_session(self):
        e, _, policy = own()
        c = ours(policy)
        finish = c.receive(e.process(c.hello()))
        bad = finish[:-1] + bytes([finish[-1] ^ 1])
        self.assertEqual([wire.Message.decode(e.process(m)).status for m in (bad, bad, bad, finish)],
                         [wire.BAD_MAC] * 3 + [wire.BAD_SESSION])


class Records(unittest.TestCase):
    def setUp(self):
        self.now = [0.0]
        secrets = {C2S: b"c" * 32, S2C: b"s" * 32}
        self.mine, _ = pair(1 << 40, secrets, True)
        _, self.theirs = pair(1 << 40, secrets, False, clock=lambda: self.now[0])

    def test_a_record_opens_once_within_the_window_only(self):
        records = [self.mine.seal(b"x") for _ in range(1025)]
        self.assertEqual(self.theirs.open(records[1024]), b"x")
        self.assertEqual(code_of(self.theirs.open, records[0]), wire.BAD_RECORD)
        self.assertEqual(self.theirs.open(records[1]), b"x")
        self.assertEqual(code_of(self.theirs.open, records[1]), wire.BAD_RECORD)

    def test_an_old_epoch_opens_for_30_s_and_old_numbers_only(self):
        early, late = self.mine.seal(b"early"), self.mine.seal(b"late")
        self.mine.turn()
        turned = self.mine.seal(b"turned")
        self.assertEqual(self.theirs.open(turned), b"turned")
        self.assertEqual(self.theirs.open(early), b"early")
        self.now[0] = 30.0
        self.assertEqual(code_of(self.theirs.open, late), wire.BAD_RECORD)

    def test_two_epochs_ahead_or_a_reflected_record_is_refused(self):
        self.mine.turn()
        self.mine.turn()
        self.assertEqual(code_of(self.theirs.open, self.mine.seal(b"x")), wire.BAD_RECORD)
        self.assertEqual(code_of(self.theirs.open, Sender(1 << 40, S2C, b"s" * 32).seal(b"x")), wire.BAD_RECORD)

    def test_each_flipped_bit_is_noticed(self):
        record = self.mine.seal(b"payload")
        for bit in range(8 * len(record)):
            bad = bytearray(record)
            bad[bit // 8] ^= 1 << bit % 8
            self.assertIn(code_of(self.theirs.open, bytes(bad)),
                          (wire.BAD_RECORD, wire.BAD_LENGTH, wire.WRONG_SESSION), bit)
        self.assertEqual(self.theirs.open(record), b"payload")
