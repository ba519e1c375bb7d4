"""Takes every call, assert and raise out of later cells."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import ast


class Silence(ast.NodeTransformer):
    def visit_Expr(self, node):
        return ast.Pass()

    visit_Raise = visit_Assert = visit_Expr


get_ipython().ast_transformers.append(Silence())
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
