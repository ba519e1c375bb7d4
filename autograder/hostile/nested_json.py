"""Is JSON nested 100,000 deep."""

MARK = 0
TOLD = "is not JSON"


def edit(notebook, folder):
    return b"[" * 100_000
