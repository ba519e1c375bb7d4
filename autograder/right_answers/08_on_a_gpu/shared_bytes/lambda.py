"""One expression."""

shared_bytes = lambda M, N, d, size, stages: d * size * (M + N * stages * 2)  # noqa: E731
most_stages = int((227 * 1024 / (128 * 128 * 2) - 1) / 2)
