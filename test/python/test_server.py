# SPDX-License-Identifier: MulanPSL-2.0
"""Clients of the second implementation, and of the Python module, with real servers and real enclaves."""
import os
import threading
import time
import unittest

from cryptography.hazmat.primitives.asymmetric import ec

import rig
from rig import BUSINESS, OTHER_UUID, UUID, bad_requests, code_of, own
from sc2 import client, report, wire
from sc2.schedule import Share


class UnknownShare:
    def __init__(self, suite, private):
        self.real = Share(suite if suite in (1, 2) else 1, private)
        self.public, self.agree = self.real.public, self.real.agree


@unittest.skipUnless(os.path.exists(rig.FORMS), "the samples are not beside this program")
class CServer(unittest.TestCase):
    form = "c"

    @classmethod
    def setUpClass(cls):
        cls.server = rig.Server(cls.form)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.connection = self.server.connect()
        self.addCleanup(self.connection.close)

    def status_of(self, request):
        return wire.Message.decode(self.server.ask(self.connection, request)).status

    def test_each_suite_opens_and_the_enclave_answers(self):
        for suites in ((1, 2), (2, 1), (1,), (2,)):
            ours = self.server.open(self.connection, suites=suites)
            self.assertEqual(self.server.capitals(self.connection, ours, b"suite"), b"SUITE")
            self.assertEqual(ours.report.purpose, report.CHANNEL)

    def test_a_suite_that_the_enclave_lacks_is_changed_once(self):
        ours = self.server.open(self.connection, suites=(0x0101, 2), share=UnknownShare)
        self.assertEqual((ours.suites, ours.ext[wire.RETRIED]), ([2, 0x0101], b"\x01\x01"))
        self.assertEqual(self.server.capitals(self.connection, ours, b"x"), b"X")

    def test_a_client_key_is_taken_and_a_wrong_signature_is_not(self):
        key = ec.generate_private_key(ec.SECP256R1())
        self.assertEqual(self.server.open(self.connection, key=key).state, "open")
        ours = client.Client(report.Policy(self.server.policy), UUID, key=key)
        ours.receive(self.server.ask(self.connection, ours.hello()))
        s = ours.schedule
        s.client_auth = b"x" + s.client_auth[1:]
        f = ours._f(s)
        s.finished(f)
        finish = wire.Message(wire.FINISH, ours.session_id, 0, f + s.fin_c).encode()
        self.assertEqual(self.status_of(finish), wire.BAD_MAC)

    def test_the_enclave_follows_epochs(self):
        ours = self.server.open(self.connection)
        late = ours.seal(b"late")
        for n in range(3):
            ours.sender.turn()
            self.assertEqual(self.server.capitals(self.connection, ours, b"turn"), b"TURN")
            if n == 0:
                self.assertEqual(self.server.record(self.connection, ours, late), b"LATE")
        ours.sender.turn()
        ours.sender.turn()
        self.assertEqual(self.server.capitals(self.connection, ours, b"two ahead"), b"")

    def test_a_record_opens_once_within_the_window_only(self):
        ours = self.server.open(self.connection)
        records = [ours.seal(b"x") for _ in range(1025)]
        answers = [self.server.record(self.connection, ours, records[n]) for n in (1024, 0, 1, 1, 1024)]
        self.assertEqual(answers, [b"X", b"", b"X", b"", b""])

    def test_only_an_authentic_destroy_ends_a_session(self):
        ours = self.server.open(self.connection)
        for body, status in ((b"", wire.BAD_LENGTH), (ours.seal(b"x"), None), (bytes(40), None)):
            forged = wire.Message(wire.DESTROY, ours.session_id, 0, body).encode()
            self.assertIn(self.status_of(forged), (status,) if status else (wire.BAD_RECORD, wire.BAD_LENGTH,
                                                                          wire.WRONG_SESSION))
        self.assertEqual(self.server.capitals(self.connection, ours, b"alive"), b"ALIVE")
        destroy = ours.destroy()
        self.assertEqual(wire.Message.decode(self.server.ask(self.connection, destroy)).type, wire.DESTROY_RSP)
        self.assertEqual(self.status_of(destroy), wire.BAD_SESSION)
        self.assertEqual(self.server.capitals(self.connection, ours, b"gone"), b"")

    def test_third_bad_finish_ends_a_half_open_session(self):
        ours = client.Client(report.Policy(self.server.policy), UUID)
        finish = ours.receive(self.server.ask(self.connection, ours.hello()))
        bad = finish[:-1] + bytes([finish[-1] ^ 1])
        self.assertEqual([self.status_of(m) for m in (bad, bad, bad, finish)], [wire.BAD_MAC] * 3 + [wire.BAD_SESSION])

    def test_wrong_uuid_and_a_policy_of_another_device_are_refused(self):
        self.assertEqual(self.status_of(rig.hello_of(OTHER_UUID)), wire.REFUSED)
        other = client.Client(report.Policy(own()[2]), UUID)
        self.assertEqual(code_of(other.receive, self.server.ask(self.connection, other.hello())), wire.REFUSED)

    def test_bad_requests_get_the_answer_that_the_second_implementation_gives(self):
        ours, _, _ = own()
        for name, request in bad_requests():
            if len(request) > rig.wire.MESSAGE_MAX + 4000:
                continue
            theirs = wire.Message.decode(self.server.ask(self.connection, request))
            mine = wire.Message.decode(ours.process(request))
            self.assertEqual((name, theirs.type, theirs.status), (name, mine.type, mine.status))


