#!/usr/bin/env python3
"""Reads a pgark archive, checks all that the specification asks of a reader, and prints what the archive says as JSON.

Written from format-spec/README.md alone, for reading beside it; what it calls damage is what that page forbids. Its
files: this one, metadata.py (CBOR and the maps in it) and hashes.py (BLAKE3 and XXH3, which the standard library lacks:
from the packages blake3 and xxhash where these are installed, else computed there, slowly, with the same result).
Needs Python 3.9 and one of the packages zstandard, backports.zstd, pyzstd, or what Python has itself since 3.14.

    python3 pgark_read.py shop.pgark          header, records, catalog, relations with counts and digests, trailer
    python3 pgark_read.py shop.pgark --rows   also every row: text values as in COPY data, binary values as hexadecimal
                                              digits, NULL as \\N, tabs between
    python3 pgark_read.py 002-zstd.hex        hexadecimal digits in a file of that name are read as what they stand for

Exit code 0: the archive is whole and every check passed. Exit code 1: the JSON and one line on standard error say what
is wrong, in which record, at which byte. Exit code 2: nothing was read, because of wrong use or for want of a package.
"""

import argparse
import importlib
import json
import mmap
import struct
import sys
import zlib

from hashes import blake3, xxh3
from metadata import (CATALOG, CHECKPOINT, MANIFEST, RELATION_END, SEQUENCES, SOURCE, Cbor, Wrong, check_catalog,
                      in_range, need)

MIB, GIB = 1 << 20, 1 << 30
U64, U128 = (1 << 64) - 1, (1 << 128) - 1


def stop(why):
    print(f"pgark_read.py: {why}", file=sys.stderr)
    sys.exit(2)


class Refused(Exception):
    """Why an archive is not read: one of the results of README.md, what is wrong, and where."""

    def __init__(self, result, what, offset=0, record=None):
        super().__init__(what)
        self.result, self.what, self.offset, self.record = result, what, offset, record

    def __str__(self):
        record = "" if self.record is None else f"record {self.record} "
        return f"{self.result}: {record}at byte {self.offset}: {self.what}"


class place:
    """What is wrong inside of this block is damage of that record, at that byte."""

    def __init__(self, offset, record=None):
        self.offset, self.record = offset, record

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Wrong):
            raise Refused("damaged", str(error), self.offset, self.record) from None


# ---- zstd ------------------------------------------------------------------------------------------------------------


def find_zstd():
    """How to make a decoder of one frame with decompress(bytes), eof and unused_data; its kind of error."""
    try:
        import zstandard
        return lambda: zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(), zstandard.ZstdError
    except ImportError:
        pass
    for name in ("compression.zstd", "backports.zstd"):
        try:
            package = importlib.import_module(name)
        except ImportError:
            continue
        options = {package.DecompressionParameter.window_log_max: 27}
        return lambda: package.ZstdDecompressor(options=options), package.ZstdError
    try:
        import pyzstd
        options = {pyzstd.DParameter.windowLogMax: 27}
        return lambda: pyzstd.ZstdDecompressor(option=options), pyzstd.ZstdError
    except ImportError:
        stop("needs a zstd package: apt-get install python3-zstandard, or pip install zstandard")


zstd_decoder, ZstdError = find_zstd()


def unzstd(data, length, frames):
    """Decompresses frames that hold `length` bytes together. A bomb is given up soon after it passes that."""
    out, rest = bytearray(), bytes(data)
    while rest:
        need(rest[:4] == b"\x28\xb5\x2f\xfd", "this is no zstd frame")
        need(frames > 0, "more than one zstd frame")
        frames -= 1
        decoder, at = zstd_decoder(), 0
        while not decoder.eof:
            need(at < len(rest), "a zstd frame is cut off")
            try:
                # So little that what comes out of it is bounded, whatever it declares.
                out += decoder.decompress(rest[at:at + 512])
            except ZstdError as reason:
                raise Wrong(f"zstd: {reason}")
            at += 512
            need(len(out) <= length, f"more than the declared {length} bytes come out of zstd")
        rest = decoder.unused_data + rest[at:]
    need(len(out) == length, f"{len(out)} bytes come out of zstd, {length} are declared")
    return bytes(out)


