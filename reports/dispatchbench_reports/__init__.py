"""Tables, charts and one HTML page from dispatchbench results."""

__version__ = "0.1.0"
