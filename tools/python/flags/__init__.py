"""tools/flags: what compiler flags cost each dispatch technique."""
