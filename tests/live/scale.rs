//! Many objects, wide tables, large values: what grows must not be quadratic, nor exhaust a server with its default settings.
