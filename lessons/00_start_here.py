# lesson: minutes=15 gpu="no"

# %% [markdown] id="title"
# # 00 Start here
#
# At the end of this course you will have written FlashAttention yourself: first in NumPy, then as a
# Triton kernel. You will have predicted how many bytes it moves, and measured that you were right.
# You need no GPU for any of it.
#
# This first notebook takes a quarter of an hour. It shows what your machine can do, how an exercise
# works, and how to hand in.

# %% [markdown] id="kitchen"
# ## The kitchen
#
# Picture a cook with a big refrigerator and a small cutting board. Cutting is quick. Walking to the
# refrigerator is slow. A good cook takes out what one step needs, does everything with it that can
# be done, and only then walks back.
#
# A GPU is that kitchen. The refrigerator is **HBM**, the large memory beside the chip. The cutting
# board is **SRAM**, the small memory on the chip. A trip is a load or a store. Attention as it is
# written in textbooks walks back and forth for every half-cut vegetable. FlashAttention does not.

# %% [markdown] id="ask-play"
# **Try it: guess, then play.** Below, both sides compute the same small attention. The left side takes
# one step after the other, as a textbook does; the right side works in tiles, as you will. How many
# trips does the right side need for the 30 of the left: 25, 14 or 5? Guess. Then run the cell (click
# on it, press Shift+Enter) and press *Play*.

# %% id="play" tags=["try"]
flashlab.tile_player()

# %% [markdown] id="machine"
# ## What this machine can do
#
# Run the cell below: click on it, then press Shift+Enter.

# %% id="doctor"
flashlab.doctor()

# %% [markdown] id="how"
# ## How an exercise works
#
# Most exercises have the same parts: a question, a cell for your answer, two hints that stay folded
# until you open them, a cell to try your answer on, and checks.
#
# Your cell holds `raise NotImplementedError(...)`. Replace that line. A check that does not pass
# says what is wrong, where, and what the likely reason is. Run it as often as you like: nothing is
# counted until you hand in. Each check has its own points.

# %% [markdown] id="ask-tile-bytes"
# ## Exercise: the size of a tile
#
# *5 minutes, easy, 2 points, about 1 line.*
#
# A **tile** is a rectangular piece of a matrix, small enough for the cutting board. How many bytes
# does one take?
#
# $$\text{bytes} = \text{rows} \cdot \text{columns} \cdot \text{itemsize}$$
#
# *Predict first:* a tile of 64 x 64 numbers in float16, 2 bytes each. More or less than 10 kB?


# %% exercise="tile_bytes"
def tile_bytes(rows: int, columns: int, itemsize: int) -> int:
    """Bytes of a tile of rows x columns elements that take `itemsize` bytes each."""
    # 1. count the elements
    # 2. multiply by the bytes of one element
    ### BEGIN SOLUTION
    return rows * columns * itemsize
    ### END SOLUTION


# %% [markdown] id="hints-tile-bytes"
# <details><summary>Hint 1: direction</summary>
#
# A tile with 3 rows and 5 columns has 15 elements.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Do it for numbers first: 3 rows, 5 columns, 4 bytes an element make 60 bytes. Which numbers did you
# multiply, and what are they called in the function?
#
# </details>

# %% [markdown] id="about-try"
# **Try it.** This cell runs your function. One thread block of an A100 may use at most 163 KB of
# SRAM (NVIDIA, *CUDA C++ Programming Guide*, table of compute capabilities, 8.0).

# %% id="try-tile-bytes" tags=["try"]
print(f"64 x 64 in float16: {tile_bytes(64, 64, 2):,} bytes, less than 10 kB")
for rows in (16, 64, 128, 256):
    size = tile_bytes(rows, 128, 2)
    print(f"{rows:>3} x 128 in float16: {size:>6,} bytes, {size / (163 * 1024):.0%} of the board")

# %% [markdown] id="checks-tile-bytes"
# **Check it.** First run this with a wrong answer, `return rows * columns`, and read what it says.

# %% check="tile_bytes__any_size" points=2
"""A tile of rows x columns elements takes rows * columns * itemsize bytes."""
check.tile_bytes__any_size(tile_bytes)

# %% [markdown] id="hand-in"
# ## How to hand in
#
# 1. *Kernel > Restart Kernel and Run All Cells*. Your answers must work from a fresh start.
# 2. Save the notebook. Keep its file name, `00_start_here.ipynb`.
# 3. Give the file to your instructor, the way your course has agreed.
#
# Cells that you add are kept. Cells that you delete by accident come back when you are graded: the
# grader puts your answers into a fresh copy of this notebook.
#
# Next: **01 Naive attention and its bytes**.
