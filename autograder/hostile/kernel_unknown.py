"""Asks for a kernel that nobody has."""

MARK = 26


def edit(notebook, folder):
    notebook["metadata"]["kernelspec"] = {
        "name": "julia-9",
        "display_name": "J",
        "language": "julia",
    }
