"""What parent and child say to each other: frames of four bytes of length and that many bytes."""

from __future__ import annotations

from typing import BinaryIO

RESULT, REFUSED, LEAVING = 0, 1, 2  # the first byte of an answer; LEAVING is added to either
MAX_FRAME = 64 * 2**20


def send(sink: BinaryIO, content: bytes) -> None:
    sink.write(len(content).to_bytes(4, "big") + content)  # at once: the other side wakes up once
    sink.flush()


def receive(source: BinaryIO) -> bytes | None:
    """None at the end of the stream, in mid-frame as well, and for a frame of a length that nobody sends."""
    head = source.read(4)
    length = int.from_bytes(head, "big")
    if len(head) < 4 or length > MAX_FRAME:
        return None
    content = source.read(length)
    return content if len(content) == length else None