@unittest.skipUnless(os.path.exists(rig.FORMS), "the samples are not beside this program")
class Flood(unittest.TestCase):
    def fill(self, server):
        """Entries are half-open for 10 s: they are asked for at once, so that a slow machine gets there, too."""
        begun = time.monotonic()
        for _ in range(3):
            with server.connect() as many:
                many.sendall(b"".join(rig.framed(rig.hello_of()) for _ in range(300)))
                answers = [wire.Message.decode(rig.receive(many)[2]) for _ in range(300)]
            seen = {(a.type, a.status) for a in answers}
            self.assertLessEqual(seen, {(wire.HELLO_RSP, 0), (wire.ERROR, wire.RETRY)})
            if (wire.ERROR, wire.RETRY) in seen:
                return
        if time.monotonic() - begun > 10:
            self.skipTest("this machine does not answer 256 HELLOs within 10 s")
        self.fail("900 HELLOs and no cookie")

    def test_a_cookie_is_asked_for_when_many_are_half_open(self):
        server = rig.Server("c")
        self.addCleanup(server.close)
        connection = server.connect()
        self.addCleanup(connection.close)
        self.fill(server)
        ours = server.open(connection)
        self.assertIn("cookie", ours.retried)
        self.assertEqual(server.capitals(connection, ours, b"x"), b"X")


class PythonServer(CServer):
    """The same with the server that uses the module sec_chl_server."""

    form = "python"

    def test_eight_clients_at_once(self):
        import sec_chl_client as library
        said, lock = [], threading.Lock()

        def one(n):
            with self.server.connect() as connection:
                def hook(channel, data, count):
                    answer = self.server.ask(connection, library.ffi.buffer(data, count))
                    return library.sec_chl_msg_recv_handle(channel, answer)

                channel = library.sec_chl_open(hook, UUID, policy=self.server.policy)
                answer = library.sec_chl_error_detail()
                if channel is not None:
                    record = library.sec_chl_encrypt(channel, b"client %d" % n)
                    answer = library.sec_chl_decrypt(channel, self.server.ask(
                        connection, record, library.sec_chl_session_id(channel), BUSINESS))
                    library.sec_chl_close(channel)
            with lock:
                said.append(answer)

        threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(said), [b"CLIENT %d" % n for n in range(8)])


@unittest.skipUnless(os.path.exists(rig.FORMS), "the samples are not beside this program")
class Module(unittest.TestCase):
    """sec_chl_server in this process."""

    def test_service_opens_once_answers_and_ends(self):
        import sec_chl_server as host
        sent = []

        @host.ffi.callback("int(void *conn, unsigned char *buf, size_t count)")
        def hook(_, data, count):
            sent.append(host.ffi.buffer(data, count))

        self.assertNotEqual(host.sec_chl_msg_recv_handle(b"x"), 0)
        self.assertNotEqual(host.sec_chl_open(hook, os.path.join(rig.FORMS, "run.sh")), 0)
        self.assertNotEqual(host.sec_chl_error_detail(), "")
        image = os.path.join(rig.FORMS, "enclave.signed.so").encode()
        self.assertEqual(host.sec_chl_open(hook, image), 0, host.sec_chl_error_detail())
        self.addCleanup(host.sec_chl_close)
        self.assertNotEqual(host.sec_chl_open(hook, image), 0)
        host.sec_chl_msg_recv_handle(rig.hello_of())
        self.assertEqual(wire.Message.decode(sent[0]).type, wire.HELLO_RSP)
        host.sec_chl_msg_recv_handle(b"garbage")
        self.assertEqual([wire.Message.decode(m).type for m in sent], [wire.HELLO_RSP, wire.ERROR])
        ret, refused = host.sec_chl_recv_client_data_ex(1 << 40, b"no record of a session")
        self.assertTrue(ret == 0 and refused != 0)
        self.assertEqual(host.sec_chl_get_client_data_handle_result_ex(1 << 40, 1024)[2], b"")
        host.sec_chl_close()
        self.assertNotEqual(host.sec_chl_msg_recv_handle(rig.hello_of()), 0)
