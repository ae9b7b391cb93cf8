# SPDX-License-Identifier: MulanPSL-2.0
"""Deterministic CBOR (RFC 8949, 4.2.1), as much as reports need: integers, bytes, text, arrays, maps, tags."""


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def _head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << 8 * size:
            return bytes([major << 5 | info]) + n.to_bytes(size, "big")
    raise ValueError("too large")


def encode(item):
    if isinstance(item, int):
        return _head(0, item) if item >= 0 else _head(1, -1 - item)
    if isinstance(item, bytes):
        return _head(2, len(item)) + item
    if isinstance(item, str):
        return _head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return _head(4, len(item)) + b"".join(encode(i) for i in item)
    if isinstance(item, dict):
        pairs = sorted((encode(k), encode(v)) for k, v in item.items())
        return _head(5, len(item)) + b"".join(k + v for k, v in pairs)
    if isinstance(item, Tag):
        return _head(6, item.number) + encode(item.value)
    raise TypeError(type(item))


def _take(data, at, size):
    if size > len(data) - at:
        raise ValueError("cut short")
    return data[at:at + size], at + size


def _item(data, at, depth):
    first, at = _take(data, at, 1)
    major, info = first[0] >> 5, first[0] & 31
    if info > 27 or depth > 8 or major == 7:
        raise ValueError("not of this kind of CBOR")
    if info < 24:
        n = info
    else:
        raw, at = _take(data, at, 1 << (info - 24))
        n = int.from_bytes(raw, "big")
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        raw, at = _take(data, at, n)
        return (bytes(raw) if major == 2 else raw.decode("utf-8")), at
    if major == 6:
        value, at = _item(data, at, depth + 1)
        return Tag(n, value), at
    items = []
    for _ in range(n * (2 if major == 5 else 1)):
        value, at = _item(data, at, depth + 1)
        items.append(value)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at


def decode(data):
    """Exactly one item in its one encoding; anything else is a ValueError."""
    try:
        item, at = _item(data, 0, 0)
        if at != len(data) or encode(item) != bytes(data):
            raise ValueError("not its one encoding")
    except (TypeError, UnicodeDecodeError, OverflowError, RecursionError) as why:
        raise ValueError(str(why)) from why
    return item
