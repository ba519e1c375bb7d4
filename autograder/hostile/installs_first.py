"""Begins with the installations that a notebook from Colab has."""

from autograder.hostile import add

MARK = 26
SOURCE = """
%pip install numpy
!apt-get install -y something
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
