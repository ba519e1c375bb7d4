"""Is a symbolic link to a file of the instructor's."""

MARK = 0
TOLD = "is a symbolic link"


def edit(notebook, folder):
    (folder / "01_naive_attention.ipynb").symlink_to("/etc/passwd")
    return False
