"""Sub-commands of `castline` that take more than a page."""
