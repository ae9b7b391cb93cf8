#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Server in Python, a thread for each connection.   server.py IMAGE APP [PORT]   prints the port that it has.
APP is the library of the host code that codegen made from sc_demo.edl."""
import socket
import sys
import threading

import message
from sec_chl_server import (ffi, sec_chl_close, sec_chl_error_detail, sec_chl_get_client_data_handle_result_ex,
                            sec_chl_msg_recv_handle, sec_chl_open, sec_chl_recv_client_data_ex)

now = threading.local()  # whom this thread serves: the library calls back on it


@ffi.callback("int(void *conn, unsigned char *buf, size_t count)")
def send_to_client(_, buf, count):
    message.send(now.connection, message.CHANNEL, now.session, ffi.buffer(buf, count))
    return count


def business(session, record):
    ret, refused = sec_chl_recv_client_data_ex(session, record)
    if ret != 0 or refused != 0:
        return b""
    return sec_chl_get_client_data_handle_result_ex(session, 1024)[2]


def serve(connection):
    now.connection = connection
    with connection:
        try:
            while True:
                kind, now.session, data = message.receive(connection)
                if kind == message.CHANNEL:
                    sec_chl_msg_recv_handle(data)
                elif kind == message.BUSINESS:
                    message.send(connection, kind, now.session, business(now.session, data))
                else:
                    return
        except ConnectionError:
            pass


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    if sec_chl_open(send_to_client, sys.argv[1], app=sys.argv[2]) != 0:
        print("server: " + sec_chl_error_detail(), file=sys.stderr)
        return 1
    try:
        with socket.create_server(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 12306)) as listener:
            print("listening on %d" % listener.getsockname()[1], flush=True)
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    finally:
        sec_chl_close()


if __name__ == "__main__":
    sys.exit(main())
