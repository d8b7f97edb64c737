"""BLAKE3 (32 bytes) and XXH3-128 (seed 0) as their authors specify them: from the packages blake3 and xxhash where
these are installed, else computed here, slowly and with the same result. Nothing here is about pgark's format."""

import struct

U64 = (1 << 64) - 1

BLAKE3_START = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
BLAKE3_ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
BLAKE3_QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                   (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def blake3_block(chain, block, counter, length, flags):
    """One compression: the new chaining value."""
    m = list(struct.unpack("<16I", block))
    v = [*chain, *BLAKE3_START[:4], counter & 0xFFFFFFFF, counter >> 32, length, flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(BLAKE3_QUARTERS):
            for word, right, left in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
                x = v[d] ^ v[a]
                v[d] = (x >> right | x << 32 - right) & 0xFFFFFFFF
                v[c] = (v[c] + v[d]) & 0xFFFFFFFF
                x = v[b] ^ v[c]
                v[b] = (x >> left | x << 32 - left) & 0xFFFFFFFF
        m = [m[i] for i in BLAKE3_ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3_slow(data):
    data = bytes(data)

    def tree(at, end, flags):
        if end - at <= 1024:
            chain, flag = BLAKE3_START, CHUNK_START
            for start in range(at, max(end, at + 1), 64):
                block = data[start:min(start + 64, end)]
                if start + 64 >= end:
                    flag |= CHUNK_END | flags
                chain = blake3_block(chain, block.ljust(64, b"\0"), at // 1024, len(block), flag)
                flag = 0
            return chain
        # The left part has the most whole chunks of 1024 bytes that are a power of two and leave something.
        middle = at + (1024 << ((end - at - 1) // 1024).bit_length() - 1)
        both = tree(at, middle, 0) + tree(middle, end, 0)
        return blake3_block(BLAKE3_START, struct.pack("<16I", *both), 0, 64, PARENT | flags)

    return struct.pack("<8I", *tree(0, len(data), ROOT))


XXH3_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
A, B, C = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P, Q, R, S, T = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def u32(data, at):
    return int.from_bytes(data[at:at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at:at + 8], "little")


def avalanche(h):
    h = (h ^ h >> 37) * 0x165667919E3779F9 & U64
    return h ^ h >> 32


def avalanche_short(h):
    h = (h ^ h >> 33) * Q & U64
    h = (h ^ h >> 29) * R & U64
    return h ^ h >> 32


def fold(a, b):
    product = a * b
    return (product ^ product >> 64) & U64


def mix(data, at, secret):
    return fold(u64(data, at) ^ u64(XXH3_SECRET, secret), u64(data, at + 8) ^ u64(XXH3_SECRET, secret + 8))


def xxh3_slow(data):
    """XXH3-128 with seed 0, as an integer."""
    data, n, key = bytes(data), len(data), lambda at: u64(XXH3_SECRET, at)
    if n == 0:
        low, high = avalanche_short(key(64) ^ key(72)), avalanche_short(key(80) ^ key(88))
    elif n <= 3:
        word = data[0] << 16 | data[n >> 1] << 24 | data[-1] | n << 8
        swapped = int.from_bytes(word.to_bytes(4, "little"), "big")
        turned = (swapped << 13 | swapped >> 19) & 0xFFFFFFFF
        low = avalanche_short(word ^ u32(XXH3_SECRET, 0) ^ u32(XXH3_SECRET, 4))
        high = avalanche_short(turned ^ u32(XXH3_SECRET, 8) ^ u32(XXH3_SECRET, 12))
    elif n <= 8:
        product = (u32(data, 0) + (u32(data, n - 4) << 32) ^ key(16) ^ key(24)) * (P + 4 * n)
        low, high = product & U64, product >> 64 & U64
        high = high + (low << 1) & U64
        low ^= high >> 3
        low = (low ^ low >> 35) * 0x9FB21C651E98DF25 & U64
        low, high = low ^ low >> 28, avalanche(high)
    elif n <= 16:
        first, last = u64(data, 0), u64(data, n - 8)
        product = (first ^ last ^ key(32) ^ key(40)) * P
        low, high = product + (n - 1 << 54) & U64, product >> 64
        last ^= key(48) ^ key(56)
        high = high + last + (last & 0xFFFFFFFF) * (B - 1) & U64
        low ^= int.from_bytes(high.to_bytes(8, "little"), "big")
        product = low * Q
        low, high = avalanche(product & U64), avalanche((product >> 64) + high * Q & U64)
    elif n <= 240:
        low, high = xxh3_middle(data, n)
    else:
        low, high = xxh3_long(data, n)
    return high << 64 | low


def xxh3_middle(data, n):
    low, high = n * P & U64, 0

    def pair(first, second, secret):
        nonlocal low, high
        low = (low + mix(data, first, secret) & U64) ^ (u64(data, second) + u64(data, second + 8) & U64)
        high = (high + mix(data, second, secret + 16) & U64) ^ (u64(data, first) + u64(data, first + 8) & U64)

    if n <= 128:
        for i in reversed(range((n - 1) // 32 + 1)):
            pair(16 * i, n - 16 * (i + 1), 32 * i)
    else:
        for i in range(n // 32):
            pair(32 * i, 32 * i + 16, 32 * i if i < 4 else 3 + 32 * (i - 4))
            if i == 3:
                low, high = avalanche(low), avalanche(high)
        pair(n - 16, n - 32, 136 - 17 - 16)
    return avalanche(low + high & U64), -avalanche(low * P + high * S + n * Q & U64) & U64


def xxh3_long(data, n):
    sums, key = [C, P, Q, R, S, B, T, A], lambda at: u64(XXH3_SECRET, at)

    def stripe(at, secret):
        for i in range(8):
            value = u64(data, at + 8 * i)
            keyed = value ^ key(secret + 8 * i)
            sums[i ^ 1] = sums[i ^ 1] + value & U64
            sums[i] = sums[i] + (keyed & 0xFFFFFFFF) * (keyed >> 32) & U64

    for number in range((n - 1) // 64):
        stripe(64 * number, 8 * (number % 16))
        if number % 16 == 15:
            for i, s in enumerate(sums):
                sums[i] = (s ^ s >> 47 ^ key(128 + 8 * i)) * A & U64
    stripe(n - 64, 192 - 64 - 7)

    def merged(secret, start):
        pairs = (fold(sums[i] ^ key(secret + 8 * i), sums[i + 1] ^ key(secret + 8 * i + 8)) for i in (0, 2, 4, 6))
        return avalanche(start + sum(pairs) & U64)

    return merged(11, n * P & U64), merged(192 - 64 - 11, ~(n * Q) & U64)


try:
    from blake3 import blake3 as blake3_package

    def blake3(data):
        return blake3_package(bytes(data)).digest()
except ImportError:
    blake3 = blake3_slow
try:
    from xxhash import xxh3_128_intdigest as xxh3
except ImportError:
    xxh3 = xxh3_slow
