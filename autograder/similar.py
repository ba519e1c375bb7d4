"""Which submissions are nearly the same? Information for a person, never a verdict.

Answers are compared token by token, with names and layout left out: runs of TOKENS tokens, of which
only those count that few in the class have (Schleimer, Wilkerson, Aiken 2003, "Winnowing").
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import Counter, defaultdict
from itertools import combinations

from autograder.grade import Result

TOKENS = 12  # length of a run
LEAST = 40  # runs that an answer must have to say anything
ALIKE = 0.9
COMMON = 0.2  # runs that a larger share of the class has are no sign of copying
_SKIPPED = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER, tokenize.STRING,
}  # fmt: skip


def nearly_identical(results: list[Result]) -> list[tuple[str, str, str, float]]:
    """(lesson, one student, the other, share of runs in common), the most alike first."""
    by_lesson = defaultdict(list)
    for result in results:
        runs = set().union(*map(_runs, result.answers.values()))
        by_lesson[result.lesson].append((result.student, runs))
    found = []
    for lesson, submissions in by_lesson.items():
        having = Counter(run for _, runs in submissions for run in runs)
        limit = max(2, COMMON * len(submissions))
        telling = {s: {r for r in runs if having[r] <= limit} for s, runs in submissions}
        holders = defaultdict(list)
        for student, runs in telling.items():
            for run in runs:
                holders[run].append(student)
        shared = Counter(pair for names in holders.values() for pair in combinations(names, 2))
        for (one, other), n in shared.items():
            fewest = min(len(telling[one]), len(telling[other]))
            if fewest >= LEAST and n / fewest >= ALIKE:
                found.append((lesson, one, other, n / fewest))
    return sorted(found, key=lambda row: (row[0], -row[3], row[1]))


def _runs(source: str) -> set[int]:
    """Hashes of all runs of TOKENS tokens; names that the learner chose count as one name."""
    words = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in _SKIPPED:
                continue
            own = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
            words.append("name" if own else token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # no Python to its end; what came before counts
    return {hash(tuple(words[i : i + TOKENS])) for i in range(len(words) - TOKENS + 1)}
