"""A small, valid DICONDE file, made by hand.

DICONDE (ASTM E2339) is DICOM with other words for the same data elements: the patient is the component under
test. Sources: DICOM PS3.10, 7.1 (the file), PS3.5, 7.1 (explicit VR, little endian) and PS3.3, A.8.1
(secondary capture image); the digits behind each element are its tag.
"""

import struct
import uuid

MEDIA_TYPE = "application/dicom"

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
IMPLEMENTATION = "2.25.312450917732719181770351843718145914852"
"""Who makes the file: this module."""
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
SIDE = 64
"""Width and height in pixels."""

LONG_LENGTHS = ("OB", "OW", "SQ", "UN", "UT")
"""The representations whose length has four bytes (PS3.5, table 7.1-1)."""


def file() -> bytes:
    """Return a file with a grey wedge of 64 by 64 pixels, with new identifiers."""
    study, series, instance = (_identifier() for _ in range(3))
    meta = b"".join(
        (
            _element(0x0002, 0x0001, "OB", b"\x00\x01"),
            _element(0x0002, 0x0002, "UI", SECONDARY_CAPTURE),
            _element(0x0002, 0x0003, "UI", instance),
            _element(0x0002, 0x0010, "UI", EXPLICIT_LITTLE_ENDIAN),
            _element(0x0002, 0x0012, "UI", IMPLEMENTATION),
        )
    )
    pixels = bytes(column * 255 // (SIDE - 1) for _ in range(SIDE) for column in range(SIDE))
    data = b"".join(
        (
            _element(0x0008, 0x0016, "UI", SECONDARY_CAPTURE),
            _element(0x0008, 0x0018, "UI", instance),
            _element(0x0008, 0x0020, "DA", "20260101"),  # inspection date
            _element(0x0008, 0x0030, "TM", "000000"),
            _element(0x0008, 0x0050, "SH", ""),
            _element(0x0008, 0x0060, "CS", "OT"),
            _element(0x0008, 0x0064, "CS", "SYN"),  # made by a computer
            _element(0x0008, 0x0090, "PN", ""),
            _element(0x0010, 0x0010, "PN", "instaNDT^smoke test"),  # component name
            _element(0x0010, 0x0020, "LO", "instandt-smoke"),  # component id
            _element(0x0010, 0x0030, "DA", ""),
            _element(0x0010, 0x0040, "CS", ""),
            _element(0x0020, 0x000D, "UI", study),
            _element(0x0020, 0x000E, "UI", series),
            _element(0x0020, 0x0010, "SH", "1"),
            _element(0x0020, 0x0011, "IS", "1"),
            _element(0x0020, 0x0013, "IS", "1"),
            _element(0x0020, 0x0020, "CS", ""),
            _element(0x0028, 0x0002, "US", _short(1)),
            _element(0x0028, 0x0004, "CS", "MONOCHROME2"),
            _element(0x0028, 0x0010, "US", _short(SIDE)),
            _element(0x0028, 0x0011, "US", _short(SIDE)),
            _element(0x0028, 0x0100, "US", _short(8)),
            _element(0x0028, 0x0101, "US", _short(8)),
            _element(0x0028, 0x0102, "US", _short(7)),
            _element(0x0028, 0x0103, "US", _short(0)),
            _element(0x7FE0, 0x0010, "OB", pixels),
        )
    )
    length = _element(0x0002, 0x0000, "UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data


def _element(group: int, element: int, representation: str, value: str | bytes) -> bytes:
    """Encode a data element; a value of odd length is filled up (PS3.5, 6.2)."""
    content = value.encode("ascii") if isinstance(value, str) else value
    if len(content) % 2:
        content += b"\0" if representation in ("UI", "OB") else b" "
    head = struct.pack("<HH2s", group, element, representation.encode("ascii"))
    if representation in LONG_LENGTHS:
        return head + struct.pack("<HI", 0, len(content)) + content
    return head + struct.pack("<H", len(content)) + content


def _identifier() -> str:
    """Return a UID that nobody else has (PS3.5, B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def _short(number: int) -> bytes:
    return struct.pack("<H", number)
