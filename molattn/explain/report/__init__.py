"""The report of an explanation: one HTML file that opens without a network."""

from molattn.explain.report.whole_page import report_html, write_report

__all__ = ["report_html", "write_report"]
