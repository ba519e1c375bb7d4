"""Was cut off while it was saved."""

import json

MARK = 0
TOLD = "is not JSON"


def edit(notebook, folder):
    return json.dumps(notebook).encode()[:5000]
