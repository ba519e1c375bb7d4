"""Grade a class: collect, put answers into official notebooks, run, save with nbgrader, report."""
