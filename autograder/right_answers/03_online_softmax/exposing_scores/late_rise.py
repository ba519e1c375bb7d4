"""The rise comes last."""

exposes_a = [1.0, 0.5, 0.0, 1.5]
exposes_b = [-299.0, -120.0]
exposes_c = [1.0, 0.5, 0.0, 1.5]
