# SPDX-License-Identifier: MulanPSL-2.0
"""libcsecure_channel, through its Python module, with an enclave of the second implementation at the other end."""
import struct
import unittest

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rig import OTHER_UUID, UUID, code_of, own
from sc2 import device, report, wire

import sec_chl_client as library


class Wire:
    """A connection in memory; change(n, answer) may give another answer to the n-th request."""

    def __init__(self, ours, change=None):
        self.ours, self.change, self.requests, self.results = ours, change, [], []

    def __call__(self, channel, data, count):
        request = library.ffi.buffer(data, count)
        self.requests.append(wire.Message.decode(request))
        answer = self.ours.process(request)
        if self.change:
            answer = self.change(len(self.requests), answer)
        self.results.append(library.sec_chl_msg_recv_handle(channel, answer))
        return 0


def pem_of(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Library(unittest.TestCase):
    def open(self, ours, policy, change=None, uuid=UUID, **options):
        self.wire = Wire(ours, change)
        return library.sec_chl_open(self.wire, uuid, policy=policy, **options)

    def opened(self, **options):
        ours, dev, policy = own(**options.pop("enclave", {}))
        channel = self.open(ours, policy, **options)
        self.assertIsNotNone(channel, library.sec_chl_error_detail())
        self.addCleanup(library.sec_chl_close, channel)
        return channel, ours, dev

    def refused(self, text, ours, policy, **options):
        self.assertIsNone(self.open(ours, policy, **options))
        self.assertIn(text, library.sec_chl_error_detail())
        self.assertEqual(ours.sessions, {})

    def test_each_suite_opens_and_carries_records_both_ways(self):
        for suites in ((1,), (2,), (1, 2), (2, 1)):
            channel, ours, dev = self.opened(suites=suites)
            sid = library.sec_chl_session_id(channel)
            hello = wire.Hello.decode(self.wire.requests[0].body)
            self.assertEqual((hello.suites, hello.encode()), (list(suites), self.wire.requests[0].body))
            for size in (1, 63, 64, 65, 16384):
                self.assertEqual(ours.open(sid, library.sec_chl_encrypt(channel, b"u" * size)), b"u" * size)
                self.assertEqual(library.sec_chl_decrypt(channel, ours.seal(sid, b"d" * size)), b"d" * size)
            self.assertEqual(library.sec_chl_attested(channel)["device_id"], dev.device_id)

    def test_keys_of_the_exporter_are_the_same(self):
        channel, ours, _ = self.opened()
        sid = library.sec_chl_session_id(channel)
        for label, size in (("a", 1), ("b" * 64, 32), ("c", 8160)):
            self.assertEqual(library.sec_chl_export(channel, label, b"ctx", size),
                             ours.export(sid, label.encode(), b"ctx", size))
        self.assertIsNone(library.sec_chl_export(channel, "d" * 65, b"", 32))

    def test_close_sends_an_authentic_destroy(self):
        channel, ours, _ = self.opened()
        self.assertEqual(len(ours.sessions), 1)
        library.sec_chl_close(channel)
        self.assertEqual((self.wire.requests[-1].type, ours.sessions), (wire.DESTROY, {}))

    def test_a_suite_that_the_enclave_lacks_is_changed_once(self):
        channel, ours, _ = self.opened(enclave={"suites": (2,)})
        hello = wire.Hello.decode(self.wire.requests[1].body)
        self.assertEqual((hello.suites, hello.ext), ([2, 1], {wire.RETRIED: b"\x01\0"}))
        self.assertTrue(library.sec_chl_encrypt(channel, b"x"))

    def test_a_forged_retry_ends_the_handshake(self):
        ours, _, policy = own()
        forged = wire.Message(wire.ERROR, 0, wire.RETRY, wire.ext_encode({wire.SUITE: b"\x02\0"})).encode()
        self.refused("", ours, policy, change=lambda n, answer: forged if n == 1 else answer)
        self.assertEqual(wire.Hello.decode(self.wire.requests[1].body).ext, {wire.RETRIED: b"\x01\0"})

    def test_a_cookie_is_sent_back(self):
        self.opened(enclave={"cookies_from": 0})
        first, second = (wire.Hello.decode(r.body) for r in self.wire.requests[:2])
        self.assertEqual((first.base(), list(second.ext)), (second.base(), [wire.COOKIE]))

    def test_a_client_key_is_known_and_a_stranger_refused(self):
        key, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        point = library.sec_chl_key_public(pem_of(key))
        _, ours, _ = self.opened(enclave={"client_keys": [point], "require_client": True}, key=pem_of(key))
        self.assertEqual([s.client_key for s in ours.sessions.values()], [point])
        for options in ({"key": pem_of(stranger)}, {}):
            ours, _, policy = own(client_keys=[point], require_client=True)
            self.refused("", ours, policy, **options)

    def test_a_client_that_is_an_enclave_shows_its_report(self):
        theirs = device.Device()
        judge = lambda evidence, data: code_of(
            report.verify, evidence, report.Policy(theirs.policy(OTHER_UUID)), None, data, report.CLIENT) is None
        _, ours, _ = self.opened(
            enclave={"judge": judge, "require_client": True},
            evidence=lambda data: theirs.report(device.uuid_bytes(OTHER_UUID), data, purpose=report.CLIENT))
        self.assertIsNotNone(next(iter(ours.sessions.values())).client_evidence)

    def test_the_library_turns_epochs_and_follows_them(self):
        channel, ours, _ = self.opened(rekey_records=1024)
        sid = library.sec_chl_session_id(channel)
        epochs = set()
        for n in range(2100):
            record = library.sec_chl_encrypt(channel, b"%d" % n)
            epochs.add(struct.unpack("<H", record[12:14])[0])
            self.assertEqual(ours.open(sid, record), b"%d" % n)
        self.assertEqual(epochs, {0, 1, 2})
        before = ours.seal(sid, b"before the turn")
        for n in range(3):
            ours.sessions[sid].sender.turn()
            self.assertEqual(library.sec_chl_decrypt(channel, ours.seal(sid, b"%d" % n)), b"%d" % n)
        self.assertEqual(library.sec_chl_decrypt(channel, before), b"")
        ours.sessions[sid].sender.turn()
        ours.sessions[sid].sender.turn()
        self.assertEqual(library.sec_chl_decrypt(channel, ours.seal(sid, b"two ahead")), b"")

    def test_an_old_epoch_opens_late_records_of_its_own_numbers(self):
        channel, ours, _ = self.opened()
        sid = library.sec_chl_session_id(channel)
        late = ours.seal(sid, b"late")
        ours.sessions[sid].sender.turn()
        self.assertEqual(library.sec_chl_decrypt(channel, ours.seal(sid, b"turned")), b"turned")
        self.assertEqual(library.sec_chl_decrypt(channel, late), b"late")
        self.assertEqual(library.sec_chl_decrypt(channel, late), b"")

    def test_the_window_has_the_same_edge_at_both_ends(self):
        channel, ours, _ = self.opened()
        sid = library.sec_chl_session_id(channel)
        down = [ours.seal(sid, b"x") for _ in range(1025)]
        up = [library.sec_chl_encrypt(channel, b"x") for _ in range(1025)]
        self.assertEqual(library.sec_chl_decrypt(channel, down[1024]), b"x")
        self.assertEqual([library.sec_chl_decrypt(channel, r) for r in down[:2]], [b"", b"x"])
        self.assertEqual(ours.open(sid, up[1024]), b"x")
        self.assertEqual([code_of(ours.open, sid, r) for r in up[:2]], [wire.BAD_RECORD, None])

    def test_evidence_that_is_not_what_the_policy_lists_is_refused(self):
        for claims, rule in (({"origin": report.HOST}, "origin"), ({"purpose": report.APP}, "purpose"),
                             ({"purpose": report.CLIENT}, "purpose"), ({"dbgstat": 0}, "debug"),
                             ({"uuid": device.uuid_bytes(OTHER_UUID)}, "uuid"), ({"mrenclave": bytes(32)}, "mrenclave"),
                             ({"mrtcb": bytes(32)}, "mrtcb"), ({"level": 2}, "min_level"),
                             ({"protections": 1}, "require_protections"), ({"user_data": bytes(64)}, "user_data"),
                             ({"ueid": b"\x01" + bytes(16)}, "device_id")):
            ours, _, policy = own(claims=claims)
            self.refused(rule, ours, policy)
        ours, _, _ = own()
        self.refused("device_roots", ours, device.Device().policy(UUID))

    def test_any_changed_byte_of_an_answer_ends_the_handshake(self):
        ours, _, policy = own()
        sizes = []
        for step in (1, 2):
            at = 0
            while not sizes or step > len(sizes) or at < sizes[step - 1]:
                def change(n, answer, at=at):
                    if n <= 2 and len(sizes) < n:
                        sizes.append(len(answer))
                    if n != step:
                        return answer
                    return answer[:at] + bytes([answer[at] ^ 0x40]) + answer[at + 1:]

                channel = self.open(ours, policy, change=change)
                if 16 <= at < 20:  # the header's status, which nobody authenticates
                    self.assertIsNotNone(channel)
                    library.sec_chl_close(channel)
                else:
                    self.assertIsNone(channel, "step %d byte %d" % (step, at))
                at += 13 if step == 1 and at > 64 else 1

    def test_nothing_is_said_to_an_enclave_that_the_caller_refuses(self):
        seen = []
        ours, dev, policy = own()
        self.refused("", ours, policy, attested=lambda a: seen.append(a["device_id"]))
        self.assertEqual(seen, [dev.device_id])
        self.assertNotIn(wire.FINISH, [r.type for r in self.wire.requests])

    def test_module_refuses_what_makes_no_sense(self):
        channel, ours, _ = self.opened()
        sid = library.sec_chl_session_id(channel)
        self.assertEqual(library.sec_chl_decrypt(channel, b"no record"), b"")
        self.assertEqual(library.sec_chl_encrypt(channel, b""), 0)
        self.assertTrue(library.sec_chl_encrypt(channel, bytearray(b"x")))
        library.sec_chl_close(channel)
        library.sec_chl_close(channel)
        self.assertEqual(library.sec_chl_encrypt(channel, b"x"), 0)
        self.assertNotEqual(library.sec_chl_msg_recv_handle(channel, b"x"), 0)
        self.assertEqual(library.sec_chl_msg_recv_handle(12345, b"x"), 0xFFFF0006)
        self.assertIsNone(library.sec_chl_attested(channel))
        self.assertNotIn(sid, ours.sessions)
        with self.assertRaises(ValueError):
            library.sec_chl_open(self.wire, UUID, key=b"no key")

    def test_a_hook_that_raises_is_a_failed_send(self):
        import sys
        hook, sys.excepthook = sys.excepthook, lambda *_: None
        self.addCleanup(setattr, sys, "excepthook", hook)
        _, _, policy = own()
        self.assertIsNone(library.sec_chl_open(lambda *_: 1 // 0, UUID, policy=policy))
