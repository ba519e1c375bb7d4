"""One word."""

refused = "BCEF"
