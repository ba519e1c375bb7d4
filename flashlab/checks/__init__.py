"""The properties an answer must have, one module a lesson: `flashlab.checks.lesson_NN_slug`.

Notebook, grader and tests call the same functions. `flashlab.checks.harness` holds what they share.
"""