def metadata(record, payload, shape):
    value = Cbor(cbor_of(record, payload))
    content = value.value()
    need(value.at == len(value.data), "something follows the CBOR map")
    return shape[0](content)


def cbor_of(record, payload):
    need(record["raw_bytes"] <= GIB and record["stored_bytes"] <= GIB, "metadata of more than 1 GiB")
    return unzstd(payload, record["raw_bytes"], frames=1)


# ---- Encodings of binary columns -------------------------------------------------------------------------------------

ENCODINGS = {1: "delimited text", 2: "fields", 3: "constant", 4: "plain", 5: "integers", 6: "planes", 7: "decimals",
             8: "dictionary", 9: "digits", 10: "floats", 11: "terminated"}
COMPRESSIONS = {0: "none", 1: "zstd"}


def bits_for(number):
    bits = number.bit_length()
    return next(b for b in (0, 1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64) if bits <= b)


class Parts:
    """Takes the parts off the front of an encoded column."""

    def __init__(self, data, raw_bytes):
        self.data, self.raw_bytes, self.at = data, raw_bytes, 0

    def take(self, count):
        need(count <= len(self.data) - self.at, "a part is longer than the column")
        self.at += count
        return self.data[self.at - count:self.at]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def int(self, size):
        return int.from_bytes(self.take(size), "little")

    def presence(self, rows):
        form = self.int(1)
        need(form <= 1, "unknown presence")
        if form == 0:
            return [1] * rows
        bits = self.packed(rows, 1)
        need(rows % 8 == 0 or self.data[self.at - 1] >> rows % 8 == 0, "unused bits of the bitmap are not 0")
        return bits

    def packed(self, count, bits):
        if bits == 0:
            return [0] * count
        if bits < 8:
            data, per, mask = self.take((count * bits + 7) // 8), 8 // bits, (1 << bits) - 1
            return [data[i // per] >> i % per * bits & mask for i in range(count)]
        size = bits // 8
        planes = self.take(count * size)
        together = bytearray(8 * count)
        for plane in range(size):
            together[plane::8] = planes[plane * count:(plane + 1) * count]
        return struct.unpack(f"<{count}Q", together)

    def numbers(self, count):
        form, bits = self.int(1), self.int(1)
        need(form <= 3, "unknown form of numbers")
        need(bits in (0, 1, 2, 4) or bits <= 64 and bits % 8 == 0, f"numbers of {bits} bits")
        base = self.int(8)
        number = self.int(8) if form & 1 else 0
        divisor = self.int(8) if form & 2 else 1
        steps = [base + divisor * w & U64 for w in self.packed(count, bits)]
        if form & 1:
            for i, step in enumerate(steps):
                steps[i] = number = number + step & U64
        return steps

    def values(self, count):
        return [self.take(length) for length in self.numbers(count)]

    def others(self, values):
        count = self.int(4)
        need(count <= len(values), "more others than values")
        places = struct.unpack(f"<{count}I", self.take(4 * count))
        need(all(a < b for a, b in zip(places, places[1:])), "places of others do not ascend")
        need(not places or places[-1] < len(values), "an other at a place that is not there")
        for at, other in zip(places, self.values(count) if count else ()):
            values[at] = other


def signed(number):
    return number - (1 << 64) if number >> 63 else number


def numeric(mantissa, scale):
    """PostgreSQL's binary numeric of mantissa / 10^scale."""
    behind = (scale + 3) // 4
    left, digits = abs(mantissa) * 10 ** (4 * behind - scale), []
    while left:
        left, digit = divmod(left, 10000)
        digits.insert(0, digit)
    weight = len(digits) - behind - 1 if digits else 0
    while digits and digits[-1] == 0:
        digits.pop()
    return struct.pack(f">HhHH{len(digits)}H", len(digits), weight, 0x4000 if mantissa < 0 else 0, scale, *digits)


def read_values(encoding, parts, count):
    if encoding == 4:
        return parts.values(count)
    if encoding == 5:
        width = parts.int(1)
        need(width in (1, 2, 4, 8), f"integers of {width} bytes")
        mask = (1 << 8 * width) - 1
        return [(number & mask).to_bytes(width, "big") for number in parts.numbers(count)]
    if encoding == 6:
        width = parts.int(1)
        need(2 <= width <= 64, f"planes of {width} bytes")
        planes = parts.take(width * count)
        return [planes[i::count] for i in range(count)]
    if encoding == 7:
        scale = parts.int(1)
        need(scale <= 16 or scale == 255, f"decimals of scale {scale}")
        scales = parts.numbers(count) if scale == 255 else [scale] * count
        pairs = zip(parts.numbers(count), scales)
        values = [numeric(signed(number), scale) if scale <= 16 else None for number, scale in pairs]
        parts.others(values)
        need(None not in values, "a decimal's scale is above 16")
        return values
    if encoding == 8:
        size = parts.int(4)
        need(1 <= size <= min(65536, parts.raw_bytes // 4), f"a dictionary of {size} entries")
        entries = parts.values(size)
        places = parts.packed(count, bits_for(size - 1))
        need(all(at < size for at in places), "a place without an entry")
        return [entries[at] for at in places]
    if encoding == 9:
        width, mask = parts.int(1), parts.int(8)
        need(1 <= width <= 64, f"digits in {width} bytes")
        places = [i for i in range(64) if mask >> i & 1]
        need(1 <= len(places) <= 18 and places[-1] < width, f"a mask of {mask:#x}")
        values, template = [], bytearray(parts.take(width))
        for number in parts.numbers(count):
            digits = b"%0*d" % (len(places), number)
            need(len(digits) == len(places), "a number has more digits than its places")
            for at, digit in zip(places, digits):
                template[at] = digit
            values.append(bytes(template))
        return values
    if encoding == 10:
        width, scale = parts.int(1), parts.int(1)
        need(width in (4, 8) and scale <= 15, f"floats of {width} bytes, scale {scale}")
        form, divisor = {4: ">f", 8: ">d"}[width], float(10 ** scale)
        values = [struct.pack(form, float(signed(number)) / divisor) for number in parts.numbers(count)]
        parts.others(values)
        return values
    if encoding == 11:
        values = parts.rest().split(b"\0")
        need(values.pop() == b"" and len(values) == count, "not one zero byte behind every value")
        return values
    raise Wrong(f"unknown encoding {encoding}")


def split_fields(column, rows):
    """The fields of a column, without their length words; None is NULL."""
    fields, at = [], 0
    while at < len(column):
        need(len(fields) < rows and at + 4 <= len(column), "a column is not whole fields, as many as rows")
        length = int.from_bytes(column[at:at + 4], "big", signed=True)
        need(length >= -1 and at + 4 + length <= len(column), "a field's length is wrong")
        fields.append(None if length < 0 else column[at + 4:at + 4 + length])
        at += 4 + max(length, 0)
    need(len(fields) == rows, f"{len(fields)} fields in {rows} rows")
    return fields


def read_fields(encoding, encoded, rows, raw_bytes):
    if encoding == 2:
        return split_fields(encoded, rows)
    need(raw_bytes <= 64 * MIB, "a column that is not stored as fields is longer than 64 MiB")
    need(rows <= raw_bytes // 4, "more rows than fit into the raw length")
    if encoding == 3:
        return split_fields(encoded, 1) * rows
    parts = Parts(encoded, raw_bytes)
    presence = parts.presence(rows)
    values = read_values(encoding, parts, sum(presence))
    need(parts.at == len(encoded), "bytes are left behind the last part")
    following = iter(values)
    return [next(following) if present else None for present in presence]


# ---- Chunk -----------------------------------------------------------------------------------------------------------

CHUNK_HEAD, COLUMN_HEAD = struct.Struct("<BBHIII16s"), struct.Struct("<BBHQQQ")


def read_chunk(record, payload, relation, keep):
    """Checks a chunk, completes its record with what its heads say, and gives back its rows if `keep`."""
    rows, raw_bytes = record["rows"], record["raw_bytes"]
    need(raw_bytes <= GIB + 256 * MIB and record["stored_bytes"] <= GIB + 257 * MIB, "a chunk is longer than the limit")
    need(rows <= raw_bytes, "more rows than bytes")
    need(len(payload) >= 32, "a chunk's head is cut off")
    copy, flags, count, first, end, reserved, row_sum = CHUNK_HEAD.unpack_from(payload)
    need(copy <= 1, f"unknown COPY format {copy}")
    need(copy == relation["binary"], "the chunk's COPY format is not the relation's")
    need(flags in (0, 1, 3) and reserved == 0, "unknown flags or reserved bytes")
    need((flags & 1 or first == 0) and (flags & 2 or end == 0), "a page that is said to be unknown is not 0")
    expected = sum(not column["generated"] for column in relation["columns"])
    need(count == expected, f"{count} columns, the catalog has {expected}")
    need(len(payload) >= 32 + 28 * count, "a chunk's column heads are cut off")
    heads = [COLUMN_HEAD.unpack_from(payload, 32 + 28 * i) for i in range(count)]
    need(32 + 28 * count + sum(head[5] for head in heads) == len(payload), "columns do not fill the payload")
    need(sum(head[3] for head in heads) + (0 if count and not copy else rows * (1 + copy)) == raw_bytes,
         "the columns' raw lengths do not add up")
    columns, at = [], 32 + 28 * count
    for number, head in enumerate(heads):
        try:
            columns.append(read_column(head, payload[at:at + head[5]], rows, bool(copy)))
        except Wrong as wrong:
            raise Wrong(f"column {number}: {wrong}")
        at += head[5]
    total, kept = 0, []
    for row in zip(*columns) if count else ((),) * rows:
        data = b"".join(map(as_field, row)) if copy else b"\t".join(row)
        need(copy or data != b"\\.", "a row of \\. alone")
        need(len(data) <= GIB, "a row is longer than 1 GiB")
        total += xxh3(data)
        if keep:
            kept.append(printed(row, copy))
    total &= U128
    need(total.to_bytes(16, "little") == row_sum, f"the rows' sum is {total:032x}")
    record.update(
        copy_format="binary" if copy else "text", row_sum=f"{total:032x}", first_page=first if flags & 1 else None,
        end_page=end if flags & 2 else None,
        columns=[{"encoding": ENCODINGS[head[0]], "compression": COMPRESSIONS[head[1]], "raw_bytes": head[3],
                  "encoded_bytes": head[4], "stored_bytes": head[5]} for head in heads])
    return total, kept


def as_field(value):
    return b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value


def printed(row, copy):
    if copy:
        return "\t".join("\\N" if value is None else value.hex() for value in row)
    return b"\t".join(row).decode(errors="backslashreplace")


def read_column(head, stored, rows, is_binary):
    encoding, compression, reserved, raw_bytes, encoded_bytes, stored_bytes = head
    need(encoding in ENCODINGS, f"unknown encoding {encoding}")
    need(compression in COMPRESSIONS, f"unknown compression {compression}")
    need(is_binary == (encoding != 1), f"the encoding {ENCODINGS[encoding]} is not of the chunk's COPY format")
    need(reserved == 0, "reserved bytes are not zero")
    need(max(raw_bytes, encoded_bytes, stored_bytes) <= GIB + 256 * MIB, "a length is above the limit")
    need(encoding > 2 or encoded_bytes == raw_bytes, "the encoded length is not the raw length")
    need(encoding <= 2 or encoded_bytes <= 8 * raw_bytes + 4096, "the encoded length is above its limit")
    need(compression or stored_bytes == encoded_bytes, "the stored length is not the encoded length")
    encoded = unzstd(stored, encoded_bytes, frames=stored_bytes if is_binary else 1) if compression else bytes(stored)
    if is_binary:
        values = read_fields(encoding, encoded, rows, raw_bytes)
        length = 4 * rows + sum(len(value) for value in values if value is not None)
    else:
        need(b"\t" not in encoded, "a tab in a column")
        values, length = encoded.split(b"\n"), len(encoded)
        need(values.pop() == b"" and len(values) == rows, "not as many newlines as rows, or no newline at the end")
    need(length == raw_bytes, f"the column has {length} bytes, not the declared {raw_bytes}")
    return values


# ---- Header, record headers, trailer ---------------------------------------------------------------------------------

MAGIC, RECORD_MAGIC, END_MAGIC = b"\x89PGARK\r\n", b"\x9bREC", b"PGARKEND"
HEADER, RECORD = struct.Struct("<8sHHI16sQH62s20sI"), struct.Struct("<4sBBH8sQIIQQQII")
TRAILER = struct.Struct("<8sQQQQ16s32sII")
KINDS = {1: "source", 2: "catalog", 3: "chunk", 4: "relation end", 5: "large objects", 6: "sequence state",
         7: "checkpoint", 8: "manifest"}


def is_checksummed(data, magic):
    """Whether the CRC-32 at the end of a structure is right with this magic at its beginning."""
    return zlib.crc32(data[len(magic):-4], zlib.crc32(magic)) == int.from_bytes(data[-4:], "little")


def read_header(data):
    begins_right = data[:8] == MAGIC[:len(data)]
    if not begins_right and (len(data) < 128 or not is_checksummed(data[:128], MAGIC)):
        raise Refused("not an archive", "it does not begin as one")
    if len(data) < 128:
        raise Refused("incomplete", "it ends within its header", len(data))
    _, version, reader, length, archive_id, features, scheme, slot, reserved, _ = HEADER.unpack_from(data)
    with place(0):
        need(begins_right and is_checksummed(data[:128], MAGIC), "the header's magic or CRC-32 is wrong")
    if reader > 1:
        raise Refused("newer format", f"format version {version} needs a reader of version {reader}, this is 1")
    with place(0):
        need(length == 128, f"the header's length is {length}")
    if features or scheme:
        raise Refused("unsupported", f"unknown features {features:#x}" if features else f"encrypted, scheme {scheme}")
    with place(0):
        need(not any(slot + reserved), "reserved bytes of the header are not zero")
    return {"format_version": version, "archive_id": archive_id.hex()}, archive_id


def read_record_header(data, at, archive_id, sequence):
    """The header of the record at this byte; where its payload ends is checked against `data` by the caller."""
    with place(at, sequence):
        need(at + 64 <= len(data), "a record header is cut off")
        (magic, kind, reserved, flags, tag, number, relation, chunk, rows, raw_bytes, stored_bytes, payload_crc,
         crc) = RECORD.unpack_from(data, at)
        need(magic == RECORD_MAGIC, "no record begins here")
        need(crc == zlib.crc32(data[at:at + 60]), "the record header's CRC-32 is wrong")
        need(tag == archive_id[:8], "the record is of another archive")
        need(kind in KINDS, f"unknown kind of record {kind}")
        need(kind != 5, "records of kind 5 are not in version 1")
        need(flags == 0 and reserved == 0, "unknown flags or reserved bytes")
        need(number == sequence, f"the record's sequence number is {number}, {sequence} is expected")
        need((relation > 0) == (kind in (3, 4)), f"relation {relation} in a record of kind {KINDS[kind]}")
        need(kind == 3 or chunk == 0, "a chunk number in a record that is no chunk")
        need(kind in (3, 4) or rows == 0, "rows in a record that has none")
        need((kind == 1) == (sequence == 0) and (kind == 2) == (sequence == 1),
             f"a {KINDS[kind]} record stands out of order")
    return {"sequence": number, "offset": at, "kind": KINDS[kind], "relation": relation, "chunk": chunk, "rows": rows,
            "raw_bytes": raw_bytes, "stored_bytes": stored_bytes}, kind, payload_crc


def read_payload(data, record, payload_crc, end):
    at = record["offset"] + 64
    need(record["stored_bytes"] <= end - at, f"the record's payload of {record['stored_bytes']} bytes is cut off")
    payload = data[at:at + record["stored_bytes"]]
    need(zlib.crc32(payload) == payload_crc, "the payload's CRC-32 is wrong")
    record["blake3"] = blake3(payload).hex()
    return payload


def read_trailer(data, archive_id):
    at = len(data) - 96
    if at < 128 or not is_checksummed(data[at:], END_MAGIC) and data[at:at + 8] != END_MAGIC:
        no_trailer(data)
    magic, offset, length, total, records, its_id, root, reserved, _ = TRAILER.unpack_from(data, at)
    with place(at):
        need(magic == END_MAGIC and is_checksummed(data[at:], END_MAGIC), "the trailer's magic or CRC-32 is wrong")
        need(reserved == 0, "reserved bytes of the trailer are not zero")
        need(its_id == archive_id, "the trailer is of another archive")
        need(total == len(data), f"the archive has {len(data)} bytes, the trailer says {total}")
        need(records >= 3, f"an archive of {records} records")
        need(offset >= 128 and length >= 64 and offset + length == at,
             "the manifest does not end where the trailer begins")
    return {"manifest_offset": offset, "manifest_bytes": length, "archive_bytes": total, "records": records,
            "root_digest": root.hex()}, root


def no_trailer(data):
    """An archive that was cut, unless there is a whole trailer farther ahead: then bytes follow it."""
    tail = bytes(data[-MIB:])
    at = tail.rfind(END_MAGIC)
    while at >= 0:
        end = len(data) - len(tail) + at + 96
        if end <= len(data) and is_checksummed(tail[at:at + 96], END_MAGIC) and TRAILER.unpack_from(tail, at)[3] == end:
            raise Refused("damaged", f"{len(data) - end} bytes follow the trailer", end)
        at = tail.rfind(END_MAGIC, 0, at)
    raise Refused("incomplete", f"it ends after {len(data)} bytes without a trailer", len(data))


# ---- The whole -------------------------------------------------------------------------------------------------------


def read(data, keep_rows, with_secrets):
    header, archive_id = read_header(data)
    trailer, root = read_trailer(data, archive_id)
    last = trailer["records"] - 1
    record, kind, crc = read_record_header(data, trailer["manifest_offset"], archive_id, last)
    with place(record["offset"], last):
        need(kind == 8, f"a {record['kind']} record stands where the manifest must")
        payload = read_payload(data, record, crc, len(data) - 96)
        need(len(payload) + 64 == trailer["manifest_bytes"], "the manifest's length is not what the trailer says")
        cbor = cbor_of(record, payload)
        need(blake3(b"pgark root v1\0\0\0" + data[:128] + cbor) == root, "the root digest is wrong")
        manifest = metadata(record, payload, MANIFEST)
        need(manifest["archives"] == [archive_id], "the manifest is of another archive")
    found = Walk(manifest, keep_rows)
    at = 128
    for sequence in range(last):
        following, kind, crc = read_record_header(data, at, archive_id, sequence)
        with place(at, sequence):
            need(at < record["offset"], "a record too many stands before the manifest")
            found.record(following, kind, read_payload(data, following, crc, record["offset"]))
        at += 64 + following["stored_bytes"]
    with place(at):
        need(at == record["offset"], "something stands before the manifest that no record covers")
    with place(record["offset"], last):
        found.end()
    return described(header, trailer, found, {**record, "content": manifest}, with_secrets)


class Walk:
    """Takes the records in order and holds each to the manifest."""

    def __init__(self, manifest, keep_rows):
        self.manifest, self.keep_rows = manifest, keep_rows
        self.records, self.sequences, self.rows, self.streams = [], [], {}, {}
        self.references = iter(manifest["records"])
        self.chunks, self.sums, self.ended = {}, {}, set()
        listed = manifest["relations"]
        self.listed = {one["relation"]: one for one in listed}

    def record(self, record, kind, payload):
        if kind == 3:
            self.chunk(record, payload)
        else:
            self.other(record, kind, payload)
        self.records.append(record)

    def relation(self, record):
        number = record["relation"]
        need(number <= len(self.catalog["relations"]), f"relation {number} is not in the catalog")
        need(number in self.listed, f"relation {number} is not in the manifest")
        need(number not in self.ended, f"relation {number} has ended before")
        return number

    def chunk(self, record, payload):
        number = self.relation(record)
        chunk = self.chunks.setdefault(number, 0)
        need(record["chunk"] == chunk, f"chunk {record['chunk']} stands where chunk {chunk} must")
        listed = self.listed[number]["chunks"]
        need(chunk < len(listed), "the manifest does not list it")
        need(listed[chunk]["archive"] == 0, "the manifest has it in another archive")
        same(record, listed[chunk],
             ("sequence", "offset", "relation", "chunk", "rows", "raw_bytes", "stored_bytes", "blake3"))
        total, rows = read_chunk(record, payload, self.catalog["relations"][number - 1], self.keep_rows)
        same(record, listed[chunk], ("first_page", "end_page"))
        need(listed[chunk]["row_sum"] == total.to_bytes(16, "little"), "the manifest says otherwise of its row sum")
        self.chunks[number] += 1
        sums = self.sums.setdefault(number, [0, 0, 0, 0])
        for i, value in enumerate((record["rows"], total, record["raw_bytes"], record["stored_bytes"])):
            sums[i] += value
        self.rows.setdefault(number, []).extend(rows)

    def other(self, record, kind, payload):
        need(kind != 8, "a manifest that is not the last record")
        reference = next(self.references, None)
        need(reference, "the manifest does not list it")
        need(KINDS.get(reference["kind"]) == record["kind"], "the manifest says otherwise of its kind")
        same(record, reference, ("sequence", "offset", "relation", "raw_bytes", "stored_bytes", "blake3"))
        content = metadata(record, payload, {1: SOURCE, 2: CATALOG, 4: RELATION_END, 6: SEQUENCES, 7: CHECKPOINT}[kind])
        if kind == 1:
            self.source = content
        elif kind == 2:
            check_catalog(content)
            self.catalog = content
        else:
            record["content"] = content
        if kind == 4:
            number = self.relation(record)
            need(content["relation"] == number, f"it is the end of relation {content['relation']}")
            need(content["rows"] == record["rows"], "rows are not what the record header says")
            need(content["chunks"] == self.chunks.get(number, 0), "chunks are missing before it")
            self.add_up(number, content)
            need(content["streams"] == self.listed[number]["streams"], "the manifest says otherwise of its streams")
            self.ended.add(number)
        elif kind == 6:
            for state in content["sequences"]:
                in_range(state["entry"], 0, len(self.catalog["entries"]), "a sequence's entry")
            self.sequences += content["sequences"]

    def add_up(self, number, said):
        rows, total, raw_bytes, stored_bytes = self.sums.get(number, (0, 0, 0, 0))
        need(said["rows"] == rows, f"relation {number} has {rows} rows, not {said['rows']}")
        need(said["row_sum"] == (total & U128).to_bytes(16, "little"), f"the row sum of relation {number} is wrong")
        need(said["raw_bytes"] == raw_bytes and said["stored_bytes"] == stored_bytes,
             f"the lengths of relation {number} do not add up")

    def end(self):
        listed = self.manifest["relations"]
        need(all(a["relation"] < b["relation"] for a, b in zip(listed, listed[1:])), "relations do not ascend")
        need(next(self.references, None) is None, "the manifest lists a record that is not there")
        for one in listed:
            number = one["relation"]
            need(number in self.ended, f"relation {number} has no end")
            need(len(one["chunks"]) == self.chunks.get(number, 0), f"chunks of relation {number} are missing")
            self.add_up(number, one)
        for relation in self.catalog["relations"]:
            need(relation["data_excluded"] or relation["id"] in self.ended, f"relation {relation['id']} is missing")
        for name in ("rows", "raw_bytes", "stored_bytes"):
            need(self.manifest[name] == sum(one[name] for one in listed), f"the total of {name} is wrong")


def same(record, reference, names):
    for name in names:
        said = reference[name].hex() if name == "blake3" else reference[name]
        need(record[name] == said, f"its {name} is {record[name]}, the manifest says {said}")


# ---- What is printed -------------------------------------------------------------------------------------------------


def described(header, trailer, found, manifest, with_secrets):
    catalog, relations = found.catalog, []
    for relation in catalog["relations"]:
        listed = found.listed.get(relation["id"])
        shown = {"relation": relation["id"], "schema": relation["schema"], "name": relation["name"],
                 "copy_format": "binary" if relation["binary"] else "text", "rows_left_out": relation["data_excluded"],
                 "large_objects": relation["large_objects"]}
        for name in ("rows", "raw_bytes", "stored_bytes", "streams"):
            shown[name] = listed[name] if listed else 0
        shown["chunks"] = len(listed["chunks"]) if listed else 0
        shown["digest"] = f"{int.from_bytes(listed['row_sum'], 'little'):032x}" if listed else None
        if found.keep_rows:
            shown["data"] = found.rows.get(relation["id"], [])
        relations.append(shown)
    for entry in catalog["globals"] + catalog["entries"]:
        if entry["secret"] and not with_secrets:
            entry["create"] = None
    content = manifest["content"]
    # Pages of large objects are no rows.
    tables = [shown for shown in relations if not shown["large_objects"]]
    return {
        "result": "ok", **header, "root_digest": trailer["root_digest"], "bytes": trailer["archive_bytes"],
        "source": found.source, "globals": len(catalog["globals"]), "entries": len(catalog["entries"]),
        "large_objects": sum(len(entry["large_objects"]) for entry in catalog["entries"]),
        "tables": len(tables), "rows": sum(shown["rows"] for shown in tables), "raw_bytes": content["raw_bytes"], "stored_bytes": content["stored_bytes"],
        "relations": relations, "sequences": found.sequences, "not_covered": catalog["not_covered"],
        "partial": catalog["partial"], "warnings": catalog["warnings"], "catalog": catalog,
        "records": [*found.records, manifest], "trailer": trailer,
    }


def contents(path):
    if path.endswith(".hex"):
        with open(path) as file:
            return bytes.fromhex(file.read())
    with open(path, "rb") as file:
        if file.seek(0, 2) == 0:
            return b""
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def main():
    parser = argparse.ArgumentParser(description="Reads a pgark archive, checks it, prints what it says as JSON.")
    parser.add_argument("archive")
    parser.add_argument("--rows", action="store_true", help="print the rows too")
    parser.add_argument("--secrets", action="store_true", help="print SQL with passwords and connection strings too")
    args = parser.parse_args()
    try:
        result = read(contents(args.archive), args.rows, args.secrets)
    except Refused as refused:
        print(f"pgark_read.py: {args.archive}: {refused}", file=sys.stderr)
        result = {"result": refused.result, "record": refused.record, "offset": refused.offset, "what": refused.what}
    except OSError as error:
        stop(str(error))
    json.dump(result, sys.stdout, indent=2, ensure_ascii=False, sort_keys=True, default=bytes.hex)
    print()
    sys.exit(result["result"] != "ok")


if __name__ == "__main__":
    main()
