"""The blocks that a causal tile of queries visits, their bytes, and what is counted wrong."""

from __future__ import annotations

from flashlab.checks import harness
from flashlab.traffic import cdiv

# seqlen_q, seqlen_k, BLOCK_M, BLOCK_N
MASKS = ((40, 40, 16, 32), (64, 64, 16, 16), (19, 45, 8, 16), (45, 19, 16, 8),
         (33, 33, 16, 16), (7, 7, 16, 16), (1, 33, 16, 16), (70, 90, 32, 16),
         (9, 16, 8, 8))  # fmt: skip
WHY_SHIFT = {
    "topleft": (
        "That is the mask aligned top-left: query i sees j <= i + shift, shift = seqlen_k - "
        "seqlen_q, so that the last query sees all keys."
    ),
    "inverse": "The shift has the wrong sign: it is seqlen_k - seqlen_q.",
}
WHY_BLOCKS = {
    "topleft": WHY_SHIFT["topleft"],
    "inverse": WHY_SHIFT["inverse"],
    "strict": "Query i sees i + shift + 1 keys, its own included.",
    "late": "Query i sees i + shift + 1 keys.",
    "first": "end is set by the tile's last query, which sees the most.",
    "last": "whole is set by the tile's first query, which sees the fewest.",
    "down": "A block that is seen in part must be visited: round end up.",
    "up": "A block that the first query sees in part is not whole: round whole down.",
    "beyond": (
        "No query sees more than seqlen_k keys: the last tile may be shorter, its last query is "
        "seqlen_q - 1."
    ),
    "negative": "A query cannot see fewer than 0 keys.",
    "masked": "end counts from block 0, the whole blocks included.",
    "own": "whole is counted without the first query's own key: it sees start_m + shift + 1 keys.",
    "in_keys": "Those are keys: divide by BLOCK_N, whole rounded down and end rounded up.",
    "swapped": "They are exchanged: whole first, then end.",
    "plus": "Rounding down and adding 1 is a block too many where it divides: round up.",
    "zero": "whole is not 0: blocks that the tile's first query sees to their end need no mask.",
    "ragged_whole": "The ragged last block is not whole, though all its keys are seen: round down.",
}
WHY_BYTES = {
    "ragged": "The last block of K is shorter: at most seqlen_k keys.",
    "whole": "Blocks on the diagonal are visited, too: take end, not whole.",
    "diagonal": "The whole blocks are visited, too: end counts from block 0.",
    "full": "That is without a mask: use key_blocks.",
    "half": "That is half of it without a mask: the diagonal takes more.",
    "half_down": "That is half of it without a mask, whole tiles only: the diagonal takes more.",
    "v": "K alone is asked for, not V.",
    "elements": "That counts numbers: times the bytes of a number.",
    "keys": "That counts keys: times head_dim numbers of itemsize bytes.",
    "exchanged": "BLOCK_M counts queries, BLOCK_N keys: they are exchanged.",
    "one": "That is one tile of queries: add up over all of them.",
    "numbered": "start_m is the tile's first query: 0, BLOCK_M, 2 * BLOCK_M, and not 0, 1, 2.",
    "dropped": "The last, ragged tile of queries is missing: it loads its keys, too.",
    "over_keys": "The tiles are tiles of queries: their starts go up to seqlen_q, not seqlen_k.",
    "seen": "Those are the keys that are seen: a visited block is loaded whole.",
    4: "A number has itemsize bytes, not always 4.",
    2: "A number has itemsize bytes, not always 2.",
}


