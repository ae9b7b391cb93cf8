#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Client in Python.   client.py PORT POLICY TEXT       ends 0, 1: lost, 3: the enclave was refused"""
import socket
import sys

import message
from sec_chl_client import (ffi, sec_chl_attested, sec_chl_close, sec_chl_decrypt, sec_chl_encrypt,
                            sec_chl_error_detail, sec_chl_msg_recv_handle, sec_chl_open, sec_chl_session_id)


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))

    @ffi.callback("int(void *chl_ctx, unsigned char *buf, size_t count)")
    def exchange(channel, buf, count):
        message.send(connection, message.CHANNEL, sec_chl_session_id(channel), ffi.buffer(buf, count))
        return sec_chl_msg_recv_handle(channel, message.receive(connection)[2])

    channel = sec_chl_open(exchange, b"f68fd704-6eb1-4d14-b218-722850eb3ef0", policy=sys.argv[2])
    if channel is None:
        print("client: REFUSED: " + sec_chl_error_detail())
        return 3
    print("attested: MRENCLAVE " + sec_chl_attested(channel)["mrenclave"].hex())
    message.send(connection, message.BUSINESS, sec_chl_session_id(channel),
                 sec_chl_encrypt(channel, sys.argv[3].encode()))
    answer = sec_chl_decrypt(channel, message.receive(connection)[2])
    print("the enclave says: " + answer.decode() if answer else "client: no answer that opens")
    sec_chl_close(channel)
    return 0 if answer else 1


if __name__ == "__main__":
    sys.exit(main())
