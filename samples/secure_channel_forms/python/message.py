# SPDX-License-Identifier: MulanPSL-2.0
"""The framing of common/message.h."""
import struct

BUSINESS, CHANNEL, MOST = 11, 55, 16384


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the peer is gone")
        data += piece
    return data


def send(connection, kind, session, data):
    connection.sendall(struct.pack("<IQI", kind, session, len(data)) + data)


def receive(connection):
    kind, session, size = struct.unpack("<IQI", _exactly(connection, 16))
    if size > MOST:
        raise ConnectionError("a message of %d bytes" % size)
    return kind, session, _exactly(connection, size)
