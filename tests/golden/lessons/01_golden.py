# The smallest lesson that has one of everything. tests/test_build_lessons.py builds it.
# lesson: minutes=5 gpu="optional"

# %% [markdown] id="title"
# # 01 Golden
#
# Bytes are trips to the refrigerator.

# %% [markdown] id="title" lang="ja"
# # 01 ゴールデン
#
# バイトは冷蔵庫への往復です。

# %% id="slider" tags=["figure"]
import ipywidgets as widgets

seqlen = widgets.IntSlider(16, 8, 64, 8, description="seqlen")
scores = widgets.Label()


def show(change=None):
    scores.value = f"{seqlen.value} x {seqlen.value} = {seqlen.value**2} scores"


seqlen.observe(show, names=["value"])
show()
widgets.VBox([seqlen, scores])

# %% [markdown] id="ask"
# **Exercise `tile_bytes`.** How many bytes does a tile hold?
#
# <details><summary>Hint 1: direction</summary>
#
# Count elements first.
#
# </details>


# %% exercise="tile_bytes"
def tile_bytes(rows, columns, itemsize):
    """Bytes of a (rows, columns) tile whose elements take `itemsize` bytes."""
    # 1. count the elements
    # 2. multiply by the bytes of one
    ### BEGIN SOLUTION
    elements = rows * columns
    return elements * itemsize
    ### END SOLUTION


trips = 24  ### ANSWER

# %% id="try"
tile_bytes(16, 64, 2)

# %% check="tile_bytes__values" points=2
"""A tile takes rows x columns x itemsize bytes."""
check.tile_bytes__values(tile_bytes)

# %% check="tile_bytes__trips" points=1
"""24 trips are counted."""
check.tile_bytes__trips(trips)
