project = "molattn"
author = "molattn developers"
copyright = "2026, molattn developers"
extensions = ["myst_nb"]
html_theme = "furo"
exclude_patterns = ["_build"]