def mask_sizes(n: int) -> tuple[int, int]:
    """(seqlen_q, seqlen_k) of mask n. Where a key more or less makes a block, sizes stay such."""
    M, N, BLOCK_M, _ = MASKS[n]
    if (M, N) == (9, 16):
        M = harness.vary(M, 3, "mask", n)
        return M, M + 7
    if M == N and M % BLOCK_M < 2:
        M = BLOCK_M * harness.vary(M // BLOCK_M, 1, "mask", n) + M % BLOCK_M
        return M, M
    return harness.vary(M, 3, "mask", n), harness.vary(N, 3, "mask", n, 1)


def alike(M: int, N: int, BLOCK_M: int, BLOCK_N: int, *key) -> tuple[int, int]:
    """(seqlen_q, seqlen_k) near these, another pair at grading time that shows the same mistakes.

    A square stays one, and no query sees nothing where all saw something before.
    """
    for attempt in range(20):
        m = harness.vary_within(M, BLOCK_M, 3, *key, attempt)
        n = m if M == N else harness.vary_within(N, BLOCK_N, 3, *key, attempt, 1)
        if (m > n) == (M > N) and _shown(m, n, BLOCK_M, BLOCK_N) == _shown(M, N, BLOCK_M, BLOCK_N):
            return m, n
    return M, N


def _shown(M: int, N: int, BLOCK_M: int, BLOCK_N: int) -> list[str]:
    """The mistakes that show in some tile of queries."""

    def walk(bug: str = ""):
        return [blocks_of(start, M, N, BLOCK_M, BLOCK_N, bug) for start in range(0, M, BLOCK_M)]

    return [bug for bug in WHY_BLOCKS if walk(bug) != walk()]


def blocks_of(start_m: int, M: int, N: int, BLOCK_M: int, BLOCK_N: int, bug: str = ""):
    """(whole, end) of one tile of queries; with one mistake."""
    shift = {"topleft": 0, "inverse": M - N}.get(bug, N - M)
    last = start_m + BLOCK_M - 1 if bug == "beyond" else min(start_m + BLOCK_M, M) - 1
    first = start_m
    extra = {"strict": 0, "late": 2}.get(bug, 1)
    low = 0 if bug != "negative" else -(10**9)
    high = N if bug != "beyond" else 10**9
    fewest, most = (min(max(i + shift + extra, low), high) for i in (first, last))
    if bug == "first":
        most = fewest
    whole, end = fewest // BLOCK_N, cdiv(most, BLOCK_N)
    if bug == "down":
        end = most // BLOCK_N
    if bug == "up":
        whole = cdiv(fewest, BLOCK_N)
    if bug == "last":
        whole = most // BLOCK_N
    if bug == "masked":
        end -= whole
    if bug == "own":
        whole = min(max(first + shift, 0), N) // BLOCK_N
    if bug == "plus":
        end = most // BLOCK_N + 1
    if bug == "ragged_whole" and fewest == N:
        whole = cdiv(N, BLOCK_N)
    whole = 0 if bug == "zero" else whole
    return {"in_keys": (fewest, most), "swapped": (end, whole)}.get(bug, (whole, end))


def causal_keys(M: int, N: int, BLOCK_M: int, BLOCK_N: int, bug: str = "") -> int:
    """Keys that all tiles of queries load, causal."""
    total = 0
    for start_m in range(0, M, BLOCK_M):
        whole, end = blocks_of(start_m, M, N, BLOCK_M, BLOCK_N, bug)
        end = whole if bug == "whole" else end - whole if bug == "diagonal" else end
        total += end * BLOCK_N if bug == "ragged" else max(0, min(end * BLOCK_N, N))
    return total


def tile_keys(M, N, BLOCK_M, BLOCK_N, starts=None) -> list[int]:
    """Keys that each tile of queries loads, causal."""
    starts = range(0, M, BLOCK_M) if starts is None else starts
    ends = (blocks_of(start, M, N, BLOCK_M, BLOCK_N)[1] for start in starts)
    return [min(end * BLOCK_N, N) for end in ends]


def keys_seen(M: int, N: int, BLOCK_M: int) -> int:
    """Keys that some query of a tile sees, added up over the tiles."""
    stops = (min(start + BLOCK_M, M) for start in range(0, M, BLOCK_M))
    return sum(min(max(stop + N - M, 0), N) for stop in stops)


def bytes_loaded(M, N, d, BLOCK_M, BLOCK_N, itemsize, bug: str | int = ""):
    """Bytes of K that one head loads; with one mistake."""
    starts = {
        "numbered": range(cdiv(M, BLOCK_M)), "dropped": range(0, M // BLOCK_M * BLOCK_M, BLOCK_M),
        "over_keys": range(0, N, BLOCK_M),
    }  # fmt: skip
    if bug in starts:
        keys = sum(tile_keys(M, N, BLOCK_M, BLOCK_N, starts[bug]))
    elif bug == "seen":
        keys = keys_seen(M, N, BLOCK_M)
    elif bug == "half_down":
        keys = M // BLOCK_M * N
    elif bug in ("full", "half"):
        keys = cdiv(M, BLOCK_M) * N
    elif bug == "exchanged":
        keys = causal_keys(M, N, BLOCK_N, BLOCK_M)
    elif bug == "one":
        last = (M - 1) // BLOCK_M * BLOCK_M
        keys = min(N, BLOCK_N * blocks_of(last, M, N, BLOCK_M, BLOCK_N)[1])
    else:
        keys = causal_keys(M, N, BLOCK_M, BLOCK_N, bug)
    number = {"elements": 1, "keys": 1, "v": 2 * itemsize, 4: 4, 2: 2}.get(bug, itemsize)
    total = keys * (1 if bug == "keys" else d) * number
    return total // 2 if bug in ("half", "half_down") else total
