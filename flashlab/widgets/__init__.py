"""Sliders and pictures: each a pure state -> picture function and a thin view of it."""
