# SPDX-License-Identifier: MulanPSL-2.0
"""What the tests share: an enclave of our own behind the C client library, programs of the samples, messages
that are not what they should be."""
import os
import socket
import struct
import subprocess
import sys
import tempfile

from sc2 import client, device, enclave, report, wire

HERE = os.path.dirname(os.path.abspath(__file__))
FORMS = os.path.join(HERE, "..", "samples", "secure_channel_forms", "out")
SECGEAR = os.path.join(HERE, "..", "server", "secgear")
MODULES = os.environ.get("SECGEAR_PYTHON", os.path.join(HERE, "..", "..", "stage", "share", "secgear", "python"))
UUID = "f68fd704-6eb1-4d14-b218-722850eb3ef0"
OTHER_UUID = "00000000-6eb1-4d14-b218-722850eb3ef0"
BUSINESS, CHANNEL = 11, 55
sys.path.insert(0, MODULES)


def own(**options):
    """An enclave of ours, its device, and the policy that lists it."""
    dev = device.Device()
    claims = options.pop("claims", {})

    def attest(user_data):
        made = dict({"user_data": user_data}, **claims)
        return dev.report(made.pop("uuid", device.uuid_bytes(UUID)), **made)

    options.setdefault("opaque_evidence", bool(claims))
    return enclave.Enclave(UUID, options.pop("attest", attest), **options), dev, dev.policy(UUID, OTHER_UUID)


def handshake(ours, theirs):
    """Carries a client of ours to an open channel: theirs(request) gives the answer."""
    request = ours.hello()
    while request is not None:
        request = ours.receive(theirs(request))
    return ours


def code_of(call, *arguments):
    """The code with which it is refused, or None."""
    try:
        call(*arguments)
    except wire.Sc2Error as why:
        return why.code
    return None


def hello_of(uuid=UUID, suites=(1, 2)):
    """A HELLO that is right, as bytes."""
    return client.Client(None, uuid, suites).hello()


def bad_requests():
    """(name, bytes) of requests to an enclave that holds no session: each has one right answer."""
    hello = hello_of()
    body = hello[32:]
    session = 0x1122334455667788
    put = lambda at, data: hello[:at] + data + hello[at + len(data):]
    for size in list(range(1, 40)) + list(range(40, len(hello), 7)):
        yield "cut at %d" % size, hello[:size]
    for name, at, data in (
            ("another version", 20, b"\x03\0"), ("hdr_len", 22, b"\x21\0"), ("flags", 4, b"\x01"), ("zero", 28, b"\x01"),
            ("type 0", 0, b"\0"), ("type 3", 0, b"\x03"), ("HELLO_RSP", 0, b"\x02"), ("FINISH_RSP", 0, b"\x06"),
            ("ERROR", 0, b"\x07"), ("DESTROY_RSP", 0, b"\x0c"), ("body above its limit", 24, struct.pack("<I", 10001)),
            ("session id", 8, struct.pack("<Q", session)), ("no suites", 32, b"\0\0"), ("nine suites", 32, b"\x09\0"),
            ("a suite twice", 36, b"\x01\0"), ("another uuid", 38, b"0" * 8), ("no uuid", 38, b"zzzz"),
            ("a status", 16, b"\x4b"), ("a share of the other suite's size", 34, b"\x02\0\x01\0")):
        yield name, put(at, data)
    for ext in (b"\x01\0", b"\x01\0\0", b"\x04\0\x01\0\0\0", b"\x05\0\x01\0\x01\0x", b"\x06\0\x02\x80\x02\0\x01\0",
                b"\x04\0\x09\x80\0\0", b"\x04\0\x09\0\0\0", b"\x08\0\x09\0\0\0\x09\0\0\0", b"\x08\0\x09\0\0\0\x08\0\0\0",
                b"\x06\0\x03\x80\x02\0\x01\0", b"\x06\0\x03\x80\x02\0\x02\0", b"\x05\0\x03\x80\x01\0\x01",
                b"\x06\0\x03\x80\x02\0\x01\x01", b"\x06\0\x03\0\x02\0\x01\0", b"\x05\0\x01\x80\x01\0x",
                b"\x04\0\0\0\0\0", b"\x04\0\x00\x80\0\0",
                struct.pack("<H", 45) + b"\x01\0\x29\0" + bytes(41), struct.pack("<H", 69) + b"\x01\0\x41\0" + bytes(65)):
        whole = body[:-2] + ext
        yield "EXT " + ext[:8].hex(), wire.Message(wire.HELLO, 0, 0, whole).encode()
    yield "bytes behind EXT", wire.Message(wire.HELLO, 0, 0, body + b"\0").encode()
    yield "unknown suites", wire.Message(wire.HELLO, 0, 0, b"\x01\0\x99\x99" + body[6:]).encode()
    yield "an unknown suite first", wire.Message(wire.HELLO, 0, 0, b"\x02\0\x99\x99\x01\0" + body[6:]).encode()
    yield "a point of zeros", wire.Message(wire.HELLO, 0, 0, body[:-34] + bytes(32) + b"\0\0").encode()
    for kind in (wire.FINISH, wire.DESTROY):
        for size in (0, 1, 2, 33, 34, 40, 163):
            yield "type %d of %d in no session" % (kind, size), wire.Message(kind, session, 0, bytes(size)).encode()
    yield "too many bytes", hello + bytes(12288)


def framed(data, session=0, kind=CHANNEL):
    """As samples/secure_channel_forms frames it."""
    return struct.pack("<IQI", kind, session, len(data)) + data


def receive(connection):
    head = b""
    while len(head) < 16:
        piece = connection.recv(16 - len(head))
        if not piece:
            raise ConnectionError("the server is gone")
        head += piece
    kind, session, size = struct.unpack("<IQI", head)
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data))
    return kind, session, data


class Server:
    """A sample's server in a process of its own: c or python."""

    def __init__(self, form):
        self.folder = tempfile.mkdtemp()
        image = os.path.join(FORMS, "enclave.signed.so")
        command = [os.path.join(FORMS, "sc_demo_host"), image, "0"]
        if form == "python":
            command = [sys.executable, os.path.join(FORMS, "python", "server.py"), image,
                       os.path.join(FORMS, "libsc_demo_u.so"), "0"]
        self.environment = dict(os.environ, PYTHONPATH=MODULES)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment)
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on "), "the server said: %r" % line
        self.port = int(line.split()[-1])
        self.policy = self._policy(image)

    def _policy(self, image):
        def say(*words):
            return subprocess.run([SECGEAR, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  check=True).stdout.decode()

        root = os.path.join(self.folder, "root.pem")
        with open(root, "w", encoding="ascii") as out:
            out.write(say("device", "root"))
        return say("policy", "from-image", image, "--root", root, "--mrtcb", say("device", "mrtcb").strip(),
                   "--allow-embedded-device-insecure")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, connection, data, session=0, kind=CHANNEL):
        connection.sendall(framed(data, session, kind))
        return receive(connection)[2]

    def open(self, connection, **options):
        """A client of ours with an open channel to it."""
        ours = client.Client(report.Policy(self.policy), options.pop("uuid", UUID), **options)
        return handshake(ours, lambda request: self.ask(connection, request))

    def capitals(self, connection, ours, text):
        """What the enclave answers to text; b"" when it refuses the record."""
        return self.record(connection, ours, ours.seal(text))

    def record(self, connection, ours, record):
        answer = self.ask(connection, record, ours.session_id, BUSINESS)
        return ours.open(answer) if answer else b""

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
