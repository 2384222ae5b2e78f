"""Files of an explanation: numbers for programs, and structures to look at in other viewers."""

from molattn.explain.exports.export_file import ENDINGS, export, export_contacts

__all__ = ["ENDINGS", "export", "export_contacts"]
